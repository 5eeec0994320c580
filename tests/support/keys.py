"""Somebody who comes with a telephone and uses no mouse."""

from typing import Any

from tests.support.people import GOOD

PHONE = {"width": 390, "height": 844}
MOST_KEYS = 60
OF_FOCUS = "document.activeElement.matches('a, button, summary') ? document.activeElement.innerText : ''"
IS_FIELD = "id => document.activeElement.matches(`[name='${id}']`)"


class Keys:
    """Somebody who uses no mouse, on a phone: each Tab and each Enter is counted."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.page = reader, reader.page
        self.tabs = self.enters = 0

    def writes(self, name: str, text: str, *, send: bool = False) -> None:
        """Tabs to the next field of this name and types; send: and presses Enter."""
        for _ in range(MOST_KEYS):
            self.page.keyboard.press("Tab")
            self.tabs += 1
            if self.page.evaluate(IS_FIELD, name):
                self.page.keyboard.type(text)
                if send:
                    with self.page.expect_navigation():
                        self.page.keyboard.press("Enter")
                    self.reader.settled()
                return
        raise AssertionError(f"{MOST_KEYS} keys didn't lead to the field {name!r}")

    def follows(self, text: str) -> None:
        """Tabs to the next link or button with this text and presses Enter."""
        for _ in range(MOST_KEYS):
            self.page.keyboard.press("Tab")
            self.tabs += 1
            if text in self.page.evaluate(OF_FOCUS):
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
                self.enters += 1
                self.reader.settled()
                return
        raise AssertionError(f"{MOST_KEYS} keys didn't lead to {text!r}")


def signed_in(reader: Any, name: str) -> None:
    """By password, as a person of `tests.support.people`."""
    reader.page.goto(f"{reader.base}/sign-in")
    reader.page.locator("#name").fill(name)
    reader.page.locator("[type=password]").fill(GOOD)
    reader.page.locator("[type=password]").press("Enter")
    reader.page.wait_for_url(lambda url: "/sign-in" not in url)
