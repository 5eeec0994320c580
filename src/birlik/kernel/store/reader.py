"""The one way to rows: through a principal's view, with the predicate below everything else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from birlik.errors import Unknown
from birlik.kernel.indicators import Indicator
from birlik.kernel.members import Need
from birlik.kernel.policy import OWN, Principal
from birlik.kernel.query import Filter, Grouping, Part, Where
from birlik.kernel.store import past, sealing
from birlik.kernel.store.catalogue import Catalogue, named_sql, party_sql
from birlik.kernel.store.compiling import Scope, conditions, known
from birlik.kernel.store.database import Database, quoted
from birlik.kernel.store.folding import folded, holding, lapses, moment_of, order_of
from birlik.kernel.store.grouping import grouping_sql, part_sql
from birlik.kernel.store.handful import Handful, Question, few_rows, handful
from birlik.kernel.store.keyed import among, has_key
from birlik.kernel.store.moments import NOW, At
from birlik.kernel.store.paging import behind, ordered
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.sight import due, finder
from birlik.kernel.store.sought import Narrowed, narrowed
from birlik.kernel.store.system import MESSAGE, QUARANTINE, SYSTEM_TABLES, state_of
from birlik.kernel.tables import Rows, Table, Type, Whose

AHEAD = timedelta(minutes=10)
"""So much later than the watermark a row may have come, while a step takes long; any later, and the clock was ahead."""
Batches: TypeAlias = Iterator[Any]
"""The Arrow schema, and then record batches."""


@dataclass(frozen=True, slots=True)
class Standing:
    views: int
    """For whom the row holds as this reader sees it."""
    latest: datetime | None
    """The source's own time of the last version."""


@dataclass(frozen=True, slots=True)
class Came:
    """A row that came of an act."""

    table: Table
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    """As it was before the act; None where it wasn't there."""
    views: int
    """For whom it was there then."""
    is_changed: bool
    """Somebody has said something of it since."""


class StoreReader:
    """Implements `kernel.domain.Reader`."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        principal: Principal,
        watermark: datetime,
        seconds: float | None = None,
        *,
        as_party: Whose | None = None,
    ) -> None:
        self._database, self._catalogue, self.principal, self.watermark = database, catalogue, principal, watermark
        self._seconds, self._as_party = seconds, as_party

    def within(self, seconds: float) -> "StoreReader":
        """The same reader; a question of it that takes longer ends in TooCostly."""
        return StoreReader(
            self._database, self._catalogue, self.principal, self.watermark, seconds, as_party=self._as_party
        )

    def as_party(self, whose: Whose = Whose.ALL) -> "StoreReader":
        """A reader of the rows that name this principal, whatever its views; of tables that name somebody only."""
        return StoreReader(
            self._database, self._catalogue, self.principal, self.watermark, self._seconds, as_party=whose
        )

    def mine(self, table: str, *, where: Where = (), whose: Whose = Whose.ALL) -> Rows:
        """As `kernel.acts.Looks.mine`."""
        return self.as_party(whose).rows(table, where=where)

    def must_see(self, name: str) -> None:
        """Raises Refused, Unnamed, Unknown where this reader may not ask for a table or indicator at all."""
        if (declared := self._catalogue.indicators.get(name)) is not None:
            self._figures_seen(declared)
        else:
            self._sees(name)

    def _sees(self, table: str) -> str:
        """The predicate below every question of a table. Raises Refused, Unnamed, Unknown."""
        if not self._as_party:
            self._catalogue.must_read(self.principal, table)
            mine = self._catalogue.of_domains(self.principal, table)
            return f"({self._seen} AND {mine})" if mine else self._seen
        declared = self._catalogue.tables.get(table)
        if declared is None or declared.party is None:
            raise Unknown(f"{table} has nothing that is yours")
        if declared.role is Need.NAMED and self.principal.is_looked_through:
            return "FALSE"  # what nobody reads by a role isn't for who looks through somebody's eyes either
        return party_sql(declared.party, self.principal, self._as_party)

    def _arrow(self, sql: str, parameters: Sequence[Any]) -> Rows:
        if self._seconds is None:
            return self._database.arrow(sql, parameters)
        return self._database.within(sql, parameters, self._seconds)

    def rows(
        self,
        table: str,
        *,
        where: Where = (),
        columns: Sequence[str] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        after: Sequence[Any] | None = None,
        distinct: bool = False,
        at: At = NOW,
    ) -> Rows:
        """`after` are the order columns' values of the last row seen: the next page begins behind it."""
        question = self._asked(table, where, columns, order, limit, after, distinct=distinct, at=at)
        few = handful(self._database, question) if self._seconds is None else None
        told = few.answer(columns=question.chosen, order=question.order, limit=limit) if few is not None else None
        if told is None:
            return self._arrow(*question.sql)
        return few_rows({name: question.fields[name].type for name in question.chosen}, told)

    def handful(self, table: str, column: str, value: str, *, at: At = NOW) -> Handful | None:
        """All rows with a value of a sought column, of which more can be asked; None where they aren't few, or aren't
        found as such."""
        return handful(self._database, self._asked(table, [Filter(column=column, operator="=", value=value)], at=at))

    def few(self, table: str, keys: Sequence[Sequence[Any]], columns: Sequence[str]) -> Rows:
        """The rows with some keys, of which there is at least one, in no order."""
        declared, source, seen = self._catalogue.declared(table), self._source(table), self._sees(table)
        same, given = among(declared, keys)
        condition = _which_first(source, f"{seen} AND {same}")
        fields = quoted(known(declared.by_name, columns))
        return self._arrow(f"SELECT {fields} FROM {source} AS t WHERE {condition}", given)

    def batches(
        self,
        table: str,
        *,
        where: Where = (),
        columns: Sequence[str] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        at: At = NOW,
    ) -> Batches:
        """The same rows in batches, of one moment, so that a table of any size can be written without being held.

        Without an order what came comes set of views by set, each as it came: so it does however it lies, which is
        not for readers to know.
        """
        sets = [None] if order or limit is not None else self._sets(table) or [None]
        asked = [self._asked(table, where, columns, order, limit, at=at, views=views).sql for views in sets]
        sql, parameters = " UNION ALL ".join(sql for sql, _ in asked), [p for _, values in asked for p in values]
        return self._database.batches(sql, parameters, seconds=self._seconds)

    def _sets(self, table: str) -> list[int | None]:
        """The sets of views of rows that came, as far as this reader sees any."""
        declared = self._catalogue.tables.get(table)
        if declared is None or declared.is_kept:
            return []
        sql = f'SELECT DISTINCT views FROM "{table}" WHERE {self._sees(table)} ORDER BY views'
        return [views for (views,) in self._database.all(sql)]

    def count(self, table: str, *, where: Where = (), at: At = NOW) -> int:
        """How many rows `rows` would give."""
        source, condition, parameters = self._conditions(table, where, at)
        sql = f"SELECT count(*) AS n FROM {source} AS t WHERE {condition}"
        return int(self._arrow(sql, parameters).column("n")[0].as_py())

    def seen_by(self, table: str, *, where: Where = ()) -> int:
        """The set of views that see any of the rows which `rows` would give."""
        source, condition, parameters = self._conditions(table, where)
        sql = f"SELECT bit_or(views) AS seen FROM {source} AS t WHERE {condition}"
        return int(self._arrow(sql, parameters).column("seen")[0].as_py() or 0)

    def _asked(
        self,
        table: str,
        where: Where,
        columns: Sequence[str] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        after: Sequence[Any] | None = None,
        *,
        distinct: bool = False,
        at: At = NOW,
        views: int | None = None,
    ) -> Question:
        fields = self._catalogue.fields(table)
        where_from, condition, parameters = self._narrowed(table, where, at)
        condition = f"{condition}{'' if views is None else f' AND views = {views}'}"
        if (named := self._one_row(table, where)) is not None:
            condition, parameters = f"{condition} AND {named[0]}", [*parameters, *named[1]]
        if after is not None:
            more, values = behind(fields, order, after)
            condition, parameters = f"{condition} AND {more}", [*parameters, *values]
        declared = self._catalogue.tables.get(table)
        if not order and not distinct and declared is not None and declared.is_kept:
            order = declared.key  # a row that changes moves: who reads twice must find them as they were
        source, condition = where_from.source, where_from.only(condition)
        is_among = any(isinstance(item, Filter) and item.operator == "among" for item in where)
        if limit is not None and is_among:
            first = _which_first(source, condition, f"{ordered(fields, order)} LIMIT ?")
            condition, parameters = first, ([*parameters, limit] if first != condition else parameters)
        return Question(
            fields=fields,
            chosen=known(fields, columns or tuple(fields)),
            source=source,
            condition=condition,
            parameters=parameters,
            order=order,
            limit=limit,
            distinct=distinct,
            is_handful=where_from.is_handful and not is_among,
        )

    def _conditions(self, table: str, where: Where, at: At = NOW) -> tuple[str, str, list[Any]]:
        """(source, SQL of what its rows `t` fulfil, its parameters): what this reader sees, and what is asked; a few
        rows by a sought column without a look at all others. Raises Refused, Unnamed, Unknown, BadRequest."""
        where_from, condition, parameters = self._narrowed(table, where, at)
        return where_from.source, where_from.only(condition), parameters

    def _narrowed(self, table: str, where: Where, at: At) -> tuple[Narrowed, str, list[Any]]:
        """The same, before the condition is asked of the rows that were found."""
        seen = self._sees(table)
        condition, parameters = conditions(self._scope(table, at), where)
        return narrowed(self._catalogue.declared(table), self._source(table, at), where), seen + condition, parameters

    def _scope(self, table: str, at: At = NOW) -> Scope:
        declared = self._catalogue.declared(table)
        longitude, latitude = declared.longitude, declared.latitude
        return Scope(
            fields=declared.by_name,
            declared=self._catalogue.declared,
            source=lambda name: self._referred(name, At(as_of=at.as_of)),
            bit=self.principal.bit,
            places=(longitude, latitude) if longitude and latitude else None,
        )

    def _referred(self, table: str, at: At) -> str:
        """What a question reaches through a reference, which is no way round who may read it."""
        self._catalogue.must_read(self.principal, table)
        return self._source(table, at)

    def _one_row(self, table: str, where: Sequence[Any]) -> tuple[str, list[Any]] | None:
        """A condition by which the one row that is asked for is found without a look at all others."""
        declared = self._catalogue.tables.get(table)
        if declared is None or not declared.is_kept:
            return None
        tests = [item for item in where if isinstance(item, Filter) and item.operator == "="]
        equal = {item.column: item.value for item in tests if item.value is not None}
        return has_key(declared, equal) if all(name in equal for name in declared.key) else None

    @property
    def _seen(self) -> str:
        return seen_by(self.principal.bit)

    def _source(self, table: str, at: At = NOW) -> str:
        """What is asked; for whom rows name, without what would tell of others' rows."""
        source, declared = self._stored(table, at), self._catalogue.tables.get(table)
        if not self._as_party or declared is None or declared.party is None or not declared.party.merged:
            return source
        both = [f'"{a}" + "{b}" AS "{a}", 0::BIGINT AS "{b}"' for a, b in declared.party.merged.items()]
        return f"(SELECT * REPLACE ({', '.join(both)}) FROM {source})"

    def _stored(self, table: str, at: At = NOW) -> str:
        """Of a kept table what holds, or held."""
        declared = self._catalogue.tables.get(table)
        if declared is None or declared.rule is None:
            relation = self._catalogue.relation(table)
            if declared is None or at.as_of is None or declared in SYSTEM_TABLES:
                return relation
            return f"(SELECT * FROM {relation} WHERE message_no NOT IN ({past.later(at.as_of)}))"
        source = f'"{state_of(table)}"'
        if at.as_of is not None:
            bit = self.principal.bit
            source = f"({folded(declared, quoted([table]), [bit], f'message_no NOT IN ({past.later(at.as_of)})')})"
        if lapses(declared):
            held = holding(declared, at.holds or at.as_of or self.watermark) + self._unforgotten(declared, at=at)
            source = f"(SELECT * FROM {source} WHERE {held})"
        since = declared.rule.since
        if at.holds is None or not since:
            return source
        rest = [name for name in declared.key if name != since]
        last = f'row_number() OVER (PARTITION BY {quoted(rest)} ORDER BY "{since}" DESC) = 1'
        held = f'"{since}" <= {moment_of(at.holds)}'
        return f"(SELECT * FROM {source} WHERE {self._seen} AND {held} QUALIFY {last})"

    def _unforgotten(self, table: Table, of: str = "", at: At | None = None) -> str:
        bit = 1 << OWN if self._as_party else self.principal.bit
        return "" if at == NOW else past.unforgotten(table, bit, self.watermark, of)

    def history(self, table: Table, key: Mapping[str, Any]) -> Rows:
        """The versions of a row that this reader may see, the one that holds first: fields, `says`, `past.KNOWN`."""
        assert table.rule is not None
        self._catalogue.must_read(self.principal, table.name)
        same, values = has_key(table, key, "v.")
        same += self._unforgotten(table, "v.")
        return self._database.arrow(past.of_one(table, self.principal.bit, same), values)

    def changes(self, table: Table, *, where: Where = (), since: datetime | None = None, limit: int = 100) -> Rows:
        """What was said last of the rows that fulfil a condition, or did: as `history`, of all of them, the newest
        first, with `at_time` and a `content` that tells versions of one row apart."""
        return self._database.arrow(*self._newest(table, where, since, limit))

    def moments(self, table: Table, *, where: Where = (), limit: int) -> Rows:
        """When it was said (`at_time`): each moment of `changes` once, the newest first."""
        sql, values = self._newest(table, where, None, limit)
        times = self._database.all(f"SELECT DISTINCT at_time FROM ({sql}) ORDER BY at_time DESC NULLS LAST", values)
        return few_rows({"at_time": Type.TIME}, times)

    def _newest(self, table: Table, where: Where, since: datetime | None, limit: int) -> tuple[str, list[Any]]:
        self._catalogue.must_read(self.principal, table.name)
        condition, parameters = conditions(self._scope(table.name), where)
        asked = f"{seen_by(self.principal.bit, 't')}{condition}{self._unforgotten(table)}"
        told = past.of_which(self._database, narrowed(table, f'"{table.name}"', where), table, asked, parameters)
        return past.newest(table, self.principal.bit, *told, since=since, limit=limit)

    def came_of(self, act_id: str) -> list[Came]:
        """The rows that came of an act, as this reader sees them now, and as they were before it."""
        number = self._database.all(f"SELECT message_no FROM birlik_act WHERE act_id = ? AND {self._seen}", [act_id])
        made: list[Came] = []
        for (no,) in number:
            for table in self._catalogue.tables.values():
                if table.rule is not None:
                    made += self._came(table, int(no))
        return made

    def _came(self, table: Table, no: int) -> list[Came]:
        assert table.rule is not None
        bit, versions = self.principal.bit, f'"{table.name}"'
        mine = f"FROM {versions} WHERE message_no = {no} AND {self._seen}{self._unforgotten(table)}"
        same = f"FROM {versions} w WHERE w.k = v.k AND {seen_by(bit, 'w')}"
        rows = self._database.arrow(
            f"SELECT DISTINCT {quoted(table.key)}, (SELECT max(w.message_no) {same}) > {no} AS later, "
            f"(SELECT arg_max(w.views, {order_of(table.rule, 'w.')}) {same} AND w.message_no < {no}) AS was_seen "
            f"FROM (SELECT * {mine}) v",
            [],
        ).to_pylist()
        if not rows:
            return []
        before = folded(table, quoted([table.name]), [bit], f"message_no < {no} AND k IN (SELECT k {mine})")
        stood = {tuple(r[k] for k in table.key): r for r in self._database.arrow(before, []).to_pylist()}
        fields = tuple(table.by_name)
        return [
            Came(
                table,
                {k: row[k] for k in table.key},
                {f: found[f] for f in fields} if (found := stood.get(tuple(row[k] for k in table.key))) else None,
                row["was_seen"] or 0,
                bool(row["later"]),
            )
            for row in rows
        ]

    def find(self, table: str, column: str, values: Sequence[Any]) -> Rows:
        """The rows that hold with one of these values, as far as this reader sees them: see `integrity.Find`."""
        find = finder(self._database, self._catalogue.tables, self.principal.bit, self.watermark)
        return find(table, column, values)

    def due(self, table: Table, column: str, now: datetime, until: datetime, begin: int, limit: int) -> Rows:
        """The rows of which a moment comes until then: see `sight.due`."""
        return due(self._database, table, self.principal.bit, column, now, until, begin, limit)

    def standing(self, table: Table, row: Mapping[str, Any]) -> "Standing":
        """For whom the row with this key holds, as far as this reader sees."""
        time = table.rule.time if table.rule is not None else ""
        same, key = has_key(table, row)
        latest = f'max("{time}")' if time else "NULL"
        now = f"SELECT bit_or(views), {latest} FROM {self._source(table.name)} WHERE {self._seen} AND {same}"
        views, last = self._database.all(now, key)[0]
        return Standing(views or 0, last)

    def ever(self, table: Table, row: Mapping[str, Any]) -> Standing:
        """For whom any version of the row with this key was, as far as this reader sees; ended or not."""
        time = table.rule.time if table.rule is not None else ""
        same, key = has_key(table, row)
        latest = f'max("{time}")' if time else "NULL"
        asked = f'SELECT bit_or(views), {latest} FROM "{table.name}" WHERE {self._seen} AND {same}'
        views, last = self._database.all(asked, key)[0]
        return Standing(views or 0, last)

    def sources(self) -> Rows:
        """A line a supplier: what of its messages this reader may see."""
        return self._database.arrow(
            "SELECT source_id, count(*) AS messages_n, sum(accepted_n)::BIGINT AS accepted_n, "
            "sum(duplicate_n)::BIGINT AS duplicate_n, sum(refused_n)::BIGINT AS refused_n, "
            f"min(received_time) AS first_time, {_newest('received_time')} AS last_time "
            f"FROM birlik_message WHERE {self._sees(MESSAGE.name)} GROUP BY source_id ORDER BY source_id",
            [self.watermark + AHEAD],
        )

    def counts(self, table: str, by: Sequence[str], *, where: Where = (), limit: int = 1_000) -> Rows:
        """How many rows have the same values of `by`, the most first, and when the first and last of them were."""
        fields = self._catalogue.fields(table)
        source, condition, parameters = self._conditions(table, where)
        columns, named = quoted(known(fields, by)), self._time(table)
        time = f'"{named}"' if named else "NULL::TIMESTAMPTZ"
        return self._database.arrow(
            f"SELECT {columns}, count(*)::BIGINT AS n, min({time}) AS first_time, {_newest(time)} AS last_time "
            f"FROM {source} AS t WHERE {condition} GROUP BY {columns} "
            f"ORDER BY n DESC, {columns} LIMIT ?",
            [self.watermark + AHEAD, *parameters, limit],
        )

    def grouped(
        self,
        table: str,
        by: Sequence[str | Part] = (),
        figures: Sequence[Grouping] = (Grouping("count"),),
        *,
        where: Where = (),
        limit: int = 1_000,
        at: At = NOW,
    ) -> Rows:
        """A row for each combination of `by`, in their order, with its figures; without `by` one row of all.

        Raises BadRequest for a field that isn't there, and for what can't be summed.
        """
        fields = self._catalogue.fields(table)
        parts = [Part(each) if isinstance(each, str) else each for each in by]
        known(fields, [part.field for part in parts])
        named = [part_sql(fields, part) for part in parts]
        shown = [f'{sql} AS "{part.name}"' for sql, part in zip(named, parts, strict=True)]
        made = [f'{grouping_sql(fields, each)} AS "{each.name}"' for each in figures]
        source, condition, parameters = self._conditions(table, where, at)
        together = f" GROUP BY {', '.join(named)} ORDER BY {', '.join(named)} LIMIT ?" if named else ""
        return self._arrow(
            f"SELECT {', '.join([*shown, *made])} FROM {source} AS t WHERE {condition}{together}",
            [*parameters, *([limit] if named else [])],
        )

    def by_day(self, table: str, by: str, since: datetime) -> Rows:
        """Columns `by`, day (UTC) and n: how many rows are of each day, by when they happened."""
        known(self._catalogue.fields(table), [by])
        time = f'"{self._time(table)}"'
        return self._database.arrow(
            f'SELECT "{by}", CAST({time} AS DATE) AS day, count(*)::BIGINT AS n FROM {self._source(table)} '
            f'WHERE {self._sees(table)} AND {time} >= ? GROUP BY ALL ORDER BY "{by}", day',
            [since],
        )

    def rhythms(self, since: datetime, *, share: float, shortest_s: float, times: float) -> Rows:
        """Of each supplier: usual_s (the quantile `share` of the gaps between the minutes in which it sent), gaps_n,
        last_time, and resumed_time: when it came back from its last silence of `times` usual gaps."""
        return self._database.arrow(
            "WITH arrivals AS (SELECT source_id, max(received_time) AS arrived FROM birlik_message "
            f"WHERE {self._sees(MESSAGE.name)} AND received_time BETWEEN ? AND ? "
            "GROUP BY source_id, date_trunc('minute', received_time)), "
            "gaps AS (SELECT source_id, arrived, epoch(arrived - lag(arrived) OVER "
            "(PARTITION BY source_id ORDER BY arrived)) AS gap_s FROM arrivals), "
            "usual AS (SELECT source_id, count(gap_s)::BIGINT AS gaps_n, max(arrived) AS last_time, "
            "greatest(quantile_cont(gap_s, ?), ?) AS usual_s FROM gaps GROUP BY source_id) "
            "SELECT u.source_id, u.gaps_n, u.last_time, u.usual_s, "
            "max(g.arrived) FILTER (WHERE g.gap_s >= ? * u.usual_s) AS resumed_time "
            "FROM usual u JOIN gaps g USING (source_id) GROUP BY ALL ORDER BY u.source_id",
            [since, self.watermark + AHEAD, share, shortest_s, times],
        )

    def _time(self, table: str) -> str:
        return (self._catalogue.tables.get(table) or self._catalogue.derived[table]).time

    def alike(self, status: str, limit: int) -> Rows:
        """Entries of the quarantine by what makes them alike, the most first, with the newest of each."""
        about = "coalesce(reason_template, reason)"
        return self._database.arrow(
            f"SELECT source_id, kind, {about} AS about, count(*)::BIGINT AS n, min(received_time) AS first_time, "
            "max(received_time) AS last_time, arg_max(quarantine_id, received_time) AS newest "
            f"FROM birlik_quarantine WHERE {self._sees(QUARANTINE.name)} AND status = ? GROUP BY ALL "
            "ORDER BY n DESC, last_time DESC, source_id, kind, about LIMIT ?",
            [status, limit],
        )

    def methods(self, indicator: str) -> Sequence[tuple[int, datetime]]:
        """Number of each method by which this reader's figures were made, and since when; those that were kept."""
        declared = self._catalogue.indicators.get(indicator)
        if declared is None:
            raise Unknown(f"no indicator {indicator!r}")
        return self._database.all(
            f'SELECT method_version, min(valid_from) FROM "{declared.table}" WHERE view = ? GROUP BY 1 ORDER BY 1',
            [self.principal.view],
        )

    def attached(self, name: str) -> Sequence[Mapping[str, Any]]:
        """What of a derived table or indicator, or of that from which it follows, was computed elsewhere for this view:
        name, generation, begin, end, and whether it is stale."""
        held = self._catalogue.attached
        if held is None or not held.standing:
            return []
        mine = [a for name in self._catalogue.rests_on(name) for a in held.of(name) if a.bit == self.principal.bit]
        return [
            {"name": a.name, "generation": a.generation, "begin": a.begin, "end": a.end, "stale": held.is_stale(a)}
            for a in mine
        ]

    def sealed_until(self, indicator: str) -> str | None:
        """The day up to which its periods are sealed, as `2026-03-14`: of their rows some were removed."""
        declared = self._catalogue.indicators.get(indicator)
        if declared is None:
            raise Unknown(f"no indicator {indicator!r}")
        with self._database.world():
            return sealing.until(self._database.cursor(), declared)

    def figures(
        self,
        indicator: str,
        *,
        where: Where = (),
        as_of: datetime | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        after: Sequence[Any] | None = None,
    ) -> Rows:
        """`order`, by default the dimensions, must tell figures apart where `after` pages through them."""
        return self._arrow(*self._figures(indicator, where, as_of, order, limit, after))

    def figure_batches(
        self,
        indicator: str,
        *,
        where: Where = (),
        as_of: datetime | None = None,
        order: Sequence[str] = (),
    ) -> Batches:
        """The same figures in batches, of one moment."""
        return self._database.batches(*self._figures(indicator, where, as_of, order, None, None), seconds=self._seconds)

    def _figures(
        self,
        indicator: str,
        where: Where,
        as_of: datetime | None,
        order: Sequence[str],
        limit: int | None,
        after: Sequence[Any] | None,
    ) -> tuple[str, list[Any]]:
        declared = self._catalogue.indicators.get(indicator)
        if declared is None:
            raise Unknown(f"no indicator {indicator!r}")
        seen, mine = self._figures_seen(declared)
        fields = {f.name: f for f in declared.fields}
        scope = Scope(fields, self._catalogue.declared, self._source, self.principal.bit)
        condition, parameters = conditions(scope, where)
        if as_of is None or declared.live:
            standing, moment = "valid_to IS NULL", []
        else:
            standing, moment = "valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", [as_of, as_of]
        order = order or declared.dimension_names
        if after is not None:
            more, values = behind(fields, order, after)
            condition, parameters = f"{condition} AND {more}", [*parameters, *values]
        attached = self._catalogue.attached
        source = f'"{declared.table}"' if attached is None else attached.figures(declared, as_of)
        sql = (
            f"SELECT {quoted(tuple(fields))} FROM {source} AS t WHERE {seen} AND {standing}{condition}"
            f"{ordered(fields, order)}{'' if limit is None else ' LIMIT ?'}"
        )
        bound = [] if limit is None else [limit]
        return sql, [*mine, *moment, *parameters, *bound]

    def _figures_seen(self, declared: Indicator) -> tuple[str, list[Any]]:
        """The predicate below figures. Raises Refused, Unnamed, Unknown."""
        if not self._as_party:
            self._catalogue.must_read(self.principal, declared.name)
            return "view = ?", [self.principal.view]
        if declared.party is None:
            raise Unknown(f"{declared.name} has nothing that is yours")
        return f"view = {OWN} AND {named_sql(declared.party, self.principal)}", []


def _which_first(source: str, condition: str, rest: str = "") -> str:
    """The same condition, by which the engine first finds which rows they are, and then unpacks the wide ones of these:
    asked at once it unpacks two thousand to read one. What is selected has no rowid."""
    return (
        condition if source.startswith("(") else f"rowid IN (SELECT rowid FROM {source} AS t WHERE {condition}{rest})"
    )


def _newest(time: str) -> str:
    """SQL, with a moment as its parameter: the newest until then. What came while the clock was ahead is not news."""
    return f"coalesce(max({time}) FILTER (WHERE {time} <= ?), min({time}))"
