"""Which reviewers judge which application: two each, none with a conflict, and nobody much more than another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

EACH = 2


def assigned(
    applications: Sequence[str],
    reviewers: Sequence[str],
    may: Callable[[str, str], bool],
    load: Mapping[str, int],
    each: int = EACH,
) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """(by application its reviewers, those for which there aren't enough).

    may: (reviewer, application). load: what reviewers have already. Whoever can be judged by the fewest is given first;
    of those who may, who has least. Pure, and the same for the same.
    >>> assigned(["a", "b"], ["x", "y", "z"], lambda who, what: (who, what) != ("x", "b"), {})
    ({'b': ('y', 'z'), 'a': ('x', 'y')}, ())
    """
    able = {one: [who for who in sorted(reviewers) if may(who, one)] for one in applications}
    has, made = Counter(load), {}
    for one in sorted(able, key=lambda name: (len(able[name]), name)):
        if len(able[one]) < each:
            continue
        made[one] = tuple(sorted(sorted(able[one], key=lambda who: (has[who], who))[:each]))
        has.update(made[one])
    return made, tuple(one for one in applications if one not in made)
