"""Rows are found by their words, each view from an index of its own, which can be thrown away and made again."""

import random
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support import aviary, claims, orchard
from tests.support.aviary import AVIARY, BIRD, CAGE, change, changes, chirped
from tests.support.claims import CLAIM, CLAIMS, PROFILE
from tests.support.nodes import FOR_MEMBERS, HIDDEN, NOON, SMALL, delivery, follow, opened, principal, take
from tests.support.orchard import ORCHARD, line
from tests.support.server import ROOT

from birlik import assembly
from birlik.clock import utc
from birlik.errors import Misdeclared, Refused, Unknown
from birlik.kernel import checking, pipeline, upkeep
from birlik.kernel.domain import Decoded, Domain, Field, Search, Table, Type
from birlik.kernel.finding import Looked, find
from birlik.kernel.intake import Relabel
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking, Right
from birlik.kernel.search import Keyed, snippet
from birlik.kernel.store import Prepared
from birlik.kernel.store.searching import asking
from birlik.kernel.store.searching.file import FILE, files
from birlik.kernel.store.searching.following import Following
from birlik.kernel.store.searching.parts import parts_of

TOYS = (AVIARY, CLAIMS, ORCHARD)
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
PARTNERS = Labels(marking=Marking.GREEN, audience=("partners",))
VIEWS = ("own", "members", "partners", "public")


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node", declared=TOYS) as made:
        yield made


def bird(i, name=None, *, says="whole", minute=0, **more):
    row = {"bird_id": f"bird{i}", **({} if name is None else {"name": name}), **more}
    return change(BIRD, says, minute=minute, **row)


def say(node, *items, labels=FOR_MEMBERS, source_id="keeper"):
    message = delivery(changes(items), node, media_type=aviary.MEDIA_TYPE, labels=labels, source_id=source_id)
    receipt = pipeline.take(node, [message])[0]
    assert receipt.failed is None, receipt.failed
    assert not receipt.refused


def told(node, *items, **more):
    say(node, *items, **more)
    follow(node)


def looked(node, text, view="members", **more):
    return find(node, principal(node, view), Looked(text=text, **more))


def names(node, text, view="members", **more):
    return [hit.title.text for hit in looked(node, text, view, **more).hits]


def lies_there(node, word):
    """Is a word anywhere in the files of what is searched?"""
    return any(word.encode() in path.read_bytes() for path in files(node.store.folder) if path.exists())


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("looked_for", "written"),
    [
        pytest.param("qaz", "Ulken kaaz", id="the domain's own key"),
        pytest.param("университет", "Қазақ университетінде", id="an ending more"),
        pytest.param("университетінде", "Қазақ университет", id="an ending less"),
        pytest.param("университеттен", "Қазақ университетінде", id="another ending"),
        pytest.param("ҚАЗАҚ", "қазақ тілі", id="case"),
        pytest.param("тілі қазақ", "қазақ тілі", id="any order"),
        pytest.param("bird7", "Aq", id="another of its texts"),
    ],
)
def test_a_row_is_found_by_a_word_however_it_is_written(node, looked_for, written):
    told(node, bird(7, written), bird(8, "Somebody else"))
    assert names(node, looked_for) == [written]


@pytest.mark.parametrize("text", ["", "   ", "?!", "nobody", '"', "a*", "\ue0000"])
def test_what_is_nowhere_finds_nothing_and_no_text_is_a_query(node, text):
    told(node, bird(7, "Qaz"))
    assert names(node, text) == []


def test_a_whole_word_counts_for_more_than_the_beginning_of_one_and_a_name_for_more_than_a_text(node):
    told(node, bird(1, "Tall owlet"), bird(2, "Tall owl"), bird("owl", "Tall crane"))
    assert names(node, "owl") == ["Tall owl", "Tall owlet"]
    say_claim(node, "owl", "tall")
    say_claim(node, "dam", "owl")
    follow(node)
    assert names(node, "owl", tables=(CLAIM.name,)) == ["owl", "dam"]


def test_a_row_has_all_the_words(node):
    told(node, bird(1, "White owl"), bird(2, "White crane"), bird(3, "Grey owl"))
    assert names(node, "white owl") == ["White owl"]
    assert not looked(node, "white owl").is_any


def test_where_no_row_of_any_table_has_all_words_those_are_found_that_have_any_and_it_says_so(node):
    told(node, bird(1, "White owl"), bird(2, "White crane"), bird(3, "White finch"), bird(4, "Grey dove"))
    found = looked(node, "white owl by the lake")
    assert [hit.title.text for hit in found.hits][:1] == ["White owl"]
    assert {hit.title.text for hit in found.hits} == {"White owl", "White crane", "White finch"}
    assert found.is_any
    assert names(node, 'grey" OR 1') == ["Grey dove"]
    assert names(node, "white owl by the pond", is_begun=True) == [], "what is being written has its words yet to come"
    say_claim(node, "lake", "white owl by the lake")
    follow(node)
    found = looked(node, "white owl by the lake")
    assert {hit.title.text for hit in found.hits} == {"lake"}, "one table has them all: no other shows less"
    assert not found.is_any


def test_the_word_that_is_written_is_the_beginning_of_one(node):
    told(node, bird(1, "Universitet"), bird(2, "Ushatyn"))
    assert names(node, "u", is_begun=True) == []
    assert names(node, "un", is_begun=True) == ["Universitet"]
    assert names(node, "universitetke", is_begun=True) == []


def test_marks_stand_in_the_text_as_it_is_written():
    keys = Keyed(chirped)
    piece = snippet("Aq KAAZ, sary qaz!", keys, {"kaz"}.__contains__)
    assert [piece.text[a:b] for a, b in piece.marks] == ["KAAZ", "qaz"]
    long = " ".join(["word"] * 100 + ["kaz"] + ["word"] * 100)
    cut = snippet(long, keys, {"kaz"}.__contains__)
    assert len(cut.text) <= 200
    assert [cut.text[a:b] for a, b in cut.marks] == ["kaz"]
    assert cut.text.startswith("word")


def test_facets_count_and_narrow(node):
    told(node, bird(1, "Owl One", species="owl"), bird(2, "Owl Two", species="owl"), bird(3, "Owl Three"))
    found = looked(node, "owl")
    assert (found.n, found.facets["species"]) == (3, {"owl": 2})
    assert sorted(names(node, "owl", facets={"species": ("owl",)})) == ["Owl One", "Owl Two"]
    assert names(node, "owl", facets={"species": ("crane",)}) == []
    assert names(node, "owl", facets={"basis": ("measured",)}) == []


def test_all_tables_are_searched_at_once_or_one(node):
    say_claim(node, "dam", "open")
    told(node, bird(1, "Dam watcher"))
    assert looked(node, "dam").tables == {BIRD.name: 1, CLAIM.name: 1, PROFILE.name: 1}
    assert [hit.table.name for hit in looked(node, "dam", tables=(CLAIM.name,)).hits] == [CLAIM.name]
    with pytest.raises(Unknown, match="aviary_cage"):
        looked(node, "dam", tables=(CAGE.name,))


def test_pages_follow_upon_each_other(node):
    told(node, *(bird(i, f"Owl {i}") for i in range(7)))
    pages, start = [], 0
    while start is not None:
        found = looked(node, "owl", start=start, limit=3)
        pages.append([hit.title.text for hit in found.hits])
        start = found.following
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {name for page in pages for name in page} == {f"Owl {i}" for i in range(7)}


def test_of_more_rows_than_are_ranked_the_newest_are_and_it_says_so(node, monkeypatch):
    monkeypatch.setattr(asking, "MOST_RANKED", 3)
    for i in range(5):
        told(node, bird(i, f"Owl {i}"))
    found = looked(node, "owl")
    assert found.is_cut
    assert found.n == 3
    assert {hit.title.text for hit in found.hits} == {"Owl 2", "Owl 3", "Owl 4"}
    assert not looked(node, "owl 4").is_cut


# --- who sees what ------------------------------------------------------------------------------------------------


def test_each_view_finds_what_it_sees(node):
    say(node, bird(1, "Owl for members"), labels=FOR_MEMBERS)
    say(node, bird(2, "Owl for all"), labels=PUBLIC)
    told(node, bird(3, "Owl of ours"), labels=HIDDEN)
    assert sorted(names(node, "owl", "own")) == ["Owl for all", "Owl for members", "Owl of ours"]
    assert sorted(names(node, "owl", "members")) == ["Owl for all", "Owl for members"]
    assert names(node, "owl", "public") == ["Owl for all"]


def test_hidden_rows_move_no_score_and_no_count(tmp_path):
    """In two nodes that differ in hidden rows only, said between the others and of the same things too."""
    answers = []
    for name, hides in (("whole", True), ("part", False)):
        with opened(tmp_path / name, declared=TOYS) as node:
            for i in range(6):
                told(node, bird(i, f"Owl number {i}"), labels=FOR_MEMBERS)
                if hides:
                    told(node, bird(f"h{i}", "Owl owl hidden"), bird(i, "Renamed owl", minute=5), labels=HIDDEN)
            answers.append(
                [(h.title, h.score) for w in ("owl", "number", "hidden", "owl 3") for h in looked(node, w).hits]
            )
    assert answers[0] == answers[1]
    assert answers[0]


def test_a_label_that_comes_for_the_first_time_parts_the_sets(node):
    told(node, *(bird(i, f"Owl {i}") for i in range(3)), labels=PUBLIC)
    before = {view: names(node, "owl", view) for view in VIEWS}
    assert len({tuple(each) for each in before.values()}) == 1
    told(node, bird(9, "Owl for partners"), labels=PARTNERS)
    for view in VIEWS:
        wanted = {*before[view], *(["Owl for partners"] if view != "public" else [])}
        assert set(names(node, "owl", view)) == wanted
    sets = [part.views for part in parts_of(node.store.search.file.writer, BIRD.name)]
    assert sorted(sets) == [0b01111, 0b10000]


def test_who_may_not_read_a_table_finds_none_of_it(node):
    told(node, bird(1, "Dam watcher"))
    elsewhere = Right(role=Role.READER, domains=frozenset({"claims"}))
    who = replace(principal(node, "members"), rights=(elsewhere,))
    assert find(node, who, Looked(text="dam")).hits == []
    with pytest.raises(Refused):
        find(node, who, Looked(text="dam", tables=(BIRD.name,)))


# --- what goes ----------------------------------------------------------------------------------------------------


def say_claim(node, subject, value, *, until=None, labels=FOR_MEMBERS):
    valid = None if until is None else NOON + timedelta(minutes=until)
    row = {"subject": subject, "property": "state", "sayer": "press", "basis": "reported", "value": value}
    body = claims.told([("whole", {**row, "valid_until": valid, "said_time": NOON})])
    take(node, body, media_type=claims.MEDIA_TYPE, labels=labels)


def ended(node):
    told(node, bird(1, says="end", minute=1))


def renamed(node):
    told(node, bird(1, "Bek", says="part", minute=1))


@pytest.mark.parametrize("goes", [ended, renamed])
def test_what_ends_or_changes_is_found_no_more_and_lies_in_no_file(node, goes):
    told(node, bird(1, "Zhasyryn Zhapalaq"), bird(2, "Bek"))
    assert names(node, "zhapalak") == ["Zhasyryn Zhapalaq"]
    assert lies_there(node, "zhapalak")
    goes(node)
    assert names(node, "zhapalak", "own") == []
    assert not lies_there(node, "zhapalak")


def test_what_is_relabelled_is_found_by_those_only_who_see_it_now(node):
    told(node, bird(1, "Zhapalaq"))
    told(node, bird(1, "Zhapalaq"), labels=HIDDEN)
    assert (names(node, "zhapalak"), names(node, "zhapalak", "own")) == ([], ["Zhapalaq"])
    told(node, bird(1, "Zhapalaq"), labels=PUBLIC)
    assert names(node, "zhapalak", "public") == ["Zhapalaq"]


def test_what_expires_is_found_until_then(node):
    say_claim(node, "dam", "leaking", until=30)
    follow(node)
    assert names(node, "leaking") == ["dam", "dam"]
    follow(node, minutes=40)
    assert names(node, "leaking") == []
    assert not lies_there(node, "leaking")


def test_what_is_only_added_to_goes_by_a_label_too(node):
    take(node, [line("sweet-apple", "2026-03-01T08:00:00Z")], labels=FOR_MEMBERS)
    follow(node)
    assert names(node, "sweet") == ["sweet-apple"]
    key = {"tree_id_orchard": "sweet-apple", "phenomenon_time": utc("2026-03-01T08:00:00Z")}
    relabelled = Decoded(relabels=(Relabel(table=orchard.PICKING.name, key=key, seen_by=("own",), views=1),))
    message = Prepared(delivery=delivery(b"x", node), decoded=relabelled, views=1, digest=b"x" * 32, single=False)
    node.store.commit([message])
    follow(node)
    assert (names(node, "sweet"), names(node, "sweet", "own")) == ([], ["sweet-apple"])


# --- thrown away, and made again ----------------------------------------------------------------------------------

WORDS = ("owl", "white", "dam", "open", "ash", "north", "bird1", "finch")


def all_found(node):
    made = {}
    for view in VIEWS:
        for word in WORDS:
            found = looked(node, word, view, limit=100)
            made[view, word] = [(hit.table.name, str(hit.key), hit.score, hit.facets) for hit in found.hits]
            assert found.making == []
    return made


def live(node, dice, steps):
    """Rows come, change, end, expire and are relabelled, some of them several times in a step."""
    labels = (HIDDEN, FOR_MEMBERS, PARTNERS, PUBLIC)
    for step in range(steps):
        for _ in range(dice.randint(1, 3)):
            i, minute = dice.randint(0, 4), 10 * step + dice.randint(0, 9)
            what = dice.choice(["whole", "whole", "part", "end"])
            name = f"{dice.choice(['White', 'Grey'])} {dice.choice(['owl', 'owls', 'crane'])}"
            more = {} if what == "end" else {"species": dice.choice(["owl", "finch"])}
            say(
                node,
                bird(i, None if what == "end" else name, says=what, minute=minute, **more),
                labels=dice.choice(labels),
            )
            until = dice.choice([None, 2 * step, 2 * step + 3])
            say_claim(
                node, f"dam{dice.randint(0, 2)}", dice.choice(["open", "shut"]), until=until, labels=dice.choice(labels)
            )
            tree, hour = f"ash-{dice.randint(0, 3)}", dice.randint(0, 9)
            take(node, [line(tree, f"2026-03-01T0{hour}:00:00Z")], labels=dice.choice(labels))
        follow(node, minutes=2)


@pytest.mark.parametrize("seed", range(4))
def test_kept_up_step_by_step_it_is_what_it_would_be_made_from_nothing(tmp_path, seed):
    dice, folder = random.Random(seed), tmp_path / "node"
    with opened(folder, declared=TOYS) as node:
        clock = node.clock
        live(node, dice, 12)
        kept_up = all_found(node)
        assert any(kept_up.values())
    for path in files(folder):
        path.unlink(missing_ok=True)
    with opened(folder, declared=TOYS, clock=clock) as node:
        pipeline.follow(node)
        assert all_found(node) == kept_up


def test_after_a_rebuild_it_is_the_same(tmp_path):
    folder = tmp_path / "node"
    with opened(folder, declared=TOYS) as node:
        clock = node.clock
        live(node, random.Random(1), 6)
        before = all_found(node)

    def again(folder, **more):
        return assembly.open_node(folder, declared=TOYS, clock=clock, **SMALL, **more)

    upkeep.rebuild(folder, again)
    assert not (folder / FILE).exists()
    with opened(folder, declared=TOYS, clock=clock) as node:
        pipeline.follow(node)
        assert all_found(node) == before


def broken(folder):
    (folder / FILE).write_bytes(b"no database at all" * 1000)


def torn(folder):
    content = bytearray((folder / FILE).read_bytes())
    content[4096:] = bytes(random.Random(3).randbytes(len(content) - 4096))
    (folder / FILE).write_bytes(bytes(content))


def another_layout(folder):
    database = sqlite3.connect(folder / FILE)
    database.execute("UPDATE meta SET said = 'older' WHERE name = 'form'")
    database.commit()
    database.close()


@pytest.mark.parametrize("damage", [broken, torn, another_layout])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    folder = tmp_path / "node"
    with opened(folder, declared=TOYS) as node:
        clock = node.clock
        told(node, bird(1, "White owl"))
    damage(folder)
    with opened(folder, declared=TOYS, clock=clock) as node:
        for i in range(3):  # found as it is used
            told(node, bird(2, "Grey owl", minute=i))
        assert sorted(names(node, "owl")) == ["Grey owl", "White owl"]


def test_another_method_of_the_key_makes_it_again(tmp_path):
    folder = tmp_path / "node"
    with opened(folder, declared=TOYS) as node:
        clock = node.clock
        told(node, bird(1, "Qaz"))
        assert names(node, "gaz") == []
    softer = replace(BIRD, search=replace(BIRD.search, key=lambda word: word.lower().replace("q", "g"), method=2))
    domain = replace(AVIARY, tables=tuple(softer if t.name == BIRD.name else t for t in AVIARY.tables))
    with opened(folder, declared=(domain, CLAIMS, ORCHARD), clock=clock) as node:
        pipeline.follow(node)
        assert names(node, "gaz") == ["Qaz"]


def test_until_it_is_made_it_says_so(tmp_path):
    with opened(tmp_path / "node", declared=TOYS) as node:
        say(node, bird(1, "White owl"))
        assert BIRD.name in looked(node, "owl").making
        follow(node)
        assert looked(node, "owl").making == []


def test_a_table_that_is_searched_no_more_leaves_the_file(tmp_path):
    folder = tmp_path / "node"
    with opened(folder, declared=TOYS) as node:
        clock = node.clock
        told(node, bird(1, "Zhapalaq"))
    without = replace(AVIARY, tables=tuple(replace(t, search=None) for t in AVIARY.tables))
    with opened(folder, declared=(without, CLAIMS, ORCHARD), clock=clock) as node:
        say_claim(node, "dam", "open")
        follow(node)
        assert not lies_there(node, "zhapalak")


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.kernel.test_search import TOYS, bird, say
from tests.support.nodes import opened, follow
from birlik.kernel.store.searching.following import Following

def killing(self, real=Following.commit):
    if sys.argv[2] == "after":
        real(self)
    os.kill(os.getpid(), signal.SIGKILL)

with opened(Path(sys.argv[1]), declared=TOYS) as node:
    say(node, bird(1, "White owl"), bird(2, "Grey owl"))
    follow(node)
    say(node, bird(1, "White crane", minute=1), bird(3, "Brown owl"))
    Following.commit = killing
    follow(node)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_9_at_either_side_of_its_commit_loses_nothing_and_makes_nothing_again(tmp_path, monkeypatch, when):
    folder = tmp_path / "node"
    command = [sys.executable, "-c", KILLED, str(folder), when]
    env = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "", "BIRLIK_BY_MEANING": "false"}
    ended = subprocess.run(command, cwd=ROOT, check=False, env=env)
    assert ended.returncode == -signal.SIGKILL

    def made(*_):
        raise AssertionError("an index was made again")

    monkeypatch.setattr(Following, "_make", made)
    with opened(folder, declared=TOYS) as node:
        # Meanwhile it is taken back: what the file knows already must not stay.
        told(node, bird(1, "White owl", minute=2))
        assert sorted(names(node, "owl")) == ["Brown owl", "Grey owl", "White owl"]
        assert names(node, "crane") == []


def test_a_step_that_fails_leaves_the_file_as_the_store_is(node, monkeypatch):
    told(node, bird(1, "White owl"))
    say(node, bird(1, "White crane", minute=1))

    def failing(self):
        raise RuntimeError("in the midst of it")

    with monkeypatch.context() as patch:
        patch.setattr(Following, "commit", failing)
        with pytest.raises(RuntimeError):
            follow(node)
    assert names(node, "owl") == []  # the row has changed; only what both say is shown
    follow(node)
    assert names(node, "crane") == ["White crane"]
    assert names(node, "owl") == []


def test_it_is_its_owners_only_and_no_backup_has_it(node, tmp_path):
    told(node, bird(1, "White owl"))
    for path in files(node.store.folder):
        assert not path.exists() or path.stat().st_mode & 0o077 == 0
    node.backup(tmp_path / "copy")
    assert not list((tmp_path / "copy").glob(f"{FILE}*"))
    with opened(tmp_path / "copy", declared=TOYS, clock=node.clock) as copy:
        pipeline.follow(copy)
        assert names(copy, "owl") == ["White owl"]


# --- what can be declared -----------------------------------------------------------------------------------------


def declared(search, **more):
    fields = (
        Field(name="nut_id", type=Type.TEXT, nullable=False, description="The nut."),
        Field(name="name", type=Type.TEXT, description="Its name."),
        Field(name="secret", type=Type.TEXT, is_secret=True, description="Its kernel."),
        Field(name="limit", type=Type.TEXT, description="A word of searches."),
        Field(name="mass_g", type=Type.FLOAT, unit="g", description="Its mass."),
    )
    about = {"title": "Nuts", "description": "Nuts.", "key": ("nut_id",), "time": ""}
    table = Table(name="nuts_nut", fields=fields, search=search, **about, **more)
    return Domain(name="nuts", title="Nuts", role=Role.READER, tables=(table,))


@pytest.mark.parametrize(
    ("search", "said"),
    [
        pytest.param(Search(texts=("shell",)), "no column 'shell'", id="no such column"),
        pytest.param(Search(texts=("name", "secret")), "secret is a secret", id="a secret text"),
        pytest.param(Search(texts=("name",), facets=("secret",)), "secret is a secret", id="a secret facet"),
        pytest.param(Search(texts=("mass_g",)), "mass_g is float", id="a number"),
        pytest.param(Search(texts=()), "names no text", id="nothing"),
        pytest.param(Search(texts=("name",), facets=("limit",)), "no facet can be called limit", id="a reserved name"),
        pytest.param(Search(texts=("name",), languages={"kk": "nut_id"}), "nut_id is no text", id="a name beside"),
    ],
)
def test_what_cant_be_searched_is_refused_at_assembly(search, said):
    with pytest.raises(Misdeclared, match=said):
        checking.check((declared(search),))


def test_what_is_never_shown_is_not_searched():
    with pytest.raises(Misdeclared, match="name is never shown"):
        checking.check((declared(Search(texts=("name",)), public_fields=("nut_id", "mass_g")),))
