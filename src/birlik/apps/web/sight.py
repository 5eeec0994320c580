"""What one reader sees for one page, and the words for it. Panels read through this and nothing else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from string import Formatter
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
from markupsafe import Markup, escape

from birlik.apps.web.ask import SINCE, Ask, iso, page_path, since, since_day, with_query
from birlik.apps.web.few import Few, digest_of
from birlik.apps.web.memo import Memo
from birlik.apps.web.words import Words, zone_name
from birlik.errors import Unknown
from birlik.kernel.access.sessions import form_token
from birlik.kernel.alerting.feed_quiet import LOOK_BACK, SHORTEST_GAP_S, USUAL_SHARE
from birlik.kernel.domain import Domain, Expression, Filter, Indicator, Named, Page, Panel, Sentence, Type
from birlik.kernel.kept import closure
from birlik.kernel.members import Needs, Role
from birlik.kernel.node import NOW, At, Node
from birlik.kernel.policy import Principal
from birlik.kernel.tables import Whose
from birlik.periods import Period

Row = Mapping[str, Any]
Held: TypeAlias = tuple[str, str, str, bool, bool]
"""Table, column and value of rows, and whether they name the reader, or are entrusted to them."""
SILENT_AFTER = 4.0
"""Usual gaps without a word, after which a supplier is silent, as its alert has it."""
RHYTHM = {"share": USUAL_SHARE, "shortest_s": SHORTEST_GAP_S, "times": SILENT_AFTER}
MOST_CHANGES = 500
"""Versions among which the moments are looked for at which something changed."""
MOST = 100_000
"""Suppliers that a page looks for."""


@dataclass(frozen=True, slots=True)
class Read:
    """One question to the node, as a value: what a panel was made of can be asked again."""

    kind: str
    """`figures`, `rows`, or what is counted: `counts` and `groups` (by the columns of `order`), `days` (by the column
    of `order`, as many as `limit`), `rhythms` of suppliers, entries that are `alike`."""
    name: str
    where: tuple[tuple[str, Any], ...] = ()
    order: tuple[str, ...] = ()
    limit: int | None = None
    columns: tuple[str, ...] = ()
    """Of rows; empty is all of them."""
    slow: bool = False
    """Answered once a minute, not once a watermark."""
    past: str = ""
    """Of rows: a time column of which nothing after the present is meant."""
    expression: Expression | None = None
    """Of rows: the reader's own, so that the time it may take is bounded."""
    mine: bool = False
    """Of rows: those that name the reader, whatever their view."""
    by_duty: bool = False
    """Of these: those that they see by a duty."""


def whose(*, by_duty: bool) -> Whose:
    """Of rows that name a reader: those that are shown as theirs, or as entrusted to them."""
    return Whose.DUTY if by_duty else Whose.NAME


@dataclass(frozen=True, kw_only=True)
class Sight:
    node: Node
    principal: Principal
    words: Words
    ask: Ask
    memo: Memo
    token: str = ""
    """Of the reader's session."""
    seen_as: str = ""
    """Through whose eyes a steward looks."""
    is_party: bool = False
    """Rows are those that name the reader,"""
    by_duty: bool = False
    """or those that they see by a duty."""
    reads: list[tuple[Read, str]] = field(default_factory=list, compare=False)
    """What was read so far, each with the digest of its answer."""
    held: dict[Held, Any] = field(default_factory=dict, compare=False)
    """Rows of one thing, asked for this one answer only: what several questions are about is asked once."""

    @property
    def own_name(self) -> str:
        """Under which is kept what was made for this reader alone: another for who looks through their eyes."""
        return f"{self.principal.name}\0seen" if self.seen_as else self.principal.name

    @cached_property
    def reader(self) -> Any:
        reader = self.node.reader(self.principal)
        return reader.as_party(whose(by_duty=self.by_duty)) if self.is_party else reader

    def may(self, needs: Needs | None, domain: Domain) -> bool:
        """What a role can't do isn't shown to it."""
        return self.principal.has(needs or domain.role or Role.READER, domain.name)

    @property
    def is_steward(self) -> bool:
        """May look through somebody else's eyes."""
        return self.principal.has(Role.STEWARD)

    @property
    def tier_words(self) -> str:
        """What somebody of another state is told when its tier changes; empty else."""
        found = self.node.access.tier_change(self.principal.name) if self.token else None
        if found is None:
            return ""
        state, tenure = found
        said = self.words.t("From {day} on {state} is a {tier} here: what you may see changes with that day.")
        return said.format(day=tenure.since.isoformat(), state=state, tier=self.words.t(tenure.tier.value))

    @property
    def reads_as(self) -> frozenset[tuple[str, frozenset[str] | None]]:
        """By which those are told apart who see different things on one page."""
        return frozenset((right.role.value, right.domains) for right in self.principal.held)

    @property
    def form_token(self) -> str:
        """What this session's forms carry; empty where nobody has signed in."""
        return form_token(self.token) if self.token else ""

    @property
    def watermark(self) -> datetime:
        moment: datetime = self.reader.watermark
        return moment

    @cached_property
    def now(self) -> datetime:
        """The moment of which the page speaks."""
        return self.ask.as_of or self.watermark

    # --- figures and rows ---------------------------------------------------------------------------------

    def indicator(self, name: str) -> Indicator:
        for domain in self.node.domains:
            for indicator in domain.indicators:
                if indicator.name == name:
                    return indicator
        raise Unknown(f"no indicator {name!r}")

    def told(self, name: str) -> Indicator:
        """An indicator in the unit that the reader has chosen, where it is had in it."""
        return self.indicator(name).within(self.ask.unit)

    def told_figures(self, name: str, fixed: Mapping[str, str], *, spanned: bool = True) -> Sequence[Row]:
        """Its figures, as `figures` has them, in that unit."""
        declared, rows = self.indicator(name), self.figures(name, fixed, spanned=spanned)
        times = declared.times(self.ask.unit)
        if times is None:
            return rows
        return [{**r, **{m: r[m] * times for m in declared.in_unit if r[m] is not None}} for r in rows]

    def filters(self, columns: Mapping[str, Type], fixed: Mapping[str, str]) -> dict[str, Any]:
        """The page's parameters and choices that this table or indicator has, and what always holds."""
        wanted: dict[str, Any] = {**{n: v for n, v in self.ask.given.items() if n in columns}, **fixed}
        if len(self.same) > 1:
            wanted |= {name: self.same for name, value in wanted.items() if value == self.same_as}
        return {name: _typed(columns[name], value) for name, value in wanted.items() if name in columns}

    @property
    def same_as(self) -> str:
        """The value of the parameter that the page's address has; empty where no page joins values."""
        page = self.ask.page
        return self.ask.given[page.parameters[0]] if page.joined else ""

    @cached_property
    def same(self) -> tuple[str, ...]:
        """All values that are of the same as that of the page's parameter, as this reader sees it, in order."""
        if not self.same_as:
            return ()
        table = self.node.store.catalogue.tables[self.ask.page.joined]
        assert table.joins is not None
        joins, name, key = table.joins, table.name, table.key

        def pairs(ids: frozenset[str]) -> Iterator[tuple[str, str]]:
            for end in (joins.left, joins.right):
                where = ((end, tuple(sorted(ids))), (joins.verdict, joins.same))
                for row in self.answer(Read("rows", name, where, key)):
                    yield str(row[joins.left]), str(row[joins.right])

        return tuple(sorted(closure([self.same_as], pairs)))

    def figures(self, name: str, fixed: Mapping[str, str] | None = None, *, spanned: bool = True) -> Sequence[Row]:
        """Figures of an indicator as they stand, or stood; within the reader's span where it has a period."""
        declared = self.indicator(name)
        if declared.live and self.ask.as_of is not None:
            return []  # kept in no version: what is so now was not so then
        filters = self.filters({d.name: d.type for d in declared.dimensions}, fixed or {})
        rows = self.answer(Read("figures", name, tuple(sorted(filters.items()))))
        first = since(self.ask.span, self.now)
        period = next((d for d in declared.dimensions if d.name == declared.period), None)
        if spanned and period is not None and first:
            rows = [row for row in rows if _reaches(period.period_of(row[period.name]), date.fromisoformat(first))]
        return rows

    def rows(
        self,
        name: str,
        fixed: Mapping[str, str] | None = None,
        *,
        order: Sequence[str] = (),
        limit: int | None = None,
        columns: Sequence[str] = (),
        slow: bool = False,
        past: str = "",
        expression: Expression | None = None,
    ) -> Sequence[Row]:
        """Rows of a table, derived table or register. `slow` ones are read once a minute, not once a watermark.

        past: a time column; of rows after the present, which a clock that was ahead has left, there are none.

        Rows that an order leaves alike come by their key: how they lie depends on rows that this reader may not see.
        """
        filters = self.table_filters(name, fixed or {})
        said = {column.removeprefix("-") for column in order}
        order = (*order, *(k for k in self.node.store.catalogue.declared(name).key if k not in said))
        return self.answer(
            Read(
                "rows",
                name,
                tuple(sorted(filters.items())),
                tuple(order),
                limit,
                tuple(columns),
                slow,
                past,
                expression,
                self.is_party,
                self.by_duty,
            )
        )

    def among(self, name: str, column: str, values: tuple[str, ...], columns: tuple[str, ...] = ()) -> Sequence[Row]:
        """Rows of which a column has one of these values, by their key. columns: as `Read.columns`."""
        order = self.node.store.catalogue.declared(name).key
        return self.answer(Read("rows", name, ((column, values),), order, columns=columns)) if values else ()

    def changed(self, name: str) -> Sequence[datetime]:
        """When something was said of the rows of a kept table that the page's parameters choose; each moment once."""
        where = tuple(sorted(self.table_filters(name, {}).items()))
        return [row["at_time"] for row in self.answer(Read("moments", name, where)) if row["at_time"] is not None]

    def count(self, name: str, fixed: Mapping[str, str], expression: Expression | None = None) -> int:
        """How many rows `rows` would give without a limit."""
        where = tuple(sorted(self.table_filters(name, fixed).items()))
        (row,) = self.answer(
            Read("count", name, where, expression=expression, mine=self.is_party, by_duty=self.by_duty)
        )
        return int(row["count"])

    def answer(self, read: Read) -> Sequence[Row]:
        table, digest = self.asked(read)
        self.reads.append((read, digest))
        rows: Sequence[Row] = self.memo.get(("answer", digest), table.to_pylist)
        return rows

    def asked(self, read: Read) -> tuple[Any, str]:
        """The answer as it came, and its digest; once a watermark, however many ask. What a kept table says is asked
        each time: who has just done something must see it."""
        if read.kind == "unsaid" or (read.kind in ("rows", "count") and not read.slow and self.is_kept(read.name)):
            return self._ask(read)
        moment = self.minute if read.slow else self.watermark
        whose = self.own_name if read.mine else self.reads_as
        return self.memo.get((self.principal.view, whose, moment, self.ask.as_of, read), lambda: self._ask(read))

    def _ask(self, read: Read) -> tuple[Any, str]:
        if read.kind == "unsaid":
            table = pa.table({"said": [orjson.dumps(self._unsaid(read.name, dict(read.where)["subject"])).decode()]})
            return table, digest_of(table)
        where: list[Filter | Expression] = [
            Filter(column=c, operator="in", value=list(v))
            if isinstance(v, tuple)
            else Filter(column=c, operator="=", value=v)
            for c, v in read.where
        ]
        if read.past:
            where.append(Filter(column=read.past, operator="<=", value=self.minute + timedelta(minutes=1)))
        reader: Any = self.node.reader(self.principal)
        at = At(as_of=self.ask.as_of) if self.is_kept(read.name) else NOW
        if read.mine:
            reader = reader.as_party(whose(by_duty=read.by_duty))
        if read.expression is not None:
            where, reader = [*where, read.expression], reader.within(self.node.settings.query_s)
        if read.kind == "figures":
            table = reader.figures(read.name, where=where, as_of=self.ask.as_of)
        elif read.kind == "counts":
            table = reader.counts(read.name, read.order, where=where)
        elif read.kind == "days":
            table = reader.by_day(read.name, *read.order, since=self.minute - timedelta(days=int(read.limit or 0)))
        elif read.kind == "rhythms":
            table = self.reader.rhythms(self.minute - LOOK_BACK, **RHYTHM)
        elif read.kind == "alike":
            table = self.reader.alike(read.name, int(read.limit or 0))
        elif read.kind == "moments":
            table = reader.moments(self.node.store.catalogue.tables[read.name], where=where, limit=MOST_CHANGES)
        elif read.kind == "groups":
            table = reader.grouped(read.name, read.order, where=where, at=at)
        elif read.kind == "count":
            table = reader.grouped(read.name, where=where, at=at)
        elif (told := self._of_held(read, reader, where, at)) is not None:
            return told, told.digest
        else:
            columns = read.columns or None
            table = reader.rows(read.name, where=where, columns=columns, order=read.order, limit=read.limit, at=at)
        return table, digest_of(table)

    def _of_held(self, read: Read, reader: Any, where: Sequence[Any], at: At) -> Few | None:
        """The answer, out of all rows of the one thing that page and question are about; None where they aren't about
        the same, or its rows aren't few."""
        declared = self.node.store.catalogue.declared(read.name)
        mine = self.ask.given.values()
        about = next(((c, one) for c, v in read.where if c in declared.sought and (one := _one(v)) in mine), None)
        if about is None or read.expression is not None:
            return None
        key = (read.name, *about, read.mine, read.by_duty)
        if key not in self.held:
            self.held[key] = reader.handful(read.name, *about, at=at)
        few = self.held[key]
        columns = read.columns or tuple(declared.by_name)
        told = few.answer(where, columns=columns, order=read.order, limit=read.limit) if few is not None else None
        return Few(columns, told) if told is not None else None

    def unsaid(self, act: str, subject: str) -> Mapping[str, Any]:
        """What this reader has said by an act about a row, of which nobody is told."""
        (row,) = self.answer(Read("unsaid", act, (("subject", subject),), mine=True))
        made: Mapping[str, Any] = orjson.loads(row["said"])
        return made

    def _unsaid(self, act: str, subject: str) -> Mapping[str, Any]:
        """Nothing where somebody looks through their eyes."""
        return {} if self.seen_as else self.node.unsaid(act, subject, self.principal.name) or {}

    def is_kept(self, name: str) -> bool:
        """Is it a table whose past can be asked for?"""
        table = self.node.store.catalogue.tables.get(name)
        return table is not None and table.is_kept

    def suppliers(self) -> list[str]:
        """Who sent what this reader may see, by name."""
        rows = self.reader.rows("birlik_message", columns=("source_id",), distinct=True, limit=MOST)
        return sorted({str(row["source_id"]) for row in rows.to_pylist()})

    @property
    def minute(self) -> datetime:
        return self.watermark.replace(second=0, microsecond=0)

    def table_filters(self, name: str, fixed: Mapping[str, str]) -> dict[str, Any]:
        """As for indicators; but a choice filters only a column that takes its codes: sources write their own."""
        columns, (fixed, placed) = self.columns(name), self._placed(fixed)
        columns = {n: f for n, f in columns.items() if n not in placed or n in fixed}
        chosen = {n for n in self.ask.page.choices if n in columns and self.ask.given[n] not in columns[n].codes}
        return self.filters({n: f.type for n, f in columns.items() if n in fixed or n not in chosen}, fixed)

    def _placed(self, fixed: Mapping[str, str]) -> tuple[Mapping[str, str], frozenset[str]]:
        """(filters with the page's parameters in the place of their names, the parameters that stand for another
        column than their own)."""
        given = {f"{{{name}}}": name for name in self.ask.given}
        made = {column: self.ask.given[given[value]] if value in given else value for column, value in fixed.items()}
        return made, frozenset(given[value] for value in fixed.values() if value in given)

    def columns(self, name: str) -> Mapping[str, Any]:
        fields: Mapping[str, Any] = self.node.store.catalogue.fields(name)
        return fields

    def is_present(self, panel: Panel) -> bool:
        """Does a permalink's page show this panel as it is now, since nothing keeps how it was?"""
        bound = panel.bound
        if self.ask.as_of is None or isinstance(panel, Sentence) or (not bound.indicator and self.is_kept(bound.table)):
            return False
        return not bound.indicator or bool(bound.table)

    def is_unkept(self, panel: Panel) -> bool:
        """Does it leave out of a permalink's page what no version keeps?"""
        indicator = panel.bound.indicator
        return self.ask.as_of is not None and bool(indicator) and self.indicator(indicator).live

    # --- names --------------------------------------------------------------------------------------------

    def register(self, name: str) -> Mapping[str, Row]:
        """By key, each row as it stands, or the fact below it where this reader may not see the edit."""
        return self.memo.get(("register", self.principal.view, self.minute, name), lambda: self._register(name))

    def _register(self, name: str) -> Mapping[str, Row]:
        table = self.node.store.catalogue.tables[name]
        key = table.key[0]
        # What places are called, and whose clock they go by, is no secret to who sees a page: whatever their role.
        anyone = Principal(name=self.principal.name, role=Role.READER, view=self.principal.view)
        seen = self.node.reader(anyone).rows(name).to_pylist()
        made = {row[key]: row for row in reversed(seen)}
        for row in self.node.lookup().registers[name].to_pylist():
            if row in seen:
                made[row[key]] = row
        return made

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every id that a register names, in the reader's language."""
        key = ("names", self.principal.view, self.minute, self.words.language)
        return self.memo.get(key, self._names)

    def _names(self) -> Mapping[str, str]:
        made: dict[str, str] = {}
        for domain in self.node.domains:
            for table in domain.tables:
                if table.is_register and (named := table.named) is not None:
                    mine = named.languages.get(self.words.language, named.name)
                    for identity, row in self.register(table.name).items():
                        made[identity] = row.get(mine) or row[named.name]
        return made

    def name(self, identity: object) -> str:
        return self.names.get(str(identity), str(identity))

    def label(self, dimension: str, value: object, row: Row | None = None) -> str:
        """A dimension's value in words. A code's words may speak of the row it belongs to: `{mother} and {father}`."""
        if value is None:
            return ""
        if str(value) in self.names:
            return self.names[str(value)]
        said = self.words.code(dimension, value)
        if "{" in said:
            spoken = {name for _, name, _, _ in Formatter().parse(said) if name}
            about = row if row is not None and spoken & row.keys() else self.subject
            said = said.format_map(_Named(self, about or {}))
        return said

    @cached_property
    def subject(self) -> Row | None:
        """The row of what the page is about."""
        if self.ask.page.about:
            return self._row_about(self.ask.page.about)
        if not (self.ask.page.register and self.ask.page.parameters):
            return None
        identity = self.ask.given[self.ask.page.parameters[0]]
        found = self.register(self.ask.page.register).get(identity)
        if found is None:
            raise Unknown(self.words.t("there is none called {name}").format(name=identity))
        return found

    def _row_about(self, table: str) -> Row:
        """Raises Unknown. Of what follows from others there is no past: what a page is called, it is called now."""
        (parameter,) = self.ask.page.parameters
        found = self.among(table, parameter, (self.ask.given[parameter],))
        if not found:
            raise Unknown(self.words.t("there is none called {name}").format(name=self.ask.given[parameter]))
        return found[0]

    @property
    def zone(self) -> str:
        """The zone of the place or the thing that the page is about; the node's own where it has none."""
        return self.zone_of(self.ask.page.register or self.ask.page.about, self.subject or {}) or self.home_zone

    def named(self, register: str | None) -> Named:
        """What the rows of a register are called, and by which columns their clock is told."""
        catalogue = self.node.store.catalogue
        declared = catalogue.tables.get(register or "") or catalogue.derived.get(register or "")
        return (declared.named if declared is not None else None) or Named(name="")

    def zone_of(self, register: str | None, row: Row) -> str:
        """The zone of a register's row; empty where it has none."""
        return str(row.get(self.named(register).zone) or "")

    @property
    def home_zone(self) -> str:
        """The clock of most places of the node's own state, by the registers; UTC where they have none."""
        return self.memo.get(("zone", self.principal.view, self.minute), self._home_zone)

    def _home_zone(self) -> str:
        counted: Counter[str] = Counter()
        for domain in self.node.domains:
            for table in domain.tables:
                told = table.named
                if table.is_register and told is not None and told.state and told.zone:
                    of_state = [r for r in self.register(table.name).values() if r[told.state] == self.member]
                    counted.update(row[told.zone] for row in of_state if row[told.zone])
        return min(counted, key=lambda zone: (-counted[zone], zone), default="UTC")

    @property
    def member(self) -> str:
        return self.node.settings.member

    def stamp(self, moment: datetime, zone: str = "") -> Markup:
        """A moment in the place's zone, with the zone named; UTC is in its tooltip."""
        said = self.words.lately(moment, self.now, zone or self.zone)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            iso(moment), self.words.moment(moment), escape(said)
        )

    @property
    def zone_words(self) -> str:
        return zone_name(self.now.astimezone(ZoneInfo(self.zone)))

    # --- addresses ----------------------------------------------------------------------------------------

    def page(self, name: str) -> Page | None:
        return next((p for p in self.ask.domain.pages if p.name == name), None)

    def link(
        self, name: str | None, identity: str, choices: Mapping[str, str] | None = None, row: Row | None = None
    ) -> str:
        """Where an item leads. What the reader has chosen goes along. row: by which it leads, where that tells of what
        kind the thing is (`Page.instead_of`)."""
        page = self.page(name) if name else None
        if page is not None and row is not None:
            page = nearer(self.ask.domain, page, row)
        if page is None:
            return ""
        values = [identity][: len(page.parameters)]
        said = {n: v for n, v in (choices or {}).items() if n in page.choices and v != page.choices[n][0]}
        if self.ask.as_of is not None:
            said["as_of"] = iso(self.ask.as_of)
        return with_query(page_path(self.ask.domain, page, values), said)

    def data_address(self, panel: Panel, form: str = "csv", expression: str = "") -> str:
        """The API's address of the figures or rows that a panel shows; expression: those that it has chosen itself."""
        bound = panel.bound
        if bound.indicator:
            return self.indicator_address(bound.indicator, bound.fixed, form)
        expression = self.ask.filters.get(panel.name, "") or expression
        return self.table_address(bound.table, bound.fixed, form, expression) if bound.table else ""

    def feed_address(self, panel: Panel) -> str:
        """The API's feed of what changes in the rows of a kept table that a panel shows; of a filter of the reader's
        own it has the day from which on."""
        filters = self.table_filters(panel.bound.table, panel.bound.fixed)
        day = since_day(panel, self.ask.filters.get(panel.name, ""))
        since = {SINCE: f"{day}T00:00:00Z"} if day else {}
        return with_query(f"/api/v1/tables/{panel.bound.table}/feed", {**filters, **since})

    def indicator_address(self, name: str, fixed: Mapping[str, str], form: str) -> str:
        declared = self.indicator(name)
        filters = self.filters({d.name: d.type for d in declared.dimensions}, fixed)
        moment = {"as_of": iso(self.ask.as_of)} if self.ask.as_of is not None and not declared.live else {}
        unit = {"unit": self.ask.unit} if self.ask.unit in declared.units else {}
        return with_query(f"/api/v1/indicators/{name}", {**filters, **moment, **unit, "format": form})

    def table_address(self, name: str, fixed: Mapping[str, str], form: str, expression: str = "") -> str:
        filters = self.table_filters(name, fixed)
        own = {"filter": expression} if expression else {}
        room = "mine" if self.is_party else "tables"
        return with_query(f"/api/v1/{room}/{name}", {**filters, **own, "format": form})


def nearer(domain: Domain, page: Page, row: Row) -> Page:
    """The page of a thing's own kind, where its domain has one in the place of a more general one."""
    fits = (p for p in domain.pages if p.instead_of == page.name)
    return next((p for p in fits if all(row.get(name) in may for name, may in p.where.items())), page)


def _one(value: Any) -> str:
    """The one text that is asked for; empty where it is another thing, or several."""
    (said,) = value if isinstance(value, tuple) and len(value) == 1 else (value,)
    return said if isinstance(said, str) else ""


class _Named(dict[str, str]):
    """A row whose ids are written as names; what it has not stays as it is."""

    def __init__(self, sight: Sight, row: Row) -> None:
        super().__init__({name: sight.name(value) for name, value in row.items()})

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _reaches(period: Period | None, first: date) -> bool:
    """Does a period reach into a span of days?"""
    return period is not None and period.until > first


def _typed(kind: Type, text: "str | tuple[str, ...]") -> Any:
    if isinstance(text, tuple):
        return text
    if kind is Type.BOOL:
        return text == "true"
    if kind in (Type.INT, Type.DAY, Type.ID):
        return int(text) if text.lstrip("-").isdigit() else text
    return float(text) if kind is Type.FLOAT else text
