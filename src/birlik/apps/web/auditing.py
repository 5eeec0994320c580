"""What was done here, for administrators: the audit log's lines with filters, and how far it is signed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from birlik.apps.web import naming, render
from birlik.apps.web.ask import EMPTY, with_query
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.apps.web.words import Words
from birlik.clock import utc
from birlik.errors import BadRequest
from birlik.kernel.audit import Audit, Shown, Where
from birlik.kernel.domain import Domain, Page
from birlik.kernel.members import Role
from birlik.kernel.own import OWN
from birlik.kernel.policy import must_have

PATH = naming.AUDIT
ROWS = 50
OUTCOMES = ("done", "refused", "failed")
FIELDS = ("who", "act", "on", "from")


class Web(Protocol):
    """What answers a request of a page: see `app.Web`."""

    def answered(
        self, request: Request, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]
    ) -> Response:
        """Do the work, with the reader's words and what they may see; what fails is said."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line in its reader's words."""

    line: int
    when: str
    who: str
    act: str
    code: str
    """The act's own name, where the words are others."""
    on: str
    address: str
    outcome: str
    is_done: bool
    said: str


def route(web: Web) -> Route:
    """The page. Who is no administrator is refused."""

    def act(request: Request, sight: Sight) -> Response:
        must_have(sight.principal, Role.ADMINISTRATOR, sight.words.t("What was done"))
        given = {name: text.strip() for name, text in request.query_params.items() if text.strip()}
        shown = page(sight, given)
        around = render.surroundings(sight, theme=theme_of(request), query=request.query_params, path=PATH)
        return HTMLResponse(render.template("audit.html", sight, **around, **shown))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.answered, request, OWN, EMPTY, act)

    return Route(PATH, endpoint, include_in_schema=False)


def page(sight: Sight, given: Mapping[str, str]) -> dict[str, Any]:
    """What the template needs. Raises BadRequest, StoreUnavailable."""
    audit, words = sight.node.audit, sight.words
    acts = _acts(sight)
    before = given.get("before", "")
    with audit.reading() as reading:
        found, following = reading.newest(_where(given), ROWS, int(before) if before.isdigit() else None)
        size = reading.size
    chosen = {name: given[name] for name in (*FIELDS, "outcome", "first", "last") if name in given}
    asked = {**_as_asked(given)}
    return {
        "entries": [_entry(sight, line, acts) for line in found],
        "given": dict.fromkeys((*FIELDS, "outcome", "first", "last"), "") | dict(given),
        "chosen": chosen,
        "acts": sorted(((name, said) for name, said in acts.items()), key=lambda each: each[1].casefold()),
        "outcomes": [(name, _outcome(words, name)) for name in OUTCOMES],
        "more": with_query(PATH, {**chosen, "before": str(following)}) if following is not None else "",
        "everything": PATH,
        "data": f"/api/v1/audit?{urlencode(asked)}" if asked else "/api/v1/audit",
        "state": _state(sight, audit, size),
    }


def _where(given: Mapping[str, str]) -> Where:
    outcome = given.get("outcome", "")
    return Where(
        who=given.get("who", ""),
        act=given.get("act", ""),
        on=given.get("on", ""),
        address=given.get("from", ""),
        outcome=outcome if outcome in OUTCOMES else "",
        begin=_day(given, "first", 0),
        end=_day(given, "last", 1),
    )


def _as_asked(given: Mapping[str, str]) -> dict[str, str]:
    """The same question to the API."""
    times = {"begin": _day(given, "first", 0), "end": _day(given, "last", 1)}
    return {n: given[n] for n in (*FIELDS, "outcome") if n in given} | {n: t for n, t in times.items() if t}


def _day(given: Mapping[str, str], name: str, after: int) -> str:
    """The beginning of a day in UTC, or of the one after it."""
    if not (text := given.get(name, "")):
        return ""
    try:
        return f"{date.fromisoformat(text) + timedelta(days=after)}T00:00:00Z"
    except (ValueError, OverflowError):
        raise BadRequest(f"a day is written as 2026-04-01, not {text!r}", parameter=name) from None


def _acts(sight: Sight) -> Mapping[str, str]:
    """By name, what an act is called; the log's own lines and what requests do among them."""
    t = sight.words.t
    own = {
        "audit_epoch": t("A new epoch begins"),
        "audit_watched": t("Settings or members have changed"),
        "audit_mended": t("A torn end was mended"),
        "export": t("A file was given"),
        "red_read": t("Rows marked RED were read"),
        "sign_in": t("Somebody signed in"),
        "sign_out": t("Somebody signed out"),
        "left_elsewhere": t("Somebody has left by their own sign-in"),
        "session_ended": t("Somebody ended sessions of theirs"),
        "password_set": t("Somebody set their password"),
        "codes_set": t("Somebody set up codes"),
        "codes_ended": t("Somebody did away with codes"),
        "passkey_added": t("Somebody added a passkey"),
        "passkey_ended": t("Somebody removed a passkey"),
        "see_as": t("Somebody else's view was looked at"),
        "see_as_ended": t("Somebody else's view was left"),
        "archive": t("Months were archived"),
        "attach": t("A result was attached"),
        "detach": t("A result was detached"),
        "rebuild": t("All tables were made again"),
        "retain": t("Rows that had ended were removed"),
    }
    return own | {act.name: t(act.title) for act in sight.node.acts.values() if act.is_audited}


def _entry(sight: Sight, shown: Shown, acts: Mapping[str, str]) -> Entry:
    words, leaf = sight.words, shown.leaf
    return Entry(
        line=leaf.n,
        when=words.moment(utc(leaf.time), sight.zone, seconds=True),
        who=_named(sight, _text(words, shown, "who")),
        act=acts.get(leaf.act, leaf.act),
        code=leaf.act if leaf.act in acts else "",
        on=_text(words, shown, "on"),
        address=_text(words, shown, "address"),
        outcome=_outcome(words, leaf.outcome),
        is_done=leaf.outcome == "done",
        said=leaf.said,
    )


def _named(sight: Sight, who: str) -> str:
    """What people call them, with their id; who is no more has only that."""
    row = sight.node.access.row(who) if who else None
    return who if row is None or row["name"] == who else f"{row['name']} ({who})"


def _text(words: Words, shown: Shown, name: str) -> str:
    if name in shown.erased:
        return words.t("(erased)")
    return words.t("(altered)") if name in shown.altered else getattr(shown, name) or ""


def _outcome(words: Words, outcome: str) -> str:
    """`refused: 403` in the reader's words, as far as they go."""
    kind, colon, why = outcome.partition(": ")
    said = {"done": words.t("done"), "refused": words.t("refused"), "failed": words.t("failed")}.get(kind, kind)
    return f"{said}{colon}{words.t(why)}" if colon else said


def _state(sight: Sight, audit: Audit, size: int) -> Sequence[tuple[str, bool]]:
    """(sentence, is it a warning): how far the log is signed, and where that is kept."""
    words, head = sight.words, audit.head()
    lines = words.n("{n} line in epoch {epoch}.", "{n} lines in epoch {epoch}.", size)
    made = [(lines.format(n=words.count(size), epoch=head.epoch), False)]
    kept = sight.node.settings.audit_heads
    if kept:
        made.append((words.t("Signed heads are kept in {places}.").format(places=", ".join(kept)), False))
    else:
        made.append(
            (
                words.t("No head is kept elsewhere: a log written anew as a whole would go unseen. Set audit_heads."),
                True,
            )
        )
    for place, why in audit.trouble.items():
        made.append((f"{place}: {why}", True))
    return made
