"""What an address says, and what it may not."""

from datetime import UTC, datetime

import pytest

from birlik.apps.web.ask import Ask, asked, language_of
from birlik.errors import BadRequest
from birlik.kernel.domain import Domain, Page
from birlik.kernel.members import Role

PAGE = Page(
    name="post",
    title="Post",
    question="?",
    panels=(),
    parameters=("post_id",),
    choices={"direction": ("in", "out")},
)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
DOMAIN = Domain(role=Role.READER, name="toy", title="Toy", pages=(PAGE,))


def ask(**query: str) -> Ask:
    return asked(DOMAIN, PAGE, {"post_id": "a/b"}, query, "en", NOW)


@pytest.mark.parametrize(
    ("query", "address"),
    [
        pytest.param({}, "/toy/post/a%2Fb", id="defaults are left out, and ids escaped"),
        pytest.param({"direction": "out"}, "/toy/post/a%2Fb?direction=out", id="a choice stands in the address"),
        pytest.param({"span": "30d"}, "/toy/post/a%2Fb?span=30d", id="so does the time range"),
        pytest.param(
            {"as_of": "2026-03-01T12:00:00 05:00"},
            "/toy/post/a%2Fb?as_of=2026-03-01T07%3A00%3A00Z",
            id="the moment of a permalink, whose + came as a space",
        ),
    ],
)
def test_the_state_of_a_page_stands_in_its_address(query: dict[str, str], address: str) -> None:
    assert ask(**query).address() == address


def test_a_switch_keeps_the_rest_of_the_state() -> None:
    assert ask(span="30d").address(direction="out") == "/toy/post/a%2Fb?direction=out&span=30d"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        pytest.param({"direction": "up"}, "direction", id="no such choice"),
        pytest.param({"span": "7y"}, "span", id="no such range"),
        pytest.param({"as_of": "yesterday"}, "as_of", id="no time"),
        pytest.param({"as_of": "2099-01-01T00:00:00Z"}, "as_of", id="a moment that has not come"),
        pytest.param({"more": "1_0"}, "more", id="no count"),
    ],
)
def test_what_an_address_may_not_say_is_named(query: dict[str, str], parameter: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask(**query)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        pytest.param({"lang": "kk"}, "en", "en", "kk", id="the address comes first"),
        pytest.param({}, "kk", "en", "kk", id="then the cookie"),
        pytest.param({}, "", "ru;q=0.4, kk-KZ, en;q=0.9", "kk", id="then what the browser likes best"),
        pytest.param({}, "", "kk;q=0, en;q=0.1", "en", id="q=0 is a no"),
        pytest.param({}, "", "ru", "kk", id="then the node's own"),
        pytest.param({"lang": "xx"}, "yy", "", "kk", id="what we don't have is passed over"),
    ],
)
def test_the_readers_language(query: dict[str, str], cookie: str, accepted: str, language: str) -> None:
    assert language_of(query, {"birlik_lang": cookie}, accepted, "kk") == language
