"""Labels, views and atoms: who may see what, for every marking, audience and set of rows."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.kernel.policy import BUILT_IN, OWN, Labels, Marking, Views, atoms

NAMED = ("neighbours", "railways")
VIEWS = Views(NAMED)
HELD = settings(derandomize=True, deadline=None, max_examples=200)

labels = st.builds(
    Labels,
    marking=st.sampled_from(list(Marking)),
    audience=st.lists(st.sampled_from(VIEWS.names[1:]), unique=True, max_size=4).map(tuple),
)
masks = st.lists(st.integers(1, VIEWS.everyone), max_size=12)


@HELD
@given(labels)
def test_own_operators_see_every_row(given_labels):
    assert VIEWS.of(given_labels) & (1 << OWN)


@HELD
@given(labels)
def test_a_stricter_marking_never_shows_more(given_labels):
    rising = [Marking.AMBER_STRICT, Marking.AMBER, Marking.GREEN, Marking.CLEAR]
    seen = [VIEWS.of(Labels(marking=m, audience=given_labels.audience)) for m in rising]
    for stricter, looser in pairwise(seen):
        assert stricter & ~looser == 0


@HELD
@given(labels)
def test_without_an_audience_no_marking_shows_a_row_to_others(given_labels):
    assert VIEWS.of(Labels(marking=given_labels.marking)) == 1 << OWN


@HELD
@given(labels)
def test_of_the_built_in_views_each_wider_one_implies_the_narrower(given_labels):
    seen = VIEWS.of(given_labels)
    if given_labels.marking is Marking.RED:
        assert seen & ((1 << len(BUILT_IN)) - 1) == 1 << OWN
    bits = [bool(seen & (1 << view)) for view in range(len(BUILT_IN))]
    assert bits == sorted(bits, reverse=True)


@HELD
@given(labels)
def test_a_row_is_seen_by_no_named_view_that_was_not_named(given_labels):
    seen = VIEWS.of(given_labels)
    if seen == VIEWS.everyone and given_labels.marking is Marking.CLEAR and "public" in given_labels.audience:
        return
    for name in NAMED:
        assert not seen & (1 << VIEWS.index(name)) or name in given_labels.audience


@HELD
@given(masks)
def test_views_share_an_atom_exactly_when_they_see_the_same_rows(given_masks):
    parts = atoms(given_masks, VIEWS.everyone)
    sees = {v: tuple(i for i, m in enumerate(given_masks) if m & (1 << v)) for v in range(len(VIEWS.names))}
    atom_of = {v: [a for a in parts if a & (1 << v)] for v in sees}
    for view, rows in sees.items():
        assert len(atom_of[view]) == bool(rows)
        for other, theirs in sees.items():
            if rows and theirs:
                assert (atom_of[view] == atom_of[other]) == (rows == theirs)
