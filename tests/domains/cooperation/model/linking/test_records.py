"""Records as columns: what claims of one view say, and statistics of nothing else."""

import numpy as np
import pyarrow as pa
import pytest

from birlik.domains.cooperation.model.linking import records_of
from birlik.domains.cooperation.model.linking.records import NONE, domain_of


def claims(*said):
    """(entity, property, value); an entity that begins with `p` is a person."""
    return pa.table(
        {
            "entity_id": [entity for entity, _, _ in said],
            "kind": ["person" if entity.startswith("p") else "organisation" for entity, _, _ in said],
            "property": [what for _, what, _ in said],
            "value": [value for _, _, value in said],
        }
    )


SAID = (
    ("o2", "name", "Қазақ банкі"),
    ("o1", "name", "Kazakh Bank"),
    ("o1", "name", "Qazaq banki"),
    ("o1", "website", "https://www.Bank.example/en"),
    ("o1", "domain", "bank.example"),
    ("o1", "founded", "1991-05"),
    ("o1", "seat", "Nur-Sultan"),
    ("p1", "name", "Ә. Бек"),
    ("p1", "orcid", "0000-0002-1825-0097"),
    ("p1", "state", "KAZ"),
)


def test_records_stand_in_the_order_of_their_ids_whatever_the_order_of_claims():
    one, other = records_of(claims(*SAID)), records_of(claims(*reversed(SAID)))
    assert one.ids == other.ids == ("o1", "o2", "p1")
    assert one.words.texts == other.words.texts
    assert np.array_equal(one.name_words, other.name_words)
    assert one.is_person.tolist() == [False, False, True]


def test_a_name_is_its_words_by_key_and_every_name_of_a_record_counts():
    found = records_of(claims(*SAID))
    names = [
        [found.words.texts[w] for w in found.name_words[a:b]]
        for a, b in zip(found.name_starts[:-1], found.name_starts[1:], strict=True)
    ]
    assert names == [["kazah", "bank"], ["kazak", "banki"], ["kazak", "banki"], ["a", "bek"]]
    assert found.first_name.tolist() == [0, 2, 3, 4]


def test_a_page_and_a_domain_are_the_same_domain():
    found = records_of(claims(*SAID))
    assert (found.domains.record.tolist(), found.domains.n_values) == ([0], 1)


def test_what_is_not_said_is_none():
    found = records_of(claims(*SAID))
    assert found.year.tolist() == [1991, NONE, NONE]
    assert found.place.tolist() == [0, NONE, NONE]
    assert found.state.tolist() == [NONE, NONE, 0]
    assert list(found.outer) == ["orcid"]


def test_rarity_counts_records_that_have_a_word_not_how_often_they_say_it():
    found = records_of(
        claims(("o1", "name", "Su su"), ("o1", "name", "Su bank"), ("o2", "name", "Bank"), ("o3", "name", "Tau"))
    )
    rarity = dict(zip(found.words.texts, found.word_rarity.round(3), strict=True))
    assert rarity == {"su": round(np.log(3), 3), "bank": round(np.log(1.5), 3), "tau": round(np.log(3), 3)}


def test_no_claims_are_no_records():
    found = records_of(claims(*SAID).slice(0, 0))
    assert (len(found), found.first_name.tolist(), found.words.texts) == (0, [0], ())


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.Ada.edu.az/en?x=1", "ada.edu.az"),
        ("info@ada.edu.az", "ada.edu.az"),
        ("http://ada.edu.az:8080", "ada.edu.az"),
        ("ada.edu.az.", "ada.edu.az"),
        ("", ""),
    ],
)
def test_the_domain_of_an_address_is_its_host(address, domain):
    assert domain_of(address) == domain
