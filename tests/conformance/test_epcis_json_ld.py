"""A page of events is valid JSON-LD, and each event in it means what its sender meant."""

import json
from datetime import UTC, datetime
from functools import cache

import orjson
import pytest
from pyld import jsonld
from tests.domains.transport.epcis_node import CONTEXT, capture, document, event, events_in, job_of, served

from birlik.domains.transport.wire.epcis_answer import Stored, query_document
from birlik.domains.transport.wire.epcis_context import protected
from birlik.domains.transport.wire.epcis_document import parse_document
from birlik.domains.transport.wire.epcis_xml import parse_xml

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAYS_A_NAME_TWICE = "AssociationEvent-h.jsonld"
LIMITS = {"max_depth": 64, "max_events": 100_000}
OURS = ("https://ref.gs1.org/epcis/recordTime", "@id")
"""What the node adds to each event."""


@pytest.fixture(scope="module")
def contexts(reference_data):
    """GS1's contexts by the name of their file; nothing is fetched."""
    folder = reference_data / "transport" / "gs1-epcis" / "context"
    found = {file.name: json.loads(file.read_bytes()) for file in folder.glob("*.jsonld")}
    assert len(found) == 9
    return {**found, "epcis-context.jsonld": found["epcis-context-root.jsonld"]}


@pytest.fixture(scope="module")
def expanded(contexts):
    """The events of a document as JSON-LD expands them."""

    @cache
    def loaded(name):
        return contexts[name]

    def load(url, options=None):
        return {
            "contentType": "application/ld+json", "contextUrl": None, "documentUrl": url,
            "document": loaded(url.rpartition("/")[2]),
        }  # fmt: skip

    def expand(value):
        [whole] = jsonld.expand(value, {"documentLoader": load})
        return found_events(whole)

    return expand


def found_events(value):
    """Wherever they stand: directly in a document, or in the results of a query."""
    name = "https://ref.gs1.org/epcis/eventList"
    if isinstance(value, dict):
        if name in value:
            return value[name]
        return next((found for each in value.values() if (found := found_events(each))), [])
    return next((found for each in value if (found := found_events(each))), []) if isinstance(value, list) else []


def without_ours(events):
    return [{name: value for name, value in one.items() if name not in OURS} for one in events]


def stored(read):
    context = orjson.dumps(read.context).decode() if read.context is not None else None
    return [
        Stored(value.get("eventID", f"urn:x:{i}"), "", NOW, NOW, written, value, context)
        for i, (value, written) in enumerate(zip(read.events, read.written(), strict=True))
    ]


def reference_documents(reference_data):
    for folder in ("gs1-epcis/examples", "openepcis/valid", "event-hash"):
        for file in sorted((reference_data / "transport" / folder).rglob("*")):
            raw = file.read_bytes() if file.suffix in (".json", ".jsonld", ".xml") else b""
            if file.name != SAYS_A_NAME_TWICE and b"EPCIS" in raw:
                yield file, (parse_xml if file.suffix == ".xml" else parse_document)(raw, **LIMITS)


@pytest.fixture(scope="module")
def read(reference_data):
    found = list(reference_documents(reference_data))
    assert len(found) == 88
    assert {file.suffix for file, _ in found} == {".json", ".jsonld", ".xml"}
    return found


@pytest.fixture(scope="module")
def meant(read, expanded):
    """What each document's events mean by themselves; None where its own context is none."""
    found = []
    for _, given in read:
        try:
            found.append(without_ours(expanded(given.value)))
        except jsonld.JsonLdError:
            found.append(None)
    return found


@pytest.mark.reference
def test_every_reference_document_comes_back_meaning_what_it_meant(read, meant, expanded):
    for (file, given), theirs in zip(read, meant, strict=True):
        events = without_ours(expanded(json.loads(query_document(stored(given), NOW))))
        assert len(events) == len(given.events), file.name
        assert theirs in (None, events), file.name
    assert sum(theirs is None for theirs in meant) == 4


@pytest.mark.reference
def test_all_of_them_on_one_page_mean_what_each_meant_by_itself(read, meant, expanded):
    page = json.loads(query_document([one for _, given in read for one in stored(given)], NOW))
    events = iter(without_ours(expanded(page)))
    for (file, given), theirs in zip(read, meant, strict=True):
        ours = [next(events) for _ in given.events]
        assert theirs in (None, ours), file.name
    assert next(events, None) is None


@pytest.mark.reference
def test_no_word_that_gs1_protects_is_given_a_meaning(contexts, read):
    words = set(names_in([each["@context"] for each in contexts.values()]))
    assert words - protected() == set()
    for file, given in read:
        context = json.loads(query_document(stored(given), NOW))["@context"]
        assert context[0] == CONTEXT, file.name
        assert not words & {word for part in context[1:] for word in part}, file.name


def names_in(context):
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            yield from (name for name in part if name[0] != "@")
            for value in part.values():
                if isinstance(value, dict):
                    yield from names_in(value.get("@context"))


def one_of(context, number=0, **fields):
    value = event(eventID=f"urn:x:{number}", **fields)
    return Stored(value["eventID"], "", NOW, NOW, json.dumps(value), value, json.dumps(context))


HOSTILE = [
    pytest.param({"action": "https://evil.example/"}, id="a field of GS1"),
    pytest.param({"shipping": "https://evil.example/"}, id="a word of the CBV"),
    pytest.param({"gs1": "https://evil.example/"}, id="a prefix of GS1"),
    pytest.param({"ext": 5}, id="a number"),
    pytest.param({"ext": "no IRI"}, id="white space"),
    pytest.param({"ext": "a:x", "a": "ext:y"}, id="a circle"),
    pytest.param({"@vocab": 7, "@base": "::", "@language": 8, "@version": 2}, id="keywords"),
    pytest.param({"ext": {"@id": "https://a.example/", "@context": "https://nowhere.example/"}}, id="a scope"),
    pytest.param({"ext": {"@reverse": "https://a.example/"}}, id="a reverse property"),
    pytest.param({"ext": "@type"}, id="another name of a keyword"),
    pytest.param({"ext:colour": {"@id": "https://other.example/"}, "ext": "https://a.example/"}, id="not its prefix"),
    pytest.param({"ext:colour": {"@type": "unknown"}, "ext": "https://a.example/"}, id="a type that is none"),
    pytest.param({"": "https://a.example/", "@foo": "https://a.example/"}, id="names that are none"),
    pytest.param("https://nowhere.example/context.jsonld", id="an address"),
    pytest.param({"ext": None}, id="null"),
]


@pytest.mark.reference
@pytest.mark.parametrize("context", HOSTILE)
def test_whatever_a_senders_context_says_the_page_is_valid(expanded, context):
    odd = one_of([CONTEXT, context], **{"ext:colour": {"ext:deep": 1, "@context": context}})
    good = one_of([CONTEXT, {"ext": "https://good.example/"}], 1, **{"ext:colour": 1})
    found = expanded(json.loads(query_document([odd, good], NOW)))
    assert found[1]["https://good.example/colour"] == [{"@value": 1}]
    assert "https://good.example/colour" not in found[0]


@pytest.mark.reference
def test_words_of_all_kinds_keep_their_meaning(expanded):
    context = [
        CONTEXT,
        {"rail": "urn:gs1:epcisapp:rail:", "rail:axles": {"@type": "xsd:integer"}, "colour": "rail:colour"},
        {"bare": "https://b.example"},
    ]
    given = one_of(context, **{"rail:axles": "4", "colour": "red", "bare:x": 1, "rail:at": "rail:here"})
    answer = json.loads(query_document([given], NOW))
    [found] = expanded(answer)
    assert found["urn:gs1:epcisapp:rail:axles"] == [
        {"@type": "http://www.w3.org/2001/XMLSchema#integer", "@value": "4"}
    ]
    assert found["urn:gs1:epcisapp:rail:colour"] == [{"@value": "red"}]
    assert found["bare:x"] == [{"@value": 1}]


# --- over HTTP ------------------------------------------------------------------------------------------------


def taken(client, *pairs):
    for number, (context, fields) in enumerate(pairs):
        one = event(eventID=f"urn:x:{number}", eventTime=f"2026-03-01T00:0{9 - number}:00Z", **fields)
        said = document(one, **{"@context": context})
        assert job_of(client, capture(client, said))["success"]


def test_a_prefix_of_two_meanings_stays_with_each_event_and_one_of_one_meaning_with_the_page(tmp_path):
    with served(tmp_path / "node") as client:
        taken(
            client,
            ([CONTEXT, {"ext": "https://a.example/", "same": "https://s.example/"}], {"ext:c": 1, "same:c": 1}),
            ([CONTEXT, {"ext": "https://b.example/", "same": "https://s.example/"}], {"ext:c": 2, "same:c": 2}),
            ([CONTEXT, {"unused": "https://u.example/"}], {}),
        )
        answer = client.get("/events")
    assert answer.json()["@context"] == [CONTEXT, {"same": "https://s.example/"}]
    own = [one.get("@context") for one in events_in(answer)]
    assert own == [[{"ext": "https://a.example/"}], [{"ext": "https://b.example/"}], None]


def test_who_uses_a_prefix_without_a_meaning_is_given_none_by_another(tmp_path):
    with served(tmp_path / "node") as client:
        taken(client, ([CONTEXT, {"ext": "https://a.example/"}], {"ext:c": 1}), ([CONTEXT], {"ext:c": 2}))
        answer = client.get("/events")
    assert answer.json()["@context"] == [CONTEXT]
    assert [one.get("@context") for one in events_in(answer)] == [[{"ext": "https://a.example/"}], None]
