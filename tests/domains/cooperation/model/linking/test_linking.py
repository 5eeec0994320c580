"""Linking against known truth: worlds of seeds that it was not fitted on, and names that nobody made for it."""

import csv
import json
import math
from collections import defaultdict
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from bench.linking import found as found_in

from birlik.domains.cooperation.model.linking import (
    PARTS,
    Decision,
    Thresholds,
    Verdict,
    fit,
    link,
    lower_from,
    measured,
    records_of,
    upper_from,
)
from birlik.domains.cooperation.model.linking.candidates import candidates
from birlik.domains.cooperation.model.linking.likeness import word_likeness
from birlik.domains.cooperation.model.linking.parts import MEASURES, compare
from birlik.domains.cooperation.model.linking.score import among
from birlik.domains.cooperation.model.linking.weights import BODIES
from birlik.domains.cooperation.model.search_key import search_key
from birlik.domains.cooperation.simulate import Harshness, world
from birlik.domains.cooperation.simulate.damage import mistyped, turned
from birlik.domains.cooperation.simulate.writings import WAYS, written
from birlik.errors import OutOfRange


def claims(rows):
    """(entity, property, value); an entity that begins with `p` is a person."""
    return pa.table(
        {
            "entity_id": [entity for entity, _, _ in rows],
            "kind": ["person" if entity.startswith("p") else "organisation" for entity, _, _ in rows],
            "property": [what for _, what, _ in rows],
            "value": [value for _, _, value in rows],
        }
    )


def register(**of):
    """Records by id: name, and what else is said. A hundred others stand around, so that words have a rarity."""
    rows = [(f"z{i:03d}", "name", f"Other{i} Thing{i // 2} University") for i in range(100)]
    for entity, (name, said) in of.items():
        rows += [(entity, "name", name), *((entity, what, value) for what, value in said.items())]
    return records_of(claims(rows))


def linked_pairs(records, linked):
    return [tuple(records.ids[i] for i in linked.scored.pairs[row]) for row in linked.by_rule]


def asked_pairs(records, linked):
    return [tuple(records.ids[i] for i in linked.scored.pairs[row]) for row in linked.asked]


HOME = {"state": "QAA", "place": "Сұпзадбұлақ", "founded": "1966", "domain": "uni.example"}


def test_one_body_in_two_scripts_is_linked_by_rule_and_each_part_is_shown():
    records = register(a=("Сұпзадбұлақ медицина институты", HOME), b=("Supzadbulaq medicina institwty", HOME))
    linked = link(records)
    assert linked_pairs(records, linked) == [("a", "b")]
    row = int(linked.by_rule[0])
    told = linked.scored.told(row)
    assert tuple(told) == PARTS
    assert sum(told.values()) + linked.scored.bias[row] == pytest.approx(linked.scored.score[row])
    assert told["year"] > 0
    assert told["domain"] > 0


def test_two_valid_ids_of_one_kind_that_differ_forbid_a_link_and_a_question():
    name = "Сұпзадбұлақ медицина институты"
    records = register(a=(name, HOME | {"ror": "012345678"}), b=(name, HOME | {"ror": "876543210"}))
    linked = link(records)
    of_both = [records.ids[i] for i in linked.scored.pairs[0]]
    assert (of_both, linked.scored.score[0]) == (["a", "b"], -math.inf)
    assert (linked_pairs(records, linked), asked_pairs(records, linked)) == ([], [])


def test_a_branch_on_its_parents_domain_is_not_linked():
    branch = HOME | {"place": "Осагрыжкент", "founded": "1990"}
    records = register(a=("Qoba davlat universiteti", HOME), b=("Qoba davlat universiteti Togas filiali", branch))
    assert linked_pairs(records, link(records)) == []


def test_namesakes_of_two_states_are_not_linked():
    name = "Qoba davlat universiteti"
    records = register(a=(name, {"state": "QAA"}), b=(name, {"state": "QAB"}))
    assert linked_pairs(records, link(records)) == []


def test_schools_by_number_are_not_linked():
    records = register(a=("Qoba 17 maktabi", HOME), b=("Qoba 18 maktabi", HOME | {"founded": "1967"}))
    assert linked_pairs(records, link(records)) == []


def test_persons_are_asked_and_never_linked_by_rule_without_a_shared_outer_id():
    said = {"state": "QAA", "place": "Togas", "domain": "uni.example"}
    records = register(p1=("Жеңіс Макрыңев", said), p2=("Zhenis Makrynev", said))
    linked = link(records, thresholds=Thresholds(-50.0, -50.0))
    assert ("p1", "p2") not in linked_pairs(records, linked)
    assert ("p1", "p2") in asked_pairs(records, linked)


def test_persons_who_share_an_outer_id_are_linked():
    said = {"state": "QAA", "orcid": "0000-0002-1825-0097"}
    records = register(p1=("Жеңіс Макрыңев", said), p2=("Zh. Makrynev", said))
    assert linked_pairs(records, link(records)) == [("p1", "p2")]


def test_who_was_asked_of_once_is_not_asked_of_again_and_three_of_one_make_two_questions():
    said = {"state": "QAA", "place": "Togas"}
    records = register(p1=("Жеңіс Макрыңев", said), p2=("Zhenis Makrynev", said), p3=("Jeñis Makryñev", said))
    first = asked_pairs(records, link(records))
    assert len(first) == 2
    for verdict in Verdict:
        again = asked_pairs(records, link(records, [Decision(*pair, verdict) for pair in first]))
        assert not set(again) & set(first)


def test_what_somebody_called_different_is_neither_linked_nor_asked():
    records = register(a=("Qoba davlat universiteti", HOME), b=("Qoba davlat universiteti", HOME))
    linked = link(records, [Decision("b", "a", Verdict.DIFFERENT)])
    assert linked.clusters.of == {}
    assert asked_pairs(records, linked) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("turkistan", "turkestan", 0.93),
        ("kabala", "kebele", 0.7),
        ("kabala", "kabala", 1.0),
        ("univ", "universiteti", 0.8),
        ("bank", "sovet", 0.0),
    ],
)
def test_words_are_alike_by_what_it_costs_to_make_one_of_the_other(one, other, alike):
    assert round(word_likeness(one, other), 2) == alike
    assert word_likeness(one, other) == pytest.approx(word_likeness(other, one))


@pytest.fixture(scope="module")
def of_worlds():
    """Seeds that neither the fit nor the bench has seen."""
    return [found_in(made, records, link(records)) for made, records in map(_read, (31, 32))]


def _read(seed):
    made = world(seed, 5_000)
    return made, records_of(made.claims)


def test_what_is_linked_by_rule_is_right(of_worlds):
    right, linked = sum(f.linked_right for f in of_worlds), sum(f.linked for f in of_worlds)
    assert right / linked >= 0.995
    assert linked > 1_000


def test_nine_in_ten_true_pairs_are_linked_or_asked(of_worlds):
    assert sum(f.true_joined for f in of_worlds) / sum(f.true_pairs for f in of_worlds) >= 0.90


def test_questions_are_few_and_mostly_of_the_same(of_worlds):
    asked = sum(f.asked for f in of_worlds)
    assert asked <= 0.15 * sum(f.records for f in of_worlds)
    assert sum(f.asked_right for f in of_worlds) >= 0.5 * asked


def test_rows_that_another_view_sees_change_no_score_of_this_one():
    made = world(33, 400)
    rows = made.claims
    hidden = pa.array([int(i[-6:]) % 2 == 0 for i in rows.column("entity_id").to_pylist()])
    seen = rows.filter(hidden)
    alone, shuffled = records_of(seen), records_of(seen.take(np.random.default_rng(0).permutation(seen.num_rows)))
    assert np.array_equal(link(alone).scored.score, link(shuffled).scored.score)
    assert not np.array_equal(alone.word_rarity.sum(), records_of(rows).word_rarity.sum())


def test_nearly_all_true_pairs_are_candidates_and_few_others():
    made, records = _read(34)
    pairs = candidates(records)
    n = len(records)
    true = made.true_pairs()
    met = np.isin(true[:, 0] * n + true[:, 1], pairs[:, 0] * n + pairs[:, 1])
    assert met.mean() >= 0.95
    assert len(pairs) <= 40 * n


def test_what_was_planted_is_found_again_by_the_fit():
    rng = np.random.default_rng(0)
    measures = np.zeros((40_000, len(MEASURES)))
    measures[:, :2] = rng.normal(size=(40_000, 2))
    same = rng.random(40_000) < 1 / (1 + np.exp(-(-1 + 2 * measures[:, 0] - 0.5 * measures[:, 1])))
    found = fit(measures, same)
    assert (found.bias, found.of[MEASURES[0]], found.of[MEASURES[1]]) == pytest.approx((-1, 2, -0.5), abs=0.08)


def test_pairs_of_one_label_alone_are_no_ground_for_weights():
    with pytest.raises(OutOfRange):
        fit(np.zeros((3, len(MEASURES))), np.ones(3, dtype=bool))


def test_thresholds_are_the_lowest_that_hold_what_is_asked():
    score = np.arange(4_000, 0, -1.0)
    same = np.ones(4_000, dtype=bool)
    same[2_000:] = np.arange(2_000) % 2 == 0
    upper = upper_from(score, same)
    chosen = score >= upper
    assert measured(int(same[chosen].sum()), int(chosen.sum()), 1, 2).precision_interval.low >= 0.995
    assert 1_900 < chosen.sum() < 2_100
    assert lower_from(score[2_000:], same[2_000:], 4_000) == score[2_599]


def test_no_threshold_holds_where_nothing_is_right():
    assert upper_from(np.array([3.0, 2.0]), np.array([False, False])) == math.inf
    assert upper_from(np.zeros(0), np.zeros(0, dtype=bool)) == math.inf


@pytest.fixture(scope="module")
def names(reference_data):
    with (reference_data / "cooperation" / "ots" / "names.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def spelled(rows, key):
    """Share of same-thing pairs found at precision 1.0, by how alike their words are, and of each sort of pair.

    Two names are as alike as their words in the best pairing, the longer name's words left alone counting nothing.
    """
    told = []
    for one, other in combinations(rows, 2):
        a, b = key(one["name"]).split(), key(other["name"]).split()
        best = [[max(word_likeness(x, y) for y in theirs) for x in mine] for mine, theirs in ((a, b), (b, a))]
        alike = sum(map(sum, best))
        told.append((alike / (len(a) + len(b)), one["id"] == other["id"], sort_of(one, other)))
    bound = max(alike for alike, same, _ in told if not same)
    found, of = defaultdict(int), defaultdict(int)
    for alike, same, sort in told:
        if same:
            of[sort] += 1
            found[sort] += alike > bound
    return {sort: (found[sort], of[sort]) for sort in of}


def sort_of(one, other):
    if one["lang"] == other["lang"]:
        return "spelling" if one["script"] == other["script"] else "script"
    # Names of places and persons go through a language as they are; names of bodies are translated.
    return "script" if one["id"].startswith("place:") else "translation"


@pytest.mark.reference
def test_names_of_the_ots_are_found_by_key_more_than_twice_as_often_and_translations_hardly(names):
    with_key, without = spelled(names, search_key), spelled(names, str.lower)
    share = {sort: hit / n for sort, (hit, n) in with_key.items()}
    hits, n = (sum(part[i] for part in with_key.values()) for i in (0, 1))
    assert n == sum(part[1] for part in without.values())
    assert hits / n >= 0.2
    assert hits >= 2 * sum(hit for hit, _ in without.values())
    assert share["script"] > share["translation"]


@pytest.mark.reference
def test_no_two_universities_that_differ_are_linked(reference_data):
    """328 of them, real: nobody made these for the rule, and only what shares a domain may look the same."""
    listed = json.loads((reference_data / "cooperation" / "universities" / "universities.json").read_text("utf-8"))
    rows = []
    for i, one in enumerate(listed):
        rows += [(f"u{i:03d}", "name", one["name"]), (f"u{i:03d}", "state", one["alpha_two_code"])]
        rows += [(f"u{i:03d}", "domain", domain) for domain in one["domains"]]
    records = records_of(claims(rows))
    linked = link(records)
    pairs = [tuple(int(end[1:]) for end in pair) for pair in linked_pairs(records, linked)]
    assert [pair for pair in pairs if not set(listed[pair[0]]["domains"]) & set(listed[pair[1]]["domains"])] == []
    assert len(linked.asked) <= 0.15 * len(listed)


COPIED_BY = {"AZ": "az", "TR": "tr", "UZ": "uz", "TM": "tk"}


@pytest.mark.reference
def test_copies_of_real_universities_in_other_letters_are_linked_or_asked_and_no_others_linked(reference_data):
    """Names as they are in the world, not the simulator's: each second one once more, in another writing."""
    listed = json.loads((reference_data / "cooperation" / "universities" / "universities.json").read_text("utf-8"))
    rng = np.random.default_rng(3)
    rows, copies = [], set()
    for i, one in enumerate(listed):
        rows += [(f"u{i:03d}", "name", one["name"]), (f"u{i:03d}", "state", one["alpha_two_code"])]
        rows += [(f"u{i:03d}", "domain", domain) for domain in one["domains"]]
        lang = COPIED_BY.get(one["alpha_two_code"])
        if lang and rng.random() < 0.5:
            name = written(one["name"], lang, str(rng.choice(list(WAYS[lang]))))
            name = mistyped(rng, name) if rng.random() < 0.4 else name
            rows.append((f"v{i:03d}", "name", turned(rng, name) if rng.random() < 0.2 else name))
            rows += [(f"v{i:03d}", "state", one["alpha_two_code"])] if rng.random() < 0.7 else []
            rows += [(f"v{i:03d}", "domain", one["domains"][0])] if rng.random() < 0.4 else []
            copies.add((f"u{i:03d}", f"v{i:03d}"))
    records = records_of(claims(rows))
    linked = link(records)
    by_rule, asked = set(linked_pairs(records, linked)), set(asked_pairs(records, linked))
    assert by_rule <= copies
    assert len(copies & (by_rule | asked)) >= 0.9 * len(copies)
    assert len(by_rule) >= 0.3 * len(copies)


@pytest.mark.reference
def test_measures_of_real_names_stay_within_what_they_mean(names):
    rows = [(f"r{i:02d}", "name", row["name"]) for i, row in enumerate(names)]
    records = records_of(claims(rows))
    measures = compare(records, np.array(list(combinations(range(len(rows)), 2)))).measures
    assert np.isfinite(measures).all()
    assert (measures >= 0).all()


@pytest.mark.parametrize("duplicates", [0.3, 0.1])
def test_how_many_pairs_are_the_same_is_seen_without_being_told(duplicates):
    made = world(35, 10_000, harsh=Harshness(duplicates=duplicates))
    records = records_of(made.claims)
    compared = compare(records, candidates(records))
    bodies = ~records.is_person[compared.pairs[:, 0]] & ~compared.forbidden
    shift = among(BODIES.bias + compared.measures[bodies] @ BODIES.vector(), BODIES.share)
    same = (made.truth[compared.pairs[:, 0]] == made.truth[compared.pairs[:, 1]])[bodies].mean()
    odds = [math.log(share / (1 - share)) for share in (same, BODIES.share)]
    assert shift == pytest.approx(odds[0] - odds[1], abs=0.25)


def test_fewer_duplicates_make_the_rule_more_careful_and_not_less_right():
    worlds = [world(seed, 10_000, harsh=Harshness(duplicates=0.1)) for seed in (36, 37)]
    found = [found_in(made, records, link(records)) for made, records in ((m, records_of(m.claims)) for m in worlds)]
    right, linked = sum(f.linked_right for f in found), sum(f.linked for f in found)
    assert right / linked >= 0.993
    assert linked > 500


def test_where_nothing_is_compared_nothing_is_shifted():
    assert among(np.zeros(0), 0.01) == 0.0
    assert among(np.full(3, -math.inf), 0.01) == 0.0
