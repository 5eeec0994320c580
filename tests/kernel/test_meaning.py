"""Rows are found by what they mean, in whatever language, from what a view sees; a vector goes with its row."""

import numpy as np
import pytest
from tests.kernel.test_search import PARTNERS, PUBLIC, TOYS, VIEWS, bird, looked, names, say, told
from tests.support import erasing
from tests.support.aviary import BIRD, change
from tests.support.meanings import Concepts, concepts
from tests.support.nodes import HIDDEN, NOON, follow, opened

from birlik.clock import SetClock
from birlik.kernel import mixing
from birlik.kernel.meaning import apart, tongue
from birlik.kernel.meaning.centring import CONSTANT, Means
from birlik.kernel.meaning.model import installed
from birlik.kernel.meaning.texts import Meaning, Spoken
from birlik.kernel.search import BOTH, MEANING, WORDS, Ranked, Ranking
from birlik.kernel.store.searching import vectors
from birlik.kernel.store.searching.file import files


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node", declared=TOYS, meaning=concepts()) as made:
        yield made


def understood(node, *items, **more):
    told(node, *items, **more)
    while node.store.make_meaning():
        pass


def found(node, text, view="members", **more):
    return [(hit.title.text, hit.by) for hit in looked(node, text, view, **more).hits]


def lies_there(node, text):
    """Is the vector of a text anywhere in the files of what is searched?"""
    vector = Concepts().told([text]).astype(np.float16)[0].tobytes()
    return any(vector in path.read_bytes() for path in files(node.store.folder) if path.exists())


# --- what is found ------------------------------------------------------------------------------------------------


def test_a_row_is_found_in_a_language_that_none_of_its_words_is_of(node):
    understood(node, bird(1, "Ақ жапалақ bird1"), bird(2, "Grey dove"))
    assert found(node, "white owl") == [("Ақ жапалақ bird1", MEANING)]
    assert found(node, "сова") == [("Ақ жапалақ bird1", MEANING)]


def test_what_has_the_words_comes_first_and_says_whether_it_means_the_same_too(node):
    understood(node, bird(1, "Ақ жапалақ"), bird(2, "White owl"), bird(3, "Belyj baykuş"))
    first, *others = found(node, "white owl")
    assert first == ("White owl", BOTH)
    assert ("Ақ жапалақ", MEANING) in others


def test_of_a_sentence_what_means_it_comes_before_what_has_one_of_its_words(node):
    understood(node, bird(1, "göl gece baykuş"), bird(2, "by dove crane finch"))
    assert [name for name, _ in found(node, "owl by night lake")] == ["göl gece baykuş", "by dove crane finch"]


def test_until_its_meaning_is_made_a_row_is_found_by_words_and_it_says_how_many_wait(node):
    told(node, bird(1, "Ақ жапалақ"), bird(2, "White owl"))
    answer = looked(node, "white owl")
    assert (answer.meaning, answer.unmade) == ("on", 2)
    assert [hit.by for hit in answer.hits] == [WORDS]
    node.store.make_meaning()
    assert looked(node, "white owl").unmade == 0


def test_where_there_is_no_model_rows_are_found_by_words_and_it_says_so(tmp_path):
    with opened(tmp_path / "node", declared=TOYS) as node:
        understood(node, bird(1, "Ақ жапалақ"), bird(2, "White owl"))
        answer = looked(node, "white owl")
        assert (answer.meaning, [hit.by for hit in answer.hits]) == ("off", [WORDS])
        assert looked(node, "white", tables=("claims_claim",)).meaning == "none", "it doesn't ask for it"


def test_facets_narrow_what_is_found_by_meaning(node):
    understood(node, bird(1, "Ақ жапалақ", species="owl"), bird(2, "Көл жапалақ", species="crane"))
    assert found(node, "owl lake", facets={"species": ("crane",)}) == [("Көл жапалақ", MEANING)]


def test_what_is_being_written_is_completed_by_words_only(node):
    understood(node, bird(1, "Ақ жапалақ"))
    assert names(node, "owl", is_begun=True) == []


def test_of_more_than_are_shown_the_nearest_are(node, monkeypatch):
    monkeypatch.setattr(vectors, "NEAREST", 2)
    understood(node, bird(1, "жапалақ"), bird(2, "жапалақ ақ"), bird(3, "жапалақ ақ көл"))
    answer = looked(node, "owl")
    assert [hit.title.text for hit in answer.hits] == ["жапалақ", "жапалақ ақ"]
    assert not answer.is_cut, "all were compared"
    monkeypatch.setattr(vectors, "MOST_ASKED", 2)
    node.store.search.nearest.forget()
    answer = looked(node, "owl")
    assert [hit.title.text for hit in answer.hits] == ["жапалақ ақ", "жапалақ ақ көл"], "the newest"
    assert answer.is_cut


# --- who sees what ------------------------------------------------------------------------------------------------


def test_hidden_rows_change_no_neighbour_no_score_and_no_count(tmp_path):
    answers = []
    for name, hidden in (("whole", True), ("shown", False)):
        with opened(tmp_path / name, declared=TOYS, meaning=concepts()) as node:
            say(node, bird(1, "Ақ жапалақ"), bird(2, "göl baykuş"))
            if hidden:
                say(node, *(bird(100 + i, f"жапалақ көл {i}") for i in range(80)), labels=HIDDEN, source_id="other")
            understood(node)
            answers.append([looked(node, text) for text in ("owl", "white owl", "lake night")])
    for whole, shown in zip(*answers, strict=True):
        assert whole == shown
        assert whole.hits


def test_a_label_that_comes_for_the_first_time_parts_vectors_too(node):
    understood(node, bird(1, "Ақ жапалақ"), labels=PUBLIC)
    understood(node, bird(2, "göl baykuş"), labels=PARTNERS, source_id="other")
    seen = {view: {name for name, _ in found(node, "owl", view)} for view in VIEWS}
    assert seen["public"] == {"Ақ жапалақ"}
    assert seen["partners"] == {"Ақ жапалақ", "göl baykuş"}


# --- a vector goes with its row -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "goes",
    [
        pytest.param(lambda: change(BIRD, "end", minute=2, bird_id="bird1"), id="it ends"),
        pytest.param(lambda: bird(1, "Grey dove", minute=2), id="it says something else"),
    ],
)
def test_what_ends_or_changes_leaves_no_vector_in_any_file(node, goes):
    understood(node, bird(1, "ақ жапалақ"), bird(2, "göl"))
    text = "ақ жапалақ\nbird1"
    assert lies_there(node, text)
    understood(node, goes())
    assert "ақ жапалақ" not in names(node, "owl")
    assert not lies_there(node, text)


def test_what_waits_goes_with_its_row_before_its_meaning_was_made(node):
    told(node, bird(1, "ақ жапалақ"))
    told(node, change(BIRD, "end", minute=2, bird_id="bird1"))
    assert node.store.make_meaning() == 0
    assert not any("жапалақ".encode() in p.read_bytes() for p in files(node.store.folder) if p.exists())


def test_what_changed_while_its_meaning_was_made_gets_that_of_what_it_says_now(node, monkeypatch):
    told(node, bird(1, "ақ жапалақ"))
    real = vectors.made

    def meanwhile(meaning, waits):
        monkeypatch.setattr(vectors, "made", real)
        told(node, bird(1, "göl", minute=3))
        return real(meaning, waits)

    monkeypatch.setattr(vectors, "made", meanwhile)
    while node.store.make_meaning():
        pass
    assert found(node, "owl") == []
    assert found(node, "lake") == [("göl", MEANING)]


def test_after_a_rebuild_and_after_another_start_it_is_the_same(tmp_path):
    folder = tmp_path / "node"
    with opened(folder, declared=TOYS, meaning=concepts()) as node:
        understood(node, bird(1, "Ақ жапалақ"), bird(2, "göl baykuş"))
        before = found(node, "owl lake")
    with opened(folder, declared=TOYS, meaning=concepts()) as node:
        follow(node)
        assert node.store.make_meaning() == 0, "nothing is made again"
        assert found(node, "owl lake") == before
        node.store.search.file.begin_anew("a test says so")
        understood(node)
        assert found(node, "owl lake") == before


def test_the_vector_of_an_erased_text_is_in_no_file_and_that_of_others_comes_again(tmp_path):
    folder, clock = tmp_path / "node", SetClock(NOON)
    with erasing.opened(folder, clock=clock, meaning=concepts()) as node:
        erasing.lived(node)
        while node.store.make_meaning():
            pass
        text = "\n".join((erasing.NAME, erasing.KEY, erasing.PHONE))
        assert lies_there(node, text)
        erasing.agreed(node)
        assert erasing.done(node)
        assert not lies_there(node, text)
        follow(node)
        while node.store.make_meaning():
            pass
        assert not lies_there(node, text)
        assert lies_there(node, "Aset\ncard-1\n111")


def test_without_the_model_vectors_go_and_with_it_they_come_again(tmp_path):
    folder = tmp_path / "node"
    for meaning, by in ((concepts(), [("Ақ жапалақ", MEANING)]), (None, []), (concepts(), [("Ақ жапалақ", MEANING)])):
        with opened(folder, declared=TOYS, meaning=meaning) as node:
            understood(node, bird(1, "Ақ жапалақ"))
            assert found(node, "owl") == by


# --- the mix ------------------------------------------------------------------------------------------------------


def test_rows_told_by_their_words_come_first_then_the_near_then_those_with_some_words():
    words = Ranking(
        ranked=(Ranked(("a",), 9.0, 0.9), Ranked(("b",), 8.0, 0.2), Ranked(("c",), 7.0, 0.1)), facets=((), (), ())
    )
    near = Ranking(
        ranked=(
            Ranked(("d",), 0.8, 0.0, MEANING, is_near=True),
            Ranked(("c",), 0.7, 0.0, MEANING, is_near=True),
            Ranked(("a",), 0.5, 0.0, MEANING, is_near=True),
        ),
        facets=((), (), ()),
    )
    made = mixing.mixed(words, near).ranked
    assert [(each.key[0], each.by) for each in made] == [("a", BOTH), ("d", MEANING), ("c", BOTH), ("b", WORDS)]


# --- the constant -------------------------------------------------------------------------------------------------


def test_the_constant_is_small_and_tells_languages_by_their_letters():
    means = Means.shipped()
    assert CONSTANT.stat().st_size < 64_000
    assert len(means.names) == 13
    assert {text: means.names[tongue.told(text, means.pairs)] for text in TONGUES} == TONGUES
    assert tongue.told("12345 !?", means.pairs) is None


TONGUES = {
    "Біз көктемде бақшаға ағаш отырғыздық": "kk-Cyrl",
    "Мы посадили деревья весной в нашем саду": "ru-Cyrl",
    "Bu sabah çarşıda taze ekmek ve peynir aldık": "tr-Latn",
    "Biz bu gün bazardan təzə çörək və pendir aldıq": "az-Latn",
    "Biz bugun bozordan yangi non va pishloq sotib oldik": "uz-Latn",
    "We bought fresh bread and cheese at the market this morning": "en-Latn",
}


def test_vectors_of_one_meaning_are_nearer_without_what_their_languages_have():
    """Vectors made of a meaning and a language's part, as a model's are: without the constant the language decides."""
    dice = np.random.default_rng(4)
    parts, meanings = dice.normal(size=(3, 48)) * 3, dice.normal(size=(20, 48))
    of_each = np.array([unit(meanings + part).mean(axis=0) for part in parts])
    means = Means(("aa-Latn", "bb-Latn", "cc-Latn"), of_each, of_each, np.zeros((3, tongue.BUCKETS)))

    def right(centred):
        made = [unit(meanings + parts[i]) for i in range(3)]
        if centred:
            named = [[name[:2]] * 20 for name in means.names]
            made = [means.centred(v, [""] * 20, of, is_question=False) for v, of in zip(made, named, strict=True)]
        found = np.vstack(made[1:])
        return float(np.mean((made[0] @ found.T).argmax(axis=1) % 20 == np.arange(20)))

    assert right(centred=True) >= right(centred=False)
    assert right(centred=True) > 0.9


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    made = installed()
    assert made is not None, "make dev installs it"
    yield made
    made.close()


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "a" * 900, "🜚" * 300, "ﷺ" * 300, "\u202eabc", "\n\n", "㍿" * 300]
)
def test_the_model_that_the_extra_brings_takes_any_text(model, text):
    made = model.told([text, "an owl"])
    assert made.shape == (2, 384)
    assert np.isfinite(made).all()
    assert made[1].any(), "what stands beside it has its meaning"


def test_a_text_that_ends_the_model_ends_nothing_else_and_is_near_nothing(model, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(apart, "sayable", lambda text: text)
        ended, whole = Meaning(model).of_rows([Spoken("", "ﷺ" * 300), Spoken("en", "an owl at night")])
    assert not ended.any()
    assert whole.any()
    assert model.questions(["an owl"])[0].any(), "the next question begins it anew"


def test_the_model_finds_a_sentence_by_a_question_in_another_language(model):
    meaning = Meaning(model)
    said = ["Жүк көліктері шекарада екі тәулік тұрады.", "Мұғалімдер сабақ жоспарларын алмасады.", "Түнде жұлдыз ақты."]
    near = meaning.of_rows([Spoken("kk", text) for text in said]) @ meaning.of_question("lorries wait at the border")
    assert near.argmax() == 0
