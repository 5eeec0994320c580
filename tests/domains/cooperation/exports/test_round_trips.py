"""What comes in a form leaves in it as it came; works leave in each other form too."""

import json
from datetime import datetime, timedelta
from typing import Any

import bibtexparser
import icalendar
import pytest
import rispy
from starlette.testclient import TestClient
from tests.conftest import ROOT
from tests.support.nodes import follow, rows
from tests.support.registry import differing, sent

from birlik.clock import SetClock
from birlik.kernel.node import Node

OURS = ROOT / "examples" / "cooperation"
GOKCE = "work:doi:10.5555~1wells.2024.3"


def text(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def say(client: TestClient, **said: object) -> None:
    answer = client.post("/api/v1/acts/cooperation_say", json={"source": "https://news.example/", **said})
    assert answer.status_code == 200, answer.text


def entries(bib: str) -> dict[str, dict[str, str]]:
    library = bibtexparser.parse_string(bib)
    assert not library.failed_blocks
    return {e.key: {"": e.entry_type, **{f.key: str(f.value) for f in e.fields}} for e in library.entries}


def test_bibtex_leaves_with_its_fields_its_strings_and_its_parents(node: Node, client: TestClient) -> None:
    body = (OURS / "works.bib").read_text(encoding="utf-8")
    assert sent(node, "bibtex", body.encode()).accepted == 3
    out = text(client, "/works/bibtex")
    assert entries(out) == entries(body)
    assert "journal = jw # {, Series B}" in out  # as it was written
    assert out.index("aliyev2025,") < out.index("@proceedings{forum2025")
    alone = text(client, "/works/bibtex/work:ministry:aliyev2025")
    assert set(entries(alone)) == {"aliyev2025", "forum2025"}


def test_ris_leaves_line_by_line_as_it_came(node: Node, client: TestClient) -> None:
    body = (OURS / "works.ris").read_text(encoding="utf-8")
    assert sent(node, "ris", body.encode()).accepted == 2
    out = text(client, "/works/ris")
    assert sorted(map(str, rispy.loads(out))) == sorted(map(str, rispy.loads(body)))
    assert text(client, f"/works/ris/{GOKCE}") == body.split("\n\n")[0] + "\n"


def test_csl_json_leaves_equal(node: Node, client: TestClient) -> None:
    body = json.loads((OURS / "works.csl.json").read_bytes())
    assert sent(node, "csl_json", (OURS / "works.csl.json").read_bytes()).accepted == 2
    assert json.loads(text(client, "/works/csl-json")) == body


@pytest.mark.parametrize(
    ("form", "file", "path"),
    [("bibtex", "works.bib", "bibtex"), ("ris", "works.ris", "ris"), ("csl_json", "works.csl.json", "csl-json")],
)
def test_after_one_claim_only_that_field_of_a_work_differs(
    node: Node, client: TestClient, form: str, file: str, path: str
) -> None:
    sent(node, form, (OURS / file).read_bytes())
    before = text(client, f"/works/{path}/{GOKCE}")
    say(client, entity_id=GOKCE, property="issue", value="4", source_kind="adjudication")
    after = text(client, f"/works/{path}/{GOKCE}")
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert len(changed) == 1
    ((old, new),) = changed
    assert old.replace("3", "4", 1) == new or old.replace('"issue":"3"', '"issue":"4"') == new


def test_a_work_leaves_in_forms_in_which_it_never_came(node: Node, client: TestClient) -> None:
    sent(node, "openalex", (OURS / "openalex.jsonl").read_bytes())
    (item,) = json.loads(text(client, f"/works/csl-json/{GOKCE}"))
    assert item == {
        "id": "doi-10.5555-wells.2024.3",
        "type": "article-journal",
        "title": "On the Water of Old Wells",
        "author": [{"literal": "Ayşe Gökçe"}],
        "issued": {"date-parts": [[2024, 5, 17]]},
        "DOI": "10.5555/wells.2024.3",
        "language": "en",
        "abstract": "Old wells hold less than they did.",
        "container-title": "Journal of Wells",
        "URL": "https://doi.org/10.5555/wells.2024.3",
        "volume": "12",
        "issue": "3",
        "page": "101-118",
    }
    (entry,) = entries(text(client, f"/works/bibtex/{GOKCE}")).values()
    assert (entry[""], entry["title"], entry["author"]) == ("article", "On the Water of Old Wells", "Ayşe Gökçe")
    (line,) = rispy.loads(text(client, f"/works/ris/{GOKCE}"))
    assert (line["type_of_reference"], line["year"], line["doi"]) == ("JOUR", "2024/05/17/", "10.5555/wells.2024.3")


def test_one_work_of_three_files_is_one_with_three_sources(node: Node) -> None:
    for form, file in (("bibtex", "works.bib"), ("ris", "works.ris"), ("openalex", "openalex.jsonl")):
        sent(node, form, (OURS / file).read_bytes())
    follow(node)
    (work,) = [row for row in rows(node, "cooperation_work") if row["entity_id"] == GOKCE]
    assert (work["year"], work["sources_n"], work["language"]) == ("2024", 3, "en")
    assert work["authors"] in ("Ayşe Gökçe", "Gökçe, Ayşe · Institute of Water and Wells")


def test_pages_of_works_and_projects_lead_to_what_is_said_of_each(node: Node, client: TestClient) -> None:
    sent(node, "oc4ids", (OURS / "projects.json").read_bytes())
    sent(node, "bibtex", (OURS / "works.bib").read_bytes())
    follow(node)
    assert "On the Water of Old Wells" in text(client, "/cooperation/works?whole=1")
    assert "Bridge over the Seventh River" in text(client, "/cooperation/projects?whole=1")
    page = text(client, "/cooperation/project/project:oc4ids:oc4ids-exmpl1-bridge-7?whole=1")
    assert "41\u202f000\u202f000\N{NO-BREAK SPACE}USD" in page
    assert "10.5555/wells.2024.3" in text(client, f"/cooperation/work/{GOKCE}?whole=1")


def test_a_list_longer_than_an_answer_says_where_the_rest_is(node: Node, client: TestClient) -> None:
    sent(node, "oc4ids", (OURS / "projects.json").read_bytes())
    first = client.get("/oc4ids/packages", params={"limit": 1})
    then = client.get(first.links["next"]["url"])
    ids = [answer.json()["projects"][0]["id"] for answer in (first, then)]
    assert ids == ["oc4ids-exmpl1-bridge-7", "oc4ids-exmpl1-substation-2"]
    assert "next" not in then.links
    assert client.get("/oc4ids/packages", params={"limit": 0}).status_code == 400


# --- calendar and JSON-LD ---------------------------------------------------------------------------------------


def events(client: TestClient) -> dict[str, Any]:
    made = icalendar.Calendar.from_ical(text(client, "/calendar/events.ics"))
    return {str(each["summary"]): each for each in made.walk("VEVENT")}


def begun(client: TestClient, **said: str) -> str:
    told = {"kind": "event", "source": "https://forum.example/", "property": "name", "value": "Forum of Wells"}
    entity_id: str = ""
    answer = client.post("/api/v1/acts/cooperation_say", json=told)
    claim = client.get(f"/api/v1/tables/cooperation_claim/rows/{answer.json()['about']['claim_id']}").json()["data"]
    entity_id = claim["entity_id"]
    for name, value in said.items():
        say(client, entity_id=entity_id, property=name, value=value)
    return entity_id


def test_events_of_known_days_are_fed_and_partial_dates_are_not(client: TestClient) -> None:
    begun(client, start="2027-05-17", end="2027-05-18")
    told = events(client)
    assert told["Forum of Wells"]["dtend"].dt.isoformat() == "2027-05-19"
    claims = client.get("/api/v1/tables/cooperation_claim", params={"kind": "event", "property": "start", "limit": 100})
    partial = {row["entity_id"] for row in claims.json()["data"] if len(row["value"]) < 10}
    assert partial
    assert not partial & {str(each["uid"]).partition("@")[0] for each in told.values()}


def test_the_sequence_rises_and_the_uid_stays_until_a_year_after_it_was_cancelled(
    node: Node, client: TestClient
) -> None:
    assert isinstance(node.clock, SetClock)
    entity_id = begun(client, start="2027-05-17")
    before = events(client)["Forum of Wells"]
    say(client, entity_id=entity_id, property="activity", value="cancelled", source_kind="primary")
    after = events(client)["Forum of Wells"]
    assert (after["uid"], str(after["status"])) == (before["uid"], "CANCELLED")
    assert after["sequence"] > before["sequence"]
    node.clock.advance(timedelta(days=364))
    assert "Forum of Wells" in events(client)
    node.clock.advance(timedelta(days=2))
    assert "Forum of Wells" not in events(client)


def test_an_hour_comes_with_the_zone_of_its_place(client: TestClient) -> None:
    begun(client, begins="2027-05-17T10:00[Asia/Almaty]", ends="2027-05-17T12:30[Asia/Almaty]")
    feed = text(client, "/calendar/events.ics")
    assert "DTSTART;TZID=Asia/Almaty:20270517T100000" in feed
    assert "BEGIN:VTIMEZONE" in feed
    (zone,) = icalendar.Calendar.from_ical(feed).walk("VTIMEZONE")
    assert zone.to_tz().utcoffset(datetime(2027, 5, 17)) == timedelta(hours=5)  # noqa: DTZ001 # local by itself


def test_json_ld_says_what_stands_first_and_the_same_as(node: Node, client: TestClient) -> None:
    sent(node, "ror", (OURS / "organisations.ror.json").read_bytes())
    answer = client.get("/schema-org/organisation:ror:000000195")
    assert answer.headers["content-type"] == "application/ld+json"
    made = answer.json()
    assert (made["@type"], made["foundingDate"]) == ("Organization", "1991")
    assert {"@value": "Су және құдықтар институты", "@language": "kk"} in made["name"]
    assert set(made["sameAs"]) == {"https://ror.org/000000195", "https://www.wikidata.org/entity/Q900000001"}
    assert client.get("/schema-org/organisation:ror:none").status_code == 404


def test_a_ror_record_is_kept_whole(node: Node) -> None:
    body = (OURS / "organisations.ror.json").read_bytes()
    sent(node, "ror", body)
    (record,) = rows(node, "cooperation_record")
    assert list(differing(json.loads(body)[0], json.loads(record["document"]))) == []
    assert record["document"].encode() in body  # the very bytes
