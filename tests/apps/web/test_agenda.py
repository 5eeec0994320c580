"""A mark for each row that doesn't pretend, and what lies ahead by a time, below whose it is."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.charter import CHARTER, say, saying
from tests.support.nodes import opened
from tests.support.server import browsing

from birlik.apps.web.panels import marks
from birlik.kernel.node import Node

CALENDAR = "/charter/calendar"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(CHARTER,), follow_every_s=3600) as made:  # it is 1 April 2026, noon
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def pledge(name: str, title: str, **aspects: str) -> list[tuple[str, dict[str, object]]]:
    return [saying(name, aspect, "club", word) for aspect, word in {"title": title, **aspects}.items()]


@pytest.fixture
def pledged(node: Node) -> None:
    say(
        node,
        *pledge("p1", "Rake the leaves", until="2026-04-11T13:00:00Z", who="Aida and Omar"),
        *pledge("p2", "Mend the fence", until="2026-04-02T13:00:00Z", who="Omar", state="forgotten"),
        *pledge("p3", "Sow grass", until="2026-07-01T00:00:00Z"),
        *pledge("p4", "Paint the gate", until="2026-03-28T12:00:00Z", who="Aida"),
        *pledge("p5", "Prune", until="2026-03-01T00:00:00Z", who="Aida"),
        *pledge("p6", "Dig", until="2026-03-20T00:00:00Z", state="done"),
        *pledge("p7", "Sing"),
    )


def panel(client: TestClient, name: str, query: str = "") -> str:
    answer = client.get(f"{CALENDAR}/-/panel/{name}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def drawn(made: str) -> str:
    return made[made.index('class="marks-drawn"') : made.index('class="marks-legend"')]


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


# --- a mark a row ------------------------------------------------------------------------------------------------


def test_each_row_has_a_mark_and_what_nobody_knows_is_hollow_and_last(client: TestClient, pledged: None) -> None:
    made = panel(client, "became")
    assert re.findall(r"row-mark-(circle|square|hollow)", drawn(made)) == ["circle", "square", *["hollow"] * 5]
    assert "1 done 1 forgotten 5 unknown" in plain(made)
    assert "n = 7" in plain(made)


def test_a_date_that_has_passed_is_a_stroke_unless_it_was_done(client: TestClient, pledged: None) -> None:
    made = panel(client, "became")
    assert drawn(made).count("row-mark-passed") == 2  # to paint and to prune; what was dug was done
    assert "2 its day has passed" in plain(made)


def test_the_picture_is_told_in_words_to_who_does_not_see_it(client: TestClient, pledged: None) -> None:
    (label,) = re.findall(r'role="img" aria-label="([^"]+)"', panel(client, "became"))
    assert label == "What became of them: done: 1; forgotten: 1; unknown: 5; its day has passed: 2"


def test_where_nothing_is_known_it_says_what_would_be_here(client: TestClient) -> None:
    assert "Nobody has pledged anything yet." in plain(panel(client, "became"))
    assert "Nothing is to be done." in plain(panel(client, "ahead"))


def test_of_too_many_rows_a_mark_stands_for_several_and_says_so(
    client: TestClient, pledged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST", 3)
    made = panel(client, "became")
    assert drawn(made).count("row-mark-hollow") == 2
    assert "a mark stands for 3 rows" in plain(made)
    assert "5 unknown" in plain(made)


# --- what lies ahead ---------------------------------------------------------------------------------------------


def test_what_falls_due_stands_below_whose_it_is_the_nearest_first(client: TestClient, pledged: None) -> None:
    made = panel(client, "ahead")
    assert re.findall(r'<h3 class="agenda-whose">([^<]+)</h3>', made) == ["Omar", "Aida"]
    assert re.findall(r'<a href="/charter/pledge/(p\d)">', made) == ["p2", "p1", "p1"]  # of two people: below each
    assert "Mend the fence 1 day left" in plain(made)
    assert "Rake the leaves 10 days left" in plain(made)
    assert "nobody says" in plain(made)


def test_the_reader_looks_as_far_ahead_as_they_choose_and_at_all(client: TestClient, pledged: None) -> None:
    assert "Sow grass" not in panel(client, "ahead")
    every = panel(client, "ahead", "days=all")
    assert re.findall(r'<h3 class="agenda-whose">([^<]+)</h3>', every)[-1] == "anybody"
    assert set(re.findall(r"/charter/pledge/(p\d)", every)) == {"p1", "p2", "p3", "p4", "p5", "p7"}
    assert "no date" in plain(every)


def test_what_has_passed_comes_the_latest_first_and_what_was_done_is_not_awaited(
    client: TestClient, pledged: None
) -> None:
    made = panel(client, "late")
    assert re.findall(r"/charter/pledge/(p\d)", made) == ["p4"]
    assert "passed 4 days ago" in plain(made)
    assert "n = 1+" in plain(made)


def test_the_files_of_an_agenda_have_its_rows_and_no_others(client: TestClient, pledged: None) -> None:
    (href,) = re.findall(r'<a href="([^"]+)" download>CSV', panel(client, "ahead"))
    lines = client.get(html.unescape(href)).text.splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["p1", "p2"]


def test_an_agenda_says_where_all_of_them_are(client: TestClient, pledged: None) -> None:
    assert '<p class="onward"><a href="/charter/charter">The charter</a></p>' in panel(client, "ahead")


# --- what is our own reading -------------------------------------------------------------------------------------


def test_a_date_that_is_our_own_reading_says_so_in_every_list_and_one_of_the_source_does_not(
    client: TestClient, node: Node
) -> None:
    say(
        node,
        *pledge("p1", "Rake", until="2026-04-11T13:00:00Z", due="2026-04", due_basis="estimated"),
        *pledge("p2", "Mend", until="2026-04-12T13:00:00Z", due="2026-04", due_basis="reported"),
    )
    ahead = [plain(row) for row in panel(client, "ahead").split("<tr>") if "days left" in row]
    assert "days left estimated" in ahead[0]
    assert "estimated" not in ahead[1]
    listed = plain(client.get("/charter/charter/-/panel/pledges").text)
    assert listed.count("2026-04 estimated") == 1


# --- days as people count them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("until", "due", "said"), [
    pytest.param("2026-04-12T12:00:00Z", "2026-04-11", "10 days left", id="ended everywhere only on the day after"),
    pytest.param("2026-04-11T01:00:00Z", "2026-04-11", "10 days left", id="in the morning of that day"),
    pytest.param("2026-04-30T19:00:00Z", "2026-04", "29 days left", id="a month is over on its last day"),
    pytest.param("2026-04-05T04:00:00Z", "2026-04-05T07:00[Europe/Istanbul]", "4 days left", id="a local time"),
    pytest.param("2026-04-02T11:59:59Z", "2026-04-01", "today", id="on its last day"),
])  # fmt: skip
def test_days_are_counted_on_the_calendar_to_the_day_that_stands_there(
    client: TestClient, node: Node, until: str, due: str, said: str
) -> None:
    say(node, *pledge("p1", "Rake", until=until, due=due))  # it is 1 April, noon
    assert said in plain(panel(client, "ahead"))


def test_what_is_to_be_known_of_a_panel_stands_below_its_title(client: TestClient, pledged: None) -> None:
    assert '<p class="panel-note">A mark is <em>one</em> pledge.</p>' in panel(client, "became")


def test_states_that_a_text_lists_are_called_in_the_readers_language(client: TestClient, node: Node) -> None:
    say(node, *pledge("p1", "Rake", crew="Kazakhstan, the club", crew_ids="KAZ club"))
    listed = "/charter/charter/-/panel/pledges"
    assert "Kazakhstan, the club" in client.get(listed).text
    assert "Қазақстан, the club" in client.get(listed, params={"lang": "kk"}).text
