"""What `doctor` looks at: each check is a function that gives findings; none changes the node."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from birlik.apps.cli.in_process import opened
from birlik.apps.cli.output import Progress
from birlik.apps.cli.reach import API
from birlik.errors import BirlikError, NotANode, PeerUnreachable, UnknownSetting
from birlik.kernel import serving, upkeep
from birlik.kernel.audit import FOLDER as AUDIT
from birlik.kernel.upkeep import Finding

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.05
QUIET_TIMES = 3.0
"""A source that has been silent for so many of its usual pauses is quiet."""
HELD = "a process holds it and does not serve it: a command, or a node that is just starting"
RETAINED_EVERY = timedelta(days=31)
BUILT = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock that is right shows less."""


def examine(folder: Path, shown: Progress) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    found = list(_folder(folder))
    if not all(f.ok for f in found):
        return found
    note = serving.noted(folder)
    url = note.url if note is not None else None
    settings = list(_settings(folder))
    journal = list(_journal(folder, url, shown))
    process = list(_process(folder, note))
    found += [*settings, *_private(folder), *_clock(), *_space(folder), *process, *journal, *_audit(folder)]
    found += erased(folder)
    if url is None and upkeep.will_be_renewed(folder):
        # To open it would make it again: doctor changes nothing.
        found.append(Finding("store", True, "an older birlik's; the next start makes it again from the journal"))
    elif all(f.ok for f in (*settings, *process, *journal)):
        found += _node(folder, url)
    return [*found, *_assets()]


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(
            "folder", False, f"there is no folder {folder}", f"Make a node: birlik init {folder} --member KAZ"
        )
        return
    wrong = [p for p in (folder, *folder.rglob("*")) if not os.access(p, os.R_OK | os.W_OK)]
    if wrong:
        mend = f"Give it to the node's user: chown -R $(id -u) {folder}"
        yield Finding("folder", False, f"{wrong[0]} can't be read and written by this user", mend)
        return
    try:
        upkeep.must_not_be_newer(folder)
    except BirlikError as error:
        yield Finding("folder", False, str(error), "Use that release of birlik")
        return
    yield Finding("folder", True, f"{folder} can be read and written")


def _private(folder: Path) -> Iterator[Finding]:
    seen = upkeep.open_to_others(folder)
    said = f"{seen[0]} is open to others than its user" if seen else "nobody but its user may read it"
    yield Finding("private", not seen, said, f"Take it from them: chmod -R go= {folder}" if seen else "")


def _settings(folder: Path) -> Iterator[Finding]:
    from birlik import assembly, settings

    try:
        given = assembly.read_settings(folder)
    except BirlikError as error:
        yield Finding(
            "settings", False, str(error), f"Correct {folder / settings.FILE}; birlik settings lists all keys"
        )
        return
    moved = "; ".join(given.notices)
    yield Finding("settings", True, f"node of {given.member}, port {given.port}", moved)


def _clock() -> Iterator[Finding]:
    now = datetime.now(UTC)
    ok = now > BUILT
    yield Finding("clock", ok, f"this machine says {now:%Y-%m-%d %H:%M} UTC", "" if ok else "Set the machine's clock")


def _space(folder: Path) -> Iterator[Finding]:
    free, total = upkeep.room(folder)
    ok = free >= min(LEAST_FREE_BYTES, LEAST_FREE_SHARE * total)
    said = f"{free / 1e9:,.1f} GB of {total / 1e9:,.1f} GB are free"
    yield Finding("disk", ok, said, "" if ok else "Make room: the node refuses what it can't write")


def _audit(folder: Path) -> Iterator[Finding]:
    """Held against the heads that its settings keep elsewhere."""
    from birlik import settings
    from birlik.kernel.audit import verifying

    try:
        kept = [path for path in map(Path, settings.read(folder).audit_heads) if path.is_file()]
        report = verifying.verify(folder / AUDIT, kept)
    except NotANode:
        yield Finding("audit", True, "nothing was done yet")
        return
    except BirlikError as error:
        yield Finding("audit", False, str(error), "Correct audit_heads in birlik.toml")
        return
    if report.is_whole:
        beside = "" if kept else "; no head is kept elsewhere (audit_heads)"
        yield Finding("audit", True, f"{report.size:,} lines are what was signed{beside}")
        return
    first = report.faults[0]
    said = f"line {first.line:,}: {first.said}" if first.line else first.said
    yield Finding("audit", False, said, f"See all of it: birlik audit verify --data {folder}")


def erased(folder: Path) -> Iterator[Finding]:
    """Whether a backup would bring back what was erased here."""
    try:
        at, done, missing = upkeep.erasures(folder)
    except BirlikError as error:
        yield Finding("erasures", False, str(error), "Bring it back from where you copied it to")
        return
    if missing:
        said = f"{at} doesn't have {missing} of {done} erasures: sent again, or with a backup, they would come back"
        yield Finding("erasures", False, said, "Bring the newest list back from where you copied it to")
    elif done:
        yield Finding("erasures", True, f"all {done} are in {at}; keep a copy of it apart from the backups")


def _process(folder: Path, note: serving.Note | None) -> Iterator[Finding]:
    if note is None:
        if serving.is_held(folder):
            yield Finding("process", False, HELD, "Wait until it has ended, or end it")
            return
        left = (folder / serving.NOTE).exists()
        said = "no process serves it" + (" (the last one was killed; that does no harm)" if left else "")
        yield Finding("process", True, said)
        return
    url = note.url
    try:
        serving.served_at(folder)
        answer = httpx.get(f"{url}/health", timeout=10, trust_env=False)
    except (PeerUnreachable, httpx.TransportError) as error:
        yield Finding(
            "process", False, f"it should be served at {url}, but: {error}", "End that process; serve it again"
        )
        return
    why = "; ".join(answer.json().get("why", [])) if answer.status_code == 503 else ""
    said = f"served at {url}" + (f", but {why}" if why else "")
    yield Finding("process", answer.is_success, said, "" if answer.is_success else "Mend that, or serve it again")


def _journal(folder: Path, url: str | None, shown: Progress) -> Iterator[Finding]:
    shown.total(sum(p.stat().st_size for p in (folder / "journal").glob("*.journal")))
    state = upkeep.read_journal(folder, running=url is not None, progress=shown.advance)
    if state.faults:
        more = f" (and {len(state.faults) - 1} more)" if len(state.faults) > 1 else ""
        mend = (
            "Restore it from a backup: birlik restore BACKUP NEW_DIR; where there is none, "
            f"birlik rebuild {folder} --past-damage keeps it as it is and takes the rest"
        )
        yield Finding("journal", False, state.faults[0] + more, mend)
        return
    left = f"; passed over: {'; '.join(state.passed)}" if state.passed else ""
    yield Finding("journal", True, f"{state.messages:,} messages in {state.frames:,} frames, all whole{left}")


def _node(folder: Path, url: str | None) -> Iterator[Finding]:
    """What only the node itself can say: over HTTP where it runs, else opened here."""
    try:
        if url is not None:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                yield from _asked(client)
        else:
            with opened(folder) as client:
                yield Finding("store", True, "it opens, and has all of the journal")
                yield from _asked(client)
    except UnknownSetting as error:
        yield Finding("store", False, str(error), f"Correct birlik.toml in {folder}")
    except (BirlikError, httpx.HTTPError) as error:
        mend = f"End the node where it runs, then make the store again from the journal: birlik rebuild {folder}"
        yield Finding("store", False, str(error), mend)


def _asked(client: httpx.Client) -> Iterator[Finding]:
    now = datetime.now(UTC)
    node = _data(client, f"{API}/node")
    for said in node.get("mended", ()):
        yield Finding("store", True, f"mended when it was opened: {said}")
    if "kept" in node:
        yield _kept(node["kept"], node["folder"], now)
    behind = now - _time(node["watermark"])
    late = behind > timedelta(minutes=2)
    said = f"complete up to {node['watermark']}"
    yield Finding("figures", not late, said, "Serve the node again; it catches up by itself" if late else "")
    sources = _data(client, f"{API}/sources")["data"]
    yield from _quiet(sources, now)
    yield _quarantine(client)


def _kept(said: dict[str, Any], folder: str, now: datetime) -> Finding:
    """Rows with an end go when `birlik retain` is next run: a month may pass."""
    tables = [t for t in said["tables"] if t["oldest"]]
    late = [t["name"] for t in tables if now - _time(t["oldest"]) > timedelta(days=t["days"]) + RETAINED_EVERY]
    told = ", ".join(f"{t['name']} {t['days']} days" for t in said["tables"]) or "all rows for ever"
    if said["removed_to"]:
        told += f"; what came before {said['removed_to']} was removed"
    if said["sealed"]:
        told += f"; sealed: {', '.join(f'{name} until {day}' for name, day in sorted(said['sealed'].items()))}"
    if late:
        told = f"rows of {', '.join(late)} are older than kept_days says ({told})"
    return Finding("kept", not late, told, f"End the node, then: birlik retain {folder}" if late else "")


def _quiet(sources: list[dict[str, Any]], now: datetime) -> Iterator[Finding]:
    silent = []
    for source in sources:
        usual, last = source.get("every_s"), source.get("last_time")
        if usual and (last is None or (now - _time(last)).total_seconds() > QUIET_TIMES * usual):
            silent.append(f"{source['source_id']} (last heard {last or 'never'})")
    if silent:
        yield Finding("sources", False, f"quiet: {', '.join(silent)}", "Ask the supplier, or its link")
        return
    yield Finding("sources", True, f"{len(sources)} suppliers, none quieter than the settings say")


def _quarantine(client: httpx.Client) -> Finding:
    """Open entries are work, not a fault of the node."""
    rows = _data(client, f"{API}/quarantine?status=open&fields=quarantine_id&limit=100000")
    n = len(rows["data"])
    said = f"{n:,}{' or more' if rows['next'] else ''} open entries"
    return Finding("quarantine", True, said + ("; see birlik quarantine list" if n else ""))


def _data(client: httpx.Client, path: str) -> Any:
    return client.get(path).raise_for_status().json()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _assets() -> Iterator[Finding]:
    """The browser's packages, which set-up copies beside our own files."""
    from importlib.resources import files

    vendor = files("birlik") / "apps" / "web" / "static" / "vendor"
    ok = vendor.is_dir() and any(True for _ in vendor.iterdir())
    said = (
        "the browser's packages are there" if ok else "the browser's packages are missing: pages have no maps or charts"
    )
    yield Finding("pages", ok, said, "" if ok else "Copy them: make setup")
