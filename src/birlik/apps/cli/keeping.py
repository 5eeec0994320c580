"""`rebuild`, `retain`, `backup`, `restore`, `doctor`."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, messages_taken, note, progress, say
from birlik.apps.cli.output import table as show

TIMEOUT_S = 3600.0


def rebuild(
    data_dir: Path,
    *,
    past_damage: Annotated[bool, Parameter(negative=())] = False,
    form: Form = FORM,
) -> None:
    """Make all tables of a node again from its journal, and put them in the place of the old ones at once.

    Alerts, what was sent of them, and the versions of figures are taken over from the old store where it can be read.

    Parameters
    ----------
    data_dir
        The folder of a node that does not run.
    past_damage
        Where the journal is damaged and there is no backup: leave what can't be read as it is, note it, and take the
        rest; what the old store has of it is kept.
    """
    from birlik import assembly, settings
    from birlik.kernel import upkeep

    upkeep.must_not_be_newer(data_dir)
    settings.read(data_dir)
    with messages_taken() as taken:
        made = upkeep.rebuild(data_dir, assembly.open_node, taken, past_damage=past_damage)
    if form.json:
        as_json({"messages": made.messages, "carried": made.carried, "notices": list(made.notices)})
        return
    for text in made.notices:
        note(text)
    say(f"{data_dir}: {made.messages:,} messages taken again; the tables are new")


def retain(
    data_dir: Path,
    *,
    today: date | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    form: Form = FORM,
) -> None:
    """Remove rows and bytes that are older than `kept_days` says. There is no way back but a backup.

    Figures that rested on them are sealed first and stay. All that follows from the rest is made again, which takes as
    long as a rebuild, and room for a second store.

    Parameters
    ----------
    data_dir
        The folder of a node that does not run.
    today
        The day that it is, such as 2026-03-12, where nothing came for long and the clock is right nevertheless.
    dry_run
        Say how much has ended, and remove nothing.
    """
    from birlik import assembly, settings
    from birlik.kernel import retention, upkeep

    upkeep.must_not_be_newer(data_dir)
    settings.read(data_dir)
    with messages_taken() as taken:
        made = retention.retain(data_dir, assembly.open_node, taken, today=today, only_say=dry_run)
    if form.json:
        as_json({**asdict(made), "before": made.before and str(made.before), "removed": not dry_run})
        return
    for text in made.notices:
        note(text)
    if made.before is None:
        say(f"{data_dir}: nothing has an end; say in birlik.toml how long a table's rows are kept: kept_days")
        return
    verb = "have ended" if dry_run else "were removed"
    say(f"{data_dir}: {made.messages:,} messages {verb}, of what came before {made.before}")
    if made.sealed and not dry_run:
        say(f"sealed: {', '.join(made.sealed)}")


def backup(data_dir: Path, target: Path, *, form: Form = FORM) -> None:
    """Copy a node, running or not, into a new folder: settings, journal and store as of one moment.

    Parameters
    ----------
    data_dir
        The node's folder.
    target
        A folder that is not there yet, or is empty.
    """
    from birlik.apps.cli.reach import API, Where, address, checked, reached

    target, where = target.resolve(), Where(data=data_dir)
    is_running = address(where) is not None
    with reached(where) as client:
        made = checked(client.post(f"{API}/node/backup", json={"folder": str(target)}, timeout=TIMEOUT_S)).json()
    size = made["size_bytes"]
    if form.json:
        as_json({"target": str(target), "size_bytes": size, "running": is_running})
        return
    say(f"{target} holds {size:,} bytes. To use it: birlik restore {target} NEW_DIR")


def restore(
    backup: Path,
    data_dir: Path,
    *,
    erasures: Path | None = None,
    without_erasures: Annotated[bool, Parameter(negative=())] = False,
    form: Form = FORM,
) -> None:
    """Make a node of a backup. What was erased since it was made is erased once more when the node is first opened.

    Parameters
    ----------
    backup
        What `birlik backup` wrote.
    data_dir
        A folder that is not there yet, or is empty.
    erasures
        The list of what was erased (FOLDER.erasures), where it lies elsewhere than when the backup was made.
    without_erasures
        The list is lost for good: what was erased since the backup comes back. The audit log says so.
    """
    from birlik.kernel import upkeep

    size = upkeep.restore(backup, data_dir, erasures=erasures, without_erasures=without_erasures)
    if form.json:
        as_json({"data_dir": str(data_dir), "size_bytes": size})
        return
    say(f"{data_dir} holds the node. Next: birlik serve {data_dir}")


def doctor(data_dir: Path, *, form: Form = FORM) -> int:
    """Say what is wrong with a node, and how to mend it. Ends with 1 where something is.

    Parameters
    ----------
    data_dir
        The node's folder; it may be running.
    """
    from birlik.apps.cli import examination

    with progress("journal", is_bytes=True) as shown:
        findings = examination.examine(data_dir, shown)
    bad = [f for f in findings if not f.ok]
    if form.json:
        as_json({"ok": not bad, "findings": [asdict(f) for f in findings]})
    else:
        show([asdict(f) for f in findings], ("check", "ok", "said"))
        for finding in bad:
            say(f"{finding.check}: {finding.said}. {finding.mend}")
    return 1 if bad else 0
