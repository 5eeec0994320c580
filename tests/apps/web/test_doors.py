"""Doors: pages under a name and address, a sentence that lives, and a front page that shows what one may open."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, GARDEN, SHED, say, saying
from tests.support.nodes import FOR_MEMBERS, opened
from tests.support.people import House, house
from tests.support.server import browsing

from birlik.apps.web import tokens
from birlik.kernel import checking
from birlik.kernel.domain import Accent, Domain, Way
from birlik.kernel.doors import TAKEN
from birlik.kernel.node import Node
from birlik.kernel.own import OWN


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(CHARTER,), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    """The operator, who opens both doors."""
    with browsing(node) as made:
        yield made


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    """A closed node."""
    told = {"address": "http://localhost:8080", "open": False, "follow_every_s": 3600}
    with opened(tmp_path / "closed", declared=(CHARTER,), **told) as made, house(made) as one:
        yield one


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def side(page: str) -> str:
    """The navigation."""
    return page[page.index('<nav class="side"') : page.index("<main")]


# --- the front page ----------------------------------------------------------------------------------------------


def test_the_front_page_shows_each_door_with_its_sentence_and_a_way_in(client: TestClient, node: Node) -> None:
    say(node, saying("p1", "title", "club", "Water every day"), saying("p1", "state", "gardener", "done"))
    page = client.get("/").text
    said = plain(page)
    assert "The garden" in said
    assert "1 pledge was made, 1 kept." in said
    assert "The shed is tidy." in said
    assert re.search(r'<a class="door-in" href="/charter/charter">The charter</a>', page)
    assert '<a href="/charter/charter#pledges">What was pledged?</a>' in page
    assert '<a href="/try">Try a file</a>' in page


def test_a_sentence_is_made_of_what_its_reader_sees_in_their_language(client: TestClient, node: Node) -> None:
    assert "Nobody has pledged anything yet." in plain(client.get("/").text)
    say(node, saying("p1", "title", "club", "Water every day"), saying("p2", "title", "club", "Plant trees"))
    assert "2 pledges were made, 0 kept." in plain(client.get("/").text)
    assert "2 уәде берілді, 0 орындалды." in plain(client.get("/?lang=kk").text)


def test_an_open_front_page_hears_of_what_changes(client: TestClient, node: Node) -> None:
    page = client.get("/").text
    assert 'data-live="/api/v1/events"' in page
    before = client.get("/-/doors/-tags").json()["panels"]
    assert set(before) == {"garden", "shed"}
    assert f'id="garden" data-address="/-/doors/garden?lang=en" data-tag="{before["garden"]}"' in page
    say(node, saying("p1", "title", "club", "Water every day"))
    after = client.get("/-/doors/-tags").json()["panels"]
    assert after["garden"] != before["garden"]
    assert after["shed"] == before["shed"]
    part = client.get("/-/doors/garden")
    assert part.headers["etag"] == f'"{after["garden"]}"'
    assert "1 pledge was made" in plain(part.text)


# --- who may open what -------------------------------------------------------------------------------------------


def test_a_door_of_which_no_page_may_be_opened_is_not_shown(at: House) -> None:
    at.person("aida", "reader")
    at.person("omar", "steward")
    reader, steward = at.browser("192.0.2.7"), at.browser("192.0.2.8")
    assert reader.signs_in("aida").status_code == 303
    assert steward.signs_in("omar").status_code == 303
    answer = reader.get("/")
    assert answer.headers["location"] == "/charter/charter"  # the one door that there is for them
    seen = reader.get("/charter/charter").text
    assert "The garden" in side(seen)
    assert "shed" not in seen.lower()
    assert [reader.get(path).status_code for path in ("/shed", "/-/doors/shed")] == [404, 404]
    assert "The shed" in steward.get("/").text
    assert steward.get("/shed").headers["location"] == "/charter/tools"


def test_what_a_door_says_is_no_more_than_its_reader_may_see(at: House) -> None:
    say(at.node, saying("p1", "title", "club", "Hidden"))
    say(at.node, saying("p2", "title", "club", "Shared"), labels=FOR_MEMBERS)
    at.person("aida", "reader")
    at.person("nuri", "reader", state="KGZ")
    own, member = at.browser("192.0.2.7"), at.browser("192.0.2.8")
    own.signs_in("aida")
    member.signs_in("nuri")
    assert "2 pledges were made" in plain(own.get("/-/doors/garden").text)
    assert "1 pledge was made" in plain(member.get("/-/doors/garden").text)


def test_nobody_is_asked_to_sign_in_and_is_told_of_no_door(at: House) -> None:
    stranger = at.browser()
    for path, status in (("/", 303), ("/garden", 303), ("/-/doors/garden", 401), ("/-/doors/-tags", 401)):
        answer = stranger.get(path)
        assert answer.status_code == status, path
        assert "pledge" not in answer.text


# --- within ------------------------------------------------------------------------------------------------------


def test_the_address_of_a_door_leads_to_its_first_page(client: TestClient) -> None:
    assert client.get("/garden", follow_redirects=False).headers["location"] == "/charter/charter"
    assert client.get("/garden?lang=kk", follow_redirects=False).headers["location"] == "/charter/charter?lang=kk"


def test_one_sees_behind_which_door_one_is_and_what_lies_behind_all(client: TestClient, node: Node) -> None:
    say(node, saying("p1", "title", "club", "Water every day"))
    for address in ("/charter/charter", "/charter/pledge/p1"):
        page = client.get(address).text
        assert '<html lang="en" data-accent="moss">' in page
        assert '<a href="/garden" aria-current="true">The garden</a>' in side(page)
        assert '<a class="side-door" href="/shed" data-accent="clay">The shed</a>' in side(page)
        assert ">News<" in side(page)
        assert ">Tools<" not in side(page)
        assert '<li><a href="/garden">The garden</a></li>' in page[page.index('class="crumbs"') :]
    behind_all = client.get("/charter/news").text
    assert "data-accent" not in behind_all[: behind_all.index("<body")]
    assert '<li><a href="/charter/news" aria-current="page">News</a></li>' in side(behind_all)


def test_a_first_visitor_is_helped_on_the_first_page_only(client: TestClient) -> None:
    first = client.get("/charter/charter").text
    assert "<em>nobody says anything</em>" in first
    assert '<a href="/charter/charter#pledges">What was pledged?</a>' in first
    assert "nobody says anything" not in client.get("/charter/news").text


def test_a_node_of_one_door_begins_behind_it_and_one_of_none_with_its_first_page(tmp_path: Path) -> None:
    for doors, name in (((SHED,), "tools"), ((), "charter")):
        with (
            opened(tmp_path / name, declared=(replace(CHARTER, doors=doors),), follow_every_s=3600) as node,
            browsing(node) as client,
        ):
            assert client.get("/", follow_redirects=False).headers["location"] == f"/charter/{name}"


def test_the_list_of_pages_says_behind_which_door_each_stands(client: TestClient) -> None:
    doors = {page["name"]: page["door"] for page in client.get("/api/v1/pages").json()["data"]}
    assert [doors[name] for name in ("charter", "pledge", "tools", "news")] == ["garden", "garden", "shed", ""]


# --- what can't be meant -----------------------------------------------------------------------------------------


def with_door(**said: object) -> Domain:
    return replace(CHARTER, catalogue=None, doors=(replace(GARDEN, **said),))


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        (with_door(name="The garden"), "its name is its address"),
        (with_door(name="search"), "/search is the address of something else"),
        (with_door(name="charter-cards"), "/charter-cards is the address of something else"),
        (with_door(pages=("nowhere",)), "there is no page 'nowhere'"),
        (with_door(pages=("pledge",)), "its first page is one without parameters"),
        (with_door(pages=()), "its first page is one without parameters"),
        (with_door(ways=(Way(title="x", page="news"),)), "the way 'x' leads to 'news'"),
        (with_door(ways=(Way(title="x", page="charter", panel="y"),)), "'y', which is no panel"),
        (with_door(says=replace(GARDEN.says, indicator="nothing")), "there is no indicator 'nothing'"),
        (replace(CHARTER, doors=(GARDEN, replace(SHED, pages=("tools", "charter")))), "behind the door 'garden'"),
        (replace(CHARTER, doors=(GARDEN, replace(SHED, name="garden"))), "two declarations of one name: door 'garden'"),
    ],
)  # fmt: skip
def test_a_door_that_leads_nowhere_is_refused(domain: Domain, said: str) -> None:
    found = checking.faults((replace(domain, catalogue=None), OWN))
    assert any(said in fault for fault in found), found


def test_a_door_may_have_the_address_of_its_domain_and_of_no_other(node: Node) -> None:
    assert checking.faults((with_door(name="charter"), OWN)) == []
    assert any("/birlik is the address" in fault for fault in checking.faults((with_door(name="birlik"), OWN)))


def test_no_door_can_take_an_address_of_the_nodes_own(client: TestClient) -> None:
    domains = {"charter", "charter-cards", "garden", "shed"}
    firsts = {route.path.split("/")[1] for route in client.app.routes}  # type: ignore[attr-defined]
    assert {first for first in firsts if re.fullmatch(r"[a-z][a-z-]*", first)} - domains == TAKEN


# --- colours -----------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", tokens.THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("accent", Accent)
def test_an_accent_can_be_read_on_every_ground_of_each_theme(theme: tokens.Theme, accent: Accent) -> None:
    """Success criterion 1.4.3 of WCAG 2.2, AA: 4.5 to 1."""
    shade = theme.accents[accent]
    for ground in (theme.ground, theme.raised):
        assert contrast(shade, ground) >= 4.5, (shade, ground)
    assert contrast(theme.accent_ink, shade) >= 4.5
    assert tokens.theme_with(theme.name, accent).accent == shade


def test_contrast_is_that_of_the_recommendation() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
