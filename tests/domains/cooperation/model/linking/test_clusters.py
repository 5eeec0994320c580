"""Who is one: the last word counts, a difference stands between, and a rule never overturns a person."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.domains.cooperation.model.linking import Decision, RefusedJoin, Verdict, clusters_of, standing

SAME, DIFFERENT, UNSURE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE


def said(*words):
    """`a=b` is the same, `a#b` different, `a?b` unsure; the oldest first."""
    verdicts = {"=": SAME, "#": DIFFERENT, "?": UNSURE}
    return [Decision(word[0], word[2], verdicts[word[1]]) for word in words]


IDS = st.sampled_from("abcdef")
WORDS = st.lists(
    st.tuples(IDS, IDS, st.sampled_from("=#?")).filter(lambda w: w[0] != w[1]).map(lambda w: w[0] + w[2] + w[1]),
    max_size=14,
)
RULES = st.lists(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), max_size=8)


@pytest.mark.parametrize(
    ("words", "clusters"),
    [
        pytest.param(["a=b", "c=b"], {"a": "a", "b": "a", "c": "a"}, id="what same joins is one, by its smallest id"),
        pytest.param(["a=b", "b#a"], {}, id="the last word counts, whichever end it names first"),
        pytest.param(["a#b", "a=b"], {"a": "a", "b": "a"}, id="also when it is same"),
        pytest.param(["a=b", "a?b"], {}, id="unsure joins nothing"),
        pytest.param([], {}, id="no word, no cluster"),
    ],
)
def test_a_cluster_is_what_same_joins(words, clusters):
    assert clusters_of(said(*words)).of == clusters


def test_a_join_across_a_difference_is_refused_and_names_it():
    found = clusters_of(said("a=b", "a#c", "c=b"))
    assert found.of == {"a": "a", "b": "a"}
    assert found.refused == (RefusedJoin(("b", "c"), across=("a", "c")),)


def test_a_difference_counts_whenever_it_was_said():
    assert clusters_of(said("a=b", "c=b", "a#c")).refused == (RefusedJoin(("b", "c"), across=("a", "c")),)


def test_a_difference_deep_in_two_clusters_stands_between_them():
    found = clusters_of(said("a=b", "c=d", "b#d"), by_rule=[("a", "c")])
    assert found.refused == (RefusedJoin(("a", "c"), across=("b", "d")),)


@pytest.mark.parametrize("word", ["a#b", "a?b"])
def test_a_rule_never_overturns_a_persons_word(word):
    assert clusters_of(said(word), by_rule=[("b", "a")]).of == {}


def test_a_rule_joins_no_two_ids_of_one_register_not_even_through_a_third():
    apart = {"ror": {"a": "1", "c": "2"}}
    found = clusters_of([], by_rule=[("a", "b"), ("b", "c")], apart=apart)
    assert found.of == {"a": "a", "b": "a"}
    assert found.refused == (RefusedJoin(("b", "c"), across=("a", "c")),)


def test_people_may_join_what_a_register_has_twice():
    assert clusters_of(said("a=c"), apart={"ror": {"a": "1", "c": "2"}}).of == {"a": "a", "c": "a"}


def test_an_old_id_leads_to_the_first():
    found = clusters_of(said("b=c"))
    assert [found.first(i) for i in "abc"] == ["a", "b", "b"]


@given(words=WORDS, rules=RULES)
@settings(deadline=None)
def test_no_cluster_ever_holds_two_that_are_different(words, rules):
    found = clusters_of(said(*words), by_rule=rules)
    for (one, other), verdict in standing(said(*words)).items():
        if verdict is DIFFERENT:
            assert found.first(one) != found.first(other)


@given(words=WORDS, rules=RULES, one=IDS, other=IDS)
@settings(deadline=None)
def test_a_decision_taken_back_leaves_what_was_there_before(words, rules, one, other):
    if one == other or any({w[0], w[2]} == {one, other} for w in words):
        return
    before = clusters_of(said(*words), by_rule=rules)
    # Taking back is by saying nothing of the pair any more; a rerun on the same words is the same.
    with_it = said(*words, f"{one}={other}")
    assert clusters_of(with_it[:-1], by_rule=rules) == before


@given(words=WORDS)
@settings(deadline=None)
def test_words_that_later_ones_replaced_change_nothing(words):
    last = standing(said(*words))
    only = [Decision(*pair, verdict) for pair, verdict in last.items()]
    assert clusters_of(only) == clusters_of(said(*words))
