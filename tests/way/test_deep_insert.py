"""A document of three levels, of new rows and such as are there, goes in whole or not at all."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, RING, change, changes
from tests.support.deep import DEEP_AVIARY as TOY
from tests.support.deep import MEDIA_TYPE as DEEP_TYPE
from tests.support.nodes import FOR_MEMBERS, HIDDEN, NOON, delivery, opened, rows

from birlik.kernel import pipeline
from birlik.kernel.domain import Decoded, Intake
from birlik.kernel.intake import MOST_ROUNDS, Asks

MIXED = {
    "name": "west",
    "birds": [
        {"name": "Aru", "species": "crane", "rings": [{"colour": "red"}, {"@id": "r1"}]},
        {"@id": "b1", "rings": [{"colour": "blue"}]},
    ],
}
TOLD = (
    change(CAGE, cage_id="c1", name="north"),
    change(BIRD, bird_id="b1", name="Bek", species="owl", cage_id="c1"),
    change(RING, ring_id="r1", bird_id="b1", colour="green"),
)


@pytest.fixture
def node(tmp_path):
    """A cage, a bird in it, and its ring."""
    with opened(tmp_path / "node", declared=(TOY,)) as made:
        pipeline.take(made, [delivery(changes(TOLD), made, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        yield made


def deep(node, document, labels=FOR_MEMBERS):
    return delivery(orjson.dumps(document), node, media_type=DEEP_TYPE, labels=labels, source_id="builder")


def take(node, *documents, labels=FOR_MEMBERS):
    return pipeline.take(node, [deep(node, d, labels) for d in documents])


def all_of(node):
    return {name: rows(node, name) for name in ("aviary_cage", "aviary_bird", "aviary_ring")}


def test_new_and_known_rows_of_three_levels_go_in_at_once(node):
    (receipt,) = take(node, MIXED)
    assert (receipt.accepted, receipt.refused) == (6, ())
    west = next(c["cage_id"] for c in rows(node, "aviary_cage") if c["name"] == "west")
    birds = {b["name"]: b for b in rows(node, "aviary_bird")}
    assert {b["cage_id"] for b in birds.values()} == {west}
    assert birds["Bek"]["species"] == "owl", "what isn't said of a known one stays"
    worn = {(r["colour"], r["bird_id"]) for r in rows(node, "aviary_ring")}
    assert worn == {("red", birds["Aru"]["bird_id"]), ("green", birds["Aru"]["bird_id"]), ("blue", "b1")}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"@id": "moon", "birds": [{"name": "Aru"}]}, "/@id"),
        ({"name": "west", "birds": [{"name": "Aru"}, {"@id": "moon"}]}, "/birds/1/@id"),
        (
            {"name": "west", "birds": [{"rings": [{"colour": "red"}, {"@id": "moon"}]}]},
            "/birds/0/rings/1/@id",
        ),
        ({"name": "west", "birds": [{"name": "Aru", "rings": [{"size": 3}]}]}, "/birds/0/rings/0/size"),
    ],
    ids=["the first round", "the second", "the third", "a field that isn't there"],
)
def test_what_is_not_there_at_any_level_keeps_all_of_it_out(node, document, place):
    before = all_of(node)
    (receipt,) = take(node, document)
    assert (receipt.accepted, receipt.failed.where.pointer) == (0, place)
    assert all_of(node) == before
    assert [e["pointer"] for e in rows(node, "birlik_quarantine")] == [place]


def test_a_row_that_a_reader_of_the_document_may_not_see_is_not_there(node):
    hidden = change(BIRD, bird_id="b9", name="Hidden", cage_id="c1")
    pipeline.take(node, [delivery(changes([hidden]), node, media_type=MEDIA_TYPE, labels=HIDDEN)])
    document = {"name": "west", "birds": [{"@id": "b9"}]}
    assert take(node, document)[0].accepted == 0
    assert take(node, document, labels=HIDDEN)[0].accepted == 2


def test_what_commits_together_but_before_is_there_and_what_ended_is_not(node):
    begins = deep(node, {"name": "east", "birds": [{"name": "Aru"}]})
    pipeline.take(node, [begins])
    (aru,) = (b["bird_id"] for b in rows(node, "aviary_bird") if b["name"] == "Aru")
    later = NOON + timedelta(minutes=1)
    said = [change(BIRD, "end", bird_id=aru, changed_time=later), change(BIRD, "end", bird_id="b1", minute=-1)]
    ends = delivery(changes(said), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)
    told = changes([change(BIRD, minute=9, bird_id="b7", name="Kok")])
    new = delivery(told, node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)
    asks = [deep(node, {"name": f"south {key}", "birds": [{"@id": key}]}) for key in (aru, "b7", "b1")]
    receipts = pipeline.take(node, [ends, new, *asks])
    assert [receipt.accepted for receipt in receipts[1:]] == [1, 0, 2, 2], "an older end ends nothing"


def test_a_rebuild_answers_alike(tmp_path):
    with opened(tmp_path / "node", declared=(TOY,)) as node:
        pipeline.take(node, [delivery(changes(TOLD), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        take(node, MIXED, {"name": "nowhere", "birds": [{"@id": "moon"}]}, {"name": "later", "birds": [{"@id": "b1"}]})
        before = all_of(node)
    (tmp_path / "node" / "store.duckdb").unlink()
    with opened(tmp_path / "node", declared=(TOY,)) as again:
        assert all_of(again) == before


def test_who_asks_without_end_is_refused_as_a_whole(tmp_path):
    asked = []

    def on(found):
        asked.append(found)
        return Decoded(asks=Asks(table="aviary_cage", column="cage_id", values=("c1",), again=on, none_too=True))

    def decode(delivery, lookup):
        return on(())

    tables = ("aviary_cage",)
    endless = Intake(name="endless", title="Endless", media_type="x/endless", decode=decode, tables=tables)
    with opened(tmp_path / "node", declared=(replace(AVIARY, intakes=(endless,)),)) as node:
        (receipt,) = pipeline.take(node, [delivery(b"?", node, media_type="x/endless")])
    assert "rounds" in str(receipt.failed.reason)
    assert len(asked) == MOST_ROUNDS + 1
