"""Readers who come with a telephone, each in a browser of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.apps.web.test_access_browser import serious
from tests.apps.web.test_browser import Visit
from tests.support.keys import PHONE


@contextmanager
def phones(chromium: Any, base: str) -> Iterator[Callable[..., Visit]]:
    """Whoever comes; the page on which each ends is as wide as a telephone, and no rule of access is broken on it."""
    made: list[Visit] = []

    def visit(**more: Any) -> Visit:
        made.append(Visit(chromium, base, viewport=PHONE, **more))
        return made[-1]

    yield visit
    for one in made:
        assert one.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert serious(one) == []
        one.context.close()
