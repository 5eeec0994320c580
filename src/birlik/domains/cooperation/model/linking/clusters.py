"""Who is one: what people have said of pairs, what a rule links beside it, and what no join may cross."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Pair = tuple[str, str]


class Verdict(StrEnum):
    """What somebody has said of two records."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word on two records; append-only, the last of a pair counts."""

    left: str
    right: str
    verdict: Verdict

    @property
    def pair(self) -> Pair:
        """The two in the order of their ids."""
        return (min(self.left, self.right), max(self.left, self.right))


@dataclass(frozen=True, slots=True)
class RefusedJoin:
    """Two that would have become one, and the two whose difference stands between them."""

    pair: Pair
    across: Pair


@dataclass(frozen=True, slots=True)
class Clusters:
    """of: each id that is one with another, to the smallest id of its cluster. Who is alone isn't named."""

    of: Mapping[str, str]
    refused: tuple[RefusedJoin, ...]

    def first(self, entity_id: str) -> str:
        """The id under which an entity is shown; old ids lead here."""
        return self.of.get(entity_id, entity_id)


def standing(decisions: Iterable[Decision]) -> dict[Pair, Verdict]:
    """The last word on each pair, in the order in which these last words were said."""
    last: dict[Pair, Verdict] = {}
    for decision in decisions:
        last.pop(decision.pair, None)
        last[decision.pair] = decision.verdict
    return last


def clusters_of(
    decisions: Iterable[Decision], by_rule: Iterable[Pair] = (), apart: Mapping[str, Mapping[str, str]] | None = None
) -> Clusters:
    """What "same" joins, first by word of people in the order of their saying, then by rule in the order given.

    decisions: oldest first. by_rule: pairs, best first; of pairs that people have spoken of, their word alone counts.
    apart: by scheme, the outer id of each record that has one: no rule joins two clusters with ids of one scheme that
    differ. People may: a register has erred before.
    Returns: clusters, and each join that was refused with the first pair that stands between, in alphabetical order.

    A "different" counts whenever it was said, so that it depends on the standing words alone and not on the way there.
    """
    said = standing(decisions)
    joining = _Joining(apart or {})
    for pair, verdict in said.items():
        if verdict is Verdict.DIFFERENT:
            joining.part(pair)
    for pair, verdict in said.items():
        if verdict is Verdict.SAME:
            joining.join(pair, by_rule=False)
    for one, other in by_rule:
        pair = (min(one, other), max(one, other))
        if pair not in said:
            joining.join(pair, by_rule=True)
    return joining.result()


@dataclass(slots=True)
class _Joining:
    apart: Mapping[str, Mapping[str, str]]
    above: dict[str, str] = field(default_factory=dict)
    differing: dict[str, list[Pair]] = field(default_factory=dict)
    """By the top of a cluster, (one of it, one from whom it differs)."""
    ids: dict[str, dict[str, Pair]] = field(default_factory=dict)
    """By the top of a cluster and scheme, (outer id, who has it)."""
    refused: list[RefusedJoin] = field(default_factory=list)

    def part(self, pair: Pair) -> None:
        one, other = pair
        self.differing.setdefault(one, []).append((one, other))
        self.differing.setdefault(other, []).append((other, one))

    def join(self, pair: Pair, *, by_rule: bool) -> None:
        one, other = (self._top(end) for end in pair)
        if one == other:
            return
        across = self._between(one, other) or (self._ids_between(one, other) if by_rule else None)
        if across:
            self.refused.append(RefusedJoin(pair, across))
            return
        first, last = min(one, other), max(one, other)
        self.above[last] = first
        self.differing.setdefault(first, []).extend(self.differing.pop(last, []))
        self.ids[first] = {**self._ids_of(last), **self._ids_of(first)}

    def result(self) -> Clusters:
        tops = {end: self._top(end) for end in sorted(self.above)}
        return Clusters({**tops, **{top: top for top in tops.values()}}, tuple(self.refused))

    def _top(self, end: str) -> str:
        top = end
        while top in self.above:
            top = self.above[top]
        while end != top:
            self.above[end], end = top, self.above[end]
        return top

    def _between(self, one: str, other: str) -> Pair | None:
        few, top = (
            (one, other) if len(self.differing.get(one, ())) <= len(self.differing.get(other, ())) else (other, one)
        )
        found = [(min(p), max(p)) for p in self.differing.get(few, ()) if self._top(p[1]) == top]
        return min(found, default=None)

    def _ids_of(self, top: str) -> dict[str, Pair]:
        own = {scheme: (of[top], top) for scheme, of in self.apart.items() if top in of}
        return self.ids.get(top, own)

    def _ids_between(self, one: str, other: str) -> Pair | None:
        mine, theirs = self._ids_of(one), self._ids_of(other)
        found = [
            (min(mine[s][1], theirs[s][1]), max(mine[s][1], theirs[s][1]))
            for s in mine.keys() & theirs.keys()
            if mine[s][0] != theirs[s][0]
        ]
        return min(found, default=None)
