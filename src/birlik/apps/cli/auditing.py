"""`audit`: what was done here, and whether the log of it is what it was."""

from base64 import b64decode
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, note, progress, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, get, reached
from birlik.errors import BadRequest, NotANode

COLUMNS = ("line", "time", "who", "act", "on", "from", "outcome", "said")
PAGE = 1_000
Heads = Annotated[
    tuple[Path, ...], Parameter(name="--head", negative=(), help="A file of heads that was kept elsewhere; repeatable.")
]


def lines(
    *,
    who: Annotated[str, Parameter(help="Only of this principal.")] = "",
    act: Annotated[str, Parameter(help="Only acts that begin so.")] = "",
    on: Annotated[str, Parameter(help="Only about this.")] = "",
    from_: Annotated[str, Parameter(name="--from", help="Only from this address.")] = "",
    outcome: Annotated[str, Parameter(help="Only outcomes that begin so: done, refused, failed.")] = "",
    begin: Annotated[str, Parameter(help="From this time on.")] = "",
    end: Annotated[str, Parameter(help="Before this time.")] = "",
    limit: Annotated[int, Parameter(help="So many lines at most; 0 shows all.")] = 100,
    where: Where = WHERE,
) -> None:
    """Show what was done, the newest first."""
    asked = {"who": who, "act": act, "on": on, "from": from_, "outcome": outcome, "begin": begin, "end": end}
    query = [(name, text) for name, text in asked.items() if text]
    found: list[dict[str, Any]] = []
    with reached(where) as client:
        page = get(client, f"{API}/audit", [*query, ("limit", str(min(limit or PAGE, PAGE)))])
        found += page["data"]
        while page["next"] and (not limit or len(found) < limit):
            page = get(client, page["next"])
            found += page["data"]
    found = found[:limit] if limit else found
    if where.json:
        as_json({"data": found, "lines": page["lines"]})
    elif not found:
        say("there is no such line")
    else:
        rows = [
            {**line, **dict.fromkeys(line["erased"], "(erased)"), **dict.fromkeys(line["altered"], "(altered)")}
            for line in found
        ]
        show(rows, COLUMNS, caption=f"{len(found):,} of {page['lines']:,} lines")


def verify(*, head: Heads = (), where: Where = WHERE) -> int:
    """Read the whole log and say whether it is what was signed; ends with 1 where it isn't.

    With --data all of it is read, whether the node runs or not; the heads that its settings keep elsewhere are held
    against it too. With --url the node proves that its log begins with what the given heads have.
    """
    if where.data is None or where.url:
        return _verify_remote(head, where)
    from birlik.errors import UnknownSetting
    from birlik.kernel.audit.files import FOLDER
    from birlik.kernel.audit.verifying import verify as verified

    kept = list(head)
    try:
        from birlik.settings import read

        kept += [p for p in map(Path, read(where.data).audit_heads) if p.is_file() and p not in kept]
    except (NotANode, UnknownSetting) as error:
        note(f"its settings can't be read, so only the heads that you name are held against it: {error}")
    with progress("lines") as shown:
        report = verified(where.data / FOLDER, kept, shown.advance)
    if where.json:
        as_json({**asdict(report), "whole": report.is_whole, "first": report.first, "heads": [str(p) for p in kept]})
    else:
        _say(report, kept)
    return 0 if report.is_whole else 1


def _say(report: Any, kept: list[Path]) -> None:
    for fault in report.faults:
        say(f"line {fault.line:,}: {fault.said}" if fault.line else fault.said)
    for noted in report.notes:
        say(f"note, line {noted.line:,}: {noted.said}")
    if report.erased:
        say(f"note: of {report.erased:,} lines something was erased that stood beside them")
    epochs = f" in {len(report.epochs)} epochs" if len(report.epochs) > 1 else ""
    held = f"{report.heads_n:,} heads of its own" + (
        f" and {report.outside_n:,} of {', '.join(map(str, kept))}" if kept else ""
    )
    if report.is_whole:
        say(f"{report.size:,} lines{epochs} are what was signed: they agree with {held}")
    elif report.first:
        say(f"the log is not what it was: the first line that differs is {report.first:,} of {report.size:,}")
    else:
        say("the log's lines agree, but not all that belongs to them")
    for text in report.unknown:
        say(f"not known: {text}")


def _verify_remote(given: tuple[Path, ...], where: Where) -> int:
    from birlik.kernel.audit import heads
    from birlik.standards.merkle import is_consistent

    if not given:
        raise BadRequest("a node at an address proves its log against heads that you kept: --head FILE; or --data DIR")
    kept = [each for file in given for each in heads.read(file)]
    with reached(where) as client:
        now = _head(get(client, f"{API}/audit/head"))
        faults = [] if now.is_signed else ["the node's head is not signed by the key that it names"]
        for each in kept:
            known = f"the head of {each.time} over {each.size:,} lines"
            if not each.is_signed:
                faults.append(f"{known} is not signed by the key that it names")
            elif each.epoch > now.epoch or (each.epoch == now.epoch and each.key != now.key):
                faults.append(f"{known} is of epoch {each.epoch} with another key than the node's: it was begun anew")
            elif each.size > now.size:
                faults.append(f"the node's log has {now.size:,} lines: {known} has more")
            else:
                asked = {"first": str(each.size), "second": str(now.size)}
                told = get(client, f"{API}/audit/consistency", asked.items()) if each.size else {"proof": []}
                proof = [b64decode(part) for part in told["proof"]]
                if each.size and not is_consistent(each.size, now.size, each.root, now.root, proof):
                    faults.append(f"the node's log does not begin with what {known} has")
    if where.json:
        as_json({"whole": not faults, "faults": faults, "size": now.size, "heads": len(kept)})
    else:
        say(*faults)
        if not faults:
            say(f"{now.size:,} lines begin with what {len(kept):,} heads have; key {now.verifier}")
    return 1 if faults else 0


def prove(
    line: int,
    *,
    size: Annotated[int | None, Parameter(help="In the log of the first so many lines; by default all.")] = None,
    where: Where = WHERE,
) -> int:
    """Prove that a line is in the log: its path to the signed root, which is checked here.

    Parameters
    ----------
    line
        The line's number.
    """
    from birlik.standards.merkle import is_included, leaf_hash

    with reached(where) as client:
        told = get(
            client, f"{API}/audit/proof", [("line", str(line)), *([("size", str(size))] if size is not None else [])]
        )
    root, path = b64decode(told["root"]), [b64decode(part) for part in told["proof"]]
    head = _head(told["head"])
    holds = is_included(leaf_hash(told["leaf"].encode()), told["leaf_index"], told["size"], path, root)
    signed = head.is_signed and (head.size != told["size"] or head.root == root)
    if where.json:
        as_json({**told, "holds": holds and signed})
        return 0 if holds and signed else 1
    say(f"line {line:,}: {told['leaf']}", f"leaf hash: {told['leaf_hash']}")
    say(*(f"  with {part}" for part in told["proof"]), f"root of {told['size']:,} lines: {told['root']}")
    if holds and signed:
        say(f"it is in the log; the root is signed by {head.verifier}" if head.size == told["size"] else "it is in it")
    else:
        say("the proof does not hold")
    return 0 if holds and signed else 1


def head(*, where: Where = WHERE) -> None:
    """Print the signed head of now, to be kept elsewhere: on another disk, in a mail."""
    with reached(where) as client:
        told = get(client, f"{API}/audit/head")
    if where.json:
        as_json(told)
    else:
        say(told["note"])


def renew(data_dir: Path, *, form: Form = FORM) -> None:
    """Set a damaged log aside, whole as it is, so that the next start begins a new one and says so.

    Parameters
    ----------
    data_dir
        The folder of a node that does not run.
    """
    from birlik.kernel.audit import epochs
    from birlik.kernel.audit.files import FOLDER
    from birlik.kernel.serving import served_at

    if (url := served_at(data_dir)) is not None:
        raise NotANode(f"the node of {data_dir} is served at {url}; end it first")
    if not (data_dir / FOLDER).is_dir():
        raise NotANode(f"{data_dir} holds no audit log")
    aside = epochs.renew(data_dir, "an administrator had it begun anew")
    if form.json:
        as_json({"data_dir": str(data_dir), "set_aside": str(aside)})
    else:
        say(f"{aside} holds the log as it was; keep it. The next start begins a new epoch")


def _head(told: dict[str, Any]) -> Any:
    from birlik.kernel.audit.heads import Head, parsed

    found = next(iter(parsed(told["note"])), None)
    if not isinstance(found, Head):
        raise BadRequest("the node answers with what is no head of an audit log")
    return found
