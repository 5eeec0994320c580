"""Getting in with a real Chromium: a passkey of a virtual authenticator, without JavaScript, on a phone, in Kazakh."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from tests.apps.web.test_browser import SERIOUS, Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.conftest import ROOT
from tests.support.people import GOOD, OTHER, House

from birlik.apps.web.words import words

__all__ = ["chromium"]
pytestmark = pytest.mark.browser


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    """At a name that browsers give passkeys to."""
    with running(tmp_path / "node", free_port(), "https://id.example", name="localhost") as made:
        yield made


def with_a_device(reader: Visit, *, makes_sure: bool = True) -> Any:
    """A virtual authenticator of Chromium (CDP, WebAuthn): one that is inside the device, and keeps its keys."""
    session = reader.context.new_cdp_session(reader.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": makes_sure, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def signs_in(page: Any, base: str, name: str, password: str = GOOD) -> None:
    page.goto(f"{base}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_and_lets_in_alone_and_as_the_second_step(chromium: Any, at: House) -> None:
    at.person("aida", "operator")
    reader = Visit(chromium, at.base)
    page = reader.page
    with_a_device(reader)
    signs_in(page, at.base, "aida")
    page.goto(f"{at.base}/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.locator(".did").wait_for()
    assert "The passkey is yours" in page.locator(".did").inner_text()
    assert "passkey" in page.locator(".things").first.inner_text()

    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{at.base}/account")
    assert page.locator("h1").inner_text().startswith("My account")
    (kept,) = at.door.people.passkeys("aida")
    assert kept.last is not None

    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    signs_in(page, at.base, "aida")
    assert page.locator("h1").inner_text() == "The second step"
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{at.base}/account")
    assert page.locator("h1").inner_text().startswith("My account")
    assert reader.wrong == []
    reader.context.close()


def test_a_device_that_has_not_made_sure_of_its_owner_lets_nobody_in_alone(chromium: Any, at: House) -> None:
    """Chromium itself refuses, and the page says another way; what lies about it is refused by the node elsewhere."""
    at.person("aida", "operator")
    reader = Visit(chromium, at.base)
    page = reader.page
    with_a_device(reader, makes_sure=False)
    signs_in(page, at.base, "aida")
    page.goto(f"{at.base}/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.locator(".did, .passkey .field-error:not(:empty)").first.wait_for()
    page.context.clear_cookies()
    page.goto(f"{at.base}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.locator(".passkey .field-error:not(:empty)").wait_for()
    assert "another way" in page.locator(".passkey .field-error").inner_text()
    reader.context.close()


def test_all_but_passkeys_goes_without_javascript(chromium: Any, at: House) -> None:
    at.person("aida", "operator", password="")
    reader = Visit(chromium, at.base, java_script_enabled=False)
    page = reader.page
    page.goto(at.base + at.link("aida"))
    page.get_by_role("button", name="Go in").click()
    assert "Set a password" in page.locator(".question").first.inner_text()
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same once more").fill(OTHER)
    page.get_by_role("button", name="Set this password").click()
    assert "don't agree" in page.locator(".form-error").inner_text()
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same once more").fill(GOOD)
    page.get_by_role("button", name="Set this password").click()
    assert "The password is set" in page.locator(".did").inner_text()

    page.get_by_role("button", name="Set up codes").click()
    seed = base64.b32decode(page.locator(".seed").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill(pyotp.TOTP(base64.b32encode(seed).decode()).at(at.door.now))
    page.get_by_role("button", name="Ask for codes from now on").click()
    assert "Codes are asked for" in page.locator(".did").inner_text()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    assert page.locator(".passkey").is_hidden()
    signs_in(page, at.base, "aida")
    assert page.locator("h1").inner_text() == "The second step"
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    assert "wrong" in page.locator(".field-error:not(:empty)").inner_text()
    reader.context.close()


def test_the_pages_are_open_to_everyone_and_fit_a_phone(chromium: Any, at: House) -> None:
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    at.person("aida", "operator")
    kazakh = words("kk", [])
    for width, scheme, language in ((390, "dark", "kk"), (1440, "light", "en")):
        options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
        reader = Visit(chromium, at.base, **options)
        page = reader.page

        def looked(page: Any = page, width: int = width) -> None:
            page.evaluate(axe)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            said = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in SERIOUS]
            assert (page.url, said) == (page.url, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= width

        page.goto(f"{at.base}/sign-in?left=localhost")
        looked()
        page.locator("#name").fill("aida")
        page.locator("#password").fill("what it is not, at all")
        page.locator(".act button").click()
        looked()
        page.locator("#password").fill(GOOD)
        page.locator(".act button").click()
        page.goto(f"{at.base}/account")
        page.locator("section details summary").click()
        looked()
        page.locator("form[action='/account/codes'] button").click()
        looked()
        if language == "kk":
            assert page.locator("h1").inner_text() == kazakh.t("Codes of an application")
        assert [text for text in reader.wrong if "422" not in text] == []
        reader.context.close()
