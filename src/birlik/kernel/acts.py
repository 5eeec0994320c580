"""What a person does: a declaration, and what it makes of its parameters.

From an Act come the route, the command, the form and the line in the journal. What it does is a list of versions of
kept tables; the kernel commits them with who did it and when, as one delivery, so that a rebuild finds them again.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Any, Protocol, TypeAlias

import orjson

from birlik.errors import Refused
from birlik.kernel.changes import Change
from birlik.kernel.duties import Duty, Given
from birlik.kernel.intake import Delivery, Intake
from birlik.kernel.members import Needs
from birlik.kernel.plans import Plan
from birlik.kernel.policy import Labels, Principal
from birlik.kernel.tables import Field, Rows, Table, Whose
from birlik.said import Said


class Beyond(Protocol):
    """What an act may look at beside what who acts may see, as it declares (`Act.beyond`): all rows of a table, whoever
    may see them. Raises Misdeclared for a table that the act doesn't name."""

    def rows(
        self,
        table: str,
        *,
        where: Sequence[Any] = (),
        columns: Sequence[str] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
    ) -> Rows:
        """As `kernel.domain.Reader.rows`."""
        ...


class Looks(Beyond, Protocol):
    """What an act may look at: the rows that who acts may see, and no others."""

    def mine(self, table: str, *, where: Sequence[Any] = (), whose: Whose = Whose.ALL) -> Rows:
        """Those of a table that name who acts, whatever its views; or of these only those by name, or by a duty."""
        ...


class Keeper(Protocol):
    """What the kernel's own acts need of a node beside rows; who acts still sees only what is theirs."""

    intakes: Mapping[str, Intake]
    """By media type."""
    registers: Mapping[str, Table]
    """By name."""
    tables: Mapping[str, Table]
    """Of the domains, by name."""
    now: datetime
    member: str
    """The state whose node it is."""
    views: tuple[str, ...]
    """Named ones."""

    @property
    def held_before(self) -> datetime | None:
        """Grants and keys that were said until then don't hold, as after a restore, until somebody confirms them."""
        ...

    is_exercise: bool
    """What the node holds is invented (`Settings.exercise`)."""

    def ever(self, table: str, key: Mapping[str, Any]) -> bool:
        """Was there ever a row with this key, for anybody?"""
        ...

    def stands(self, table: str, key: Mapping[str, Any]) -> bool:
        """Is there a row with this key, for anybody?"""
        ...

    def to_erase(self, erasure_id: str) -> Mapping[str, str] | None:
        """Whom an erasure is about: `people`, `key`; None where that isn't known any more."""

    def seen_by(self, table: str, where: Sequence[Any]) -> int:
        """The set of views that see any of the rows which fulfil a condition."""
        ...

    def message(self, by: Principal, entry: Mapping[str, Any]) -> Any:
        """The message that an entry of the quarantine is a piece of, as the journal has it. Raises Unknown."""
        ...

    recognise: Callable[[bytes, str, Mapping[str, str]], tuple[Intake, Mapping[str, str]]]
    """As `Node.recognise`."""
    acts: Mapping[str, "Act"]
    """By name."""
    duties: Mapping[str, Duty]
    """Of all domains, by name."""
    plans: Mapping[str, tuple[Plan, Any]]
    """By name, with the domain whose it is."""

    def unsaid(self, act: str, subject: str, by: str) -> Mapping[str, Any] | None:
        """What somebody has said by an act that nobody is told yet (`Done.unsaid`); None where they said nothing."""
        ...

    def holding(self, duty: str, within: str) -> Sequence[str]:
        """The names of those who hold a duty within a row, those who hold it within all among them."""
        ...

    def came_of(self, by: Principal, act_id: str) -> Sequence[Any]:
        """The rows that came of an act: see `store.Came`."""
        ...

    def backup(self, folder: Path) -> int:
        """Copy the node into an empty folder; returns its bytes."""
        ...

    def pin(self, by: Principal) -> datetime:
        """Keep the figures that this reader sees now."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Doing:
    """An act as somebody does it, on the rows as they are at this moment: nothing comes between it and the commit."""

    values: Mapping[str, Any]
    """The parameters that were given, as their fields' own values."""
    reader: Looks
    beyond: Beyond
    keeper: Keeper
    by: Principal
    act_id: str
    """The same for the same act sent again; what the act names is made of it, so that no number tells of a hidden
    row."""
    expected: str | None = None
    """The tag of the row that who acts has seen (If-Match)."""
    file: bytes | None = None
    """What came with it, where the act takes a file."""
    origin: str = ""
    """Of who has no account: a word that is the same for all that comes from one network, and tells nothing of it."""

    def new_id(self, n: int = 0) -> str:
        """A name for the nth row that begins: 16 letters that tell nothing."""
        return hashlib.sha256(f"{self.act_id}/{n}".encode()).hexdigest()[:16]

    def must_hold(self, duty: str, within: str) -> None:
        """Raises Refused where who acts doesn't hold a duty within a row."""
        if not self.by.holds(duty, within):
            raise Refused(Said("this is for who has been asked to do it there"))


Entry: TypeAlias = tuple[str, str, Mapping[str, Any], str, datetime | None]
"""Of the vault: kind, key, what is said, whose it is, its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What somebody is told by mail once an act is done, in their language: whoever a row that it has changed names,
    if they have an address, and unless they did it themselves. The kernel greets, says where from, and leads back."""

    name: str
    """Of this kind of notice, among the act's."""
    subject: str
    """In one line, without placeholders: subjects are read by those who carry mails."""
    text: str
    """In sentences; `{reason}` is the row's column, as the act leaves it."""
    table: str = ""
    """Whose rows they are; the act's own where it is empty."""
    to: str = ""
    """The column that names who is told; the table's party where it is empty."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column, values of a row as the act leaves it: of other rows nobody is told."""
    of: str = ""
    """The table whose rows the act changes, where those who are told are named by others: by rows of `table` that agree
    with one of them in `on`. Who is named by a row is told once, however many have changed."""
    on: str = ""
    """The column of both."""
    is_of_new: bool = False
    """Only of rows that begin with the act: of those that it changes nobody is told."""
    page: str = ""
    """The page of its domain to which who has an account is led: their own account where it is empty. Who has a link is
    led there."""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Columns of which it speaks."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.text) if name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsaid:
    """What somebody says that nobody is told yet; where it is empty they said nothing, and nobody can tell."""

    act: str
    """By which it is said,"""
    subject: str
    """about which row: its key as one word,"""
    by: str
    """and by whom."""
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What becomes of an act."""

    changes: Sequence[Change] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    """The key of the row that it was about, by field: for the page that follows, and for who looks it up."""
    delivery: Delivery | None = None
    """What is taken in by it, through its own intake."""
    work: Callable[[], Mapping[str, Any]] | None = None
    """A piece of work beside the rows; what it gives is told to who acts, and stands in the act's line."""
    relabels: Sequence[tuple[str, Mapping[str, Any], Labels]] = ()
    """(table, key, labels) of rows that others are to see."""
    touched: Mapping[str, Rows] = field(default_factory=dict)
    """Rows that it touches in another way than by `changes`, as who acts sees them, by table."""
    sealed: Sequence[Entry] = ()
    """What goes into the vault before the rows that speak of it are written."""
    unsaid: Sequence[Unsaid] = ()
    """What nobody is told yet. An act of which nothing else becomes leaves no line, in the journal, the table of acts
    or the audit log: that somebody has spoken would tell, too."""
    gives: Sequence[Given] = ()
    """Duties of its domain that others have from now on: to themselves nobody gives any but within a row that the act
    begins."""
    takes: Sequence[Given] = ()
    """And such as they have no more."""
    once: Mapping[str, Any] = field(default_factory=dict)
    """What who acts is told now and never again, and what no line has: a new key."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that a person may do. `do` raises BadRequest with the parameter that is wrong, Unknown, Conflict,
    Outdated; then nothing has happened."""

    name: str
    """Unique in the node; begins with the domain's name: `aviary_move`."""
    title: str
    """Of its button and its form: a verb."""
    description: str
    do: Callable[[Doing], Done]
    parameters: tuple[Field, ...] = ()
    table: str = ""
    """The table whose rows it is about. Of a kept one, its form stands on the page of a row."""
    subject: tuple[str, ...] = ()
    """The parameters that name the row; none where it begins one."""
    role: Needs | None = None
    """Who may do it; assembly refuses an act that doesn't say."""
    duty: str = ""
    """Besides, the duty that who does it holds somewhere; whether there, doing looks (`Doing.must_hold`)."""
    file: str = ""
    """What a file is that may come with it, in a sentence; empty where none does."""
    texts: tuple[str, ...] = ()
    """Parameters that are texts of several lines."""
    is_beside: bool = False
    """It brings a delivery, does work or edits a register: that may take long, so it is done beside the writer. What it
    looked at may have changed when it is written, but for registers, of which one edit goes on at a time."""
    is_audited: bool = True
    """It has a line in the audit log before it is answered."""
    is_audited_by_row: bool = False
    """It has a line for each row that it changes: who was given what is to be found by whom it was given to."""
    asks_who_sees: bool = True
    """Where it begins a row, its form asks who may see that. False: the act says it itself (`Change.views`)."""
    by_anyone: bool = False
    """Where everybody may read what is public, whoever has no account may do it, by a form that has a link of its own
    (`access.forms`): first one that begins a row, then by the link what is about rows whose party they are. Its table
    names that party by a principal; of anything else it looks at what is public."""
    tells: tuple[Notice, ...] = ()
    """Who is told of it by mail, where the node has mail."""
    forgets_address: bool = False
    """Done by the link of a form, it ends what came by that: the address of who sent it goes."""
    follows: str = ""
    """What becomes of what somebody without an account sends by it, in a sentence; empty where it waits for a steward.
    """
    beyond: tuple[str, ...] = ()
    """Kept tables of its domain of which it looks at all rows, whoever does it, since what comes of it depends on
    others: places go by order of arrival. Who acts isn't told how many rows it touched, nor shown what it would do."""
    is_unsaid: bool = False
    """What is said by it nobody is told yet (`Done.unsaid`): its form shows who fills it in what they said before, and
    what it would do isn't shown, since that tells what others have said."""
    is_unsigned: bool = False
    """That it was done is told, and not by whom: its line in the table of acts, and its message, say *anyone*. Whom its
    rows name see who sent them; the audit log has it for administrators."""
    is_lasting: bool = False
    """It tells what can't be untold, so it isn't undone."""
    is_final: bool = False
    """It takes away what its form can't bring back: the form stands on a page of its own, with what hangs on the row,
    and asks once more."""


def tag_of(row: Mapping[str, Any]) -> str:
    """What tells a row from what it was and will be, as its reader sees it (the strong ETag of RFC 9110, 8.8.3)."""
    return hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)).hexdigest()[:24]
