"""`birlik`: the commands, and what becomes of an error. Each command's module is imported when it is called."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from birlik import __version__
from birlik.errors import BirlikError, DeliveryError, OperatorError, OutOfRange, ReaderError
from birlik.lean import without

CALLER, OURS, INTERRUPTED = 2, 1, 130
"""Exit codes: the caller's fault; ours or the world's; Ctrl-C."""

HERE = "birlik.apps.cli"

COMMANDS = (
    ("init", "serving:init", "Make a node: a data folder with its settings."),
    ("serve", "serving:serve", "Serve a node: its pages, its API and its suppliers' protocols."),
    ("login", "entering:login", "Keep a key for a node elsewhere, so that commands with --url get in."),
    ("logout", "entering:logout", "Forget the key for a node elsewhere."),
    ("ingest", "ingesting:ingest", "Take in files. What is wrong in them goes to quarantine, the rest is taken."),
    ("search", "searching:search", "Find rows by their words, in any script."),
    ("demo", "demo:demo", "Serve a node with simulated traffic (an exercise), on 8080 or the next free port."),
    ("simulate", "simulating:simulate", "Write a simulated world: its messages, and the truth beside them."),
    (
        "export",
        "exporting:export",
        "Write every table and figure as Parquet, with a dictionary, while the node serves.",
    ),
    ("archive", "archiving:archive", "Write the months that are over as Parquet at a URI; nothing is removed."),
    ("compute", "archiving:compute", "Compute a derived table or an indicator of an archive, here or on a cluster."),
    ("attach", "archiving:attach", "Let a result of compute stand in a node, within its span."),
    ("detach", "archiving:detach", "Let a node's own rows stand alone again."),
    ("rebuild", "keeping:rebuild", "Make all tables of a node again from its journal."),
    ("retain", "keeping:retain", "Remove rows and bytes that are older than kept_days says."),
    ("backup", "keeping:backup", "Copy a node, running or not, into a new folder."),
    ("restore", "keeping:restore", "Make a node of a backup."),
    ("doctor", "keeping:doctor", "Say what is wrong with a node, and how to mend it."),
    ("settings", "listing:settings", "List every setting, its default and what it is for."),
    ("completion", "listing:completion", "Print the completion script of a shell."),
)
GROUPS = (
    ("indicator", "Figures: list them, show one.", ("list", "showing:indicators"), ("show", "showing:indicator")),
    (
        "table",
        "Tables: list them, show the rows of one, or what they come to.",
        ("list", "showing:tables"),
        ("show", "showing:table"),
        ("aggregate", "showing:aggregate"),
    ),
    (
        "act",
        "What can be done here: list it, do it.",
        ("list", "acting:acts"),
        ("do", "acting:do"),
        ("undo", "acting:undo"),
    ),
    (
        "plan",
        "What would be, beside what is: list plans, run one, look at its job.",
        ("list", "planning:plans"),
        ("run", "planning:run"),
        ("jobs", "planning:jobs"),
        ("show", "planning:show_"),
        ("cancel", "planning:cancel"),
    ),
    ("record", "One row of a kept table, and its past.", ("show", "acting:record")),
    ("alert", "Alerts.", ("list", "showing:alerts")),
    ("source", "Suppliers: what arrived from whom.", ("list", "showing:sources")),
    ("person", "What is kept of somebody.", ("show", "persons:show"), ("mine", "persons:mine")),
    ("device", "Trackers and gauges that send.", ("add", "devices:add")),
    ("page", "Pages and their addresses.", ("list", "showing:pages")),
    (
        "audit",
        "What was done here, and whether the log of it is what it was.",
        ("show", "auditing:lines"),
        ("verify", "auditing:verify"),
        ("prove", "auditing:prove"),
        ("head", "auditing:head"),
        ("renew", "auditing:renew"),
    ),
    (
        "quarantine",
        "What could not be taken.",
        ("groups", "quarantine:groups"),
        ("list", "quarantine:entries"),
        ("show", "quarantine:show_"),
        ("resend", "quarantine:resend"),
        ("dismiss", "quarantine:dismiss"),
    ),
)
HELP = {
    "acting:acts": "List what can be done, with its parameters.",
    "acting:do": "Do one thing.",
    "acting:undo": "Undo an act, if nobody has changed its rows since.",
    "planning:plans": "List the plans that you may run.",
    "planning:run": "Run a plan and wait for its result.",
    "planning:jobs": "List your jobs, the newest first.",
    "planning:show_": "Show the result of a job.",
    "planning:cancel": "End a job that goes on.",
    "acting:record": "Show one row of a kept table, as it stands or stood.",
    "showing:indicators": "List the indicators of a node.",
    "showing:indicator": "Show the figures of one indicator.",
    "showing:tables": "List the tables of a node.",
    "showing:table": "Show rows of one table.",
    "showing:aggregate": "Count, sum and average rows of one table in groups.",
    "showing:alerts": "List alerts, the open ones where nothing else is said.",
    "showing:sources": "List suppliers with what arrived and what was refused.",
    "persons:mine": "Show all that is kept of you: rows, what for, until when.",
    "persons:show": "Show all that is kept of a person: rows, what for, until when.",
    "devices:add": "Make devices out of a CSV, and cards to print.",
    "showing:pages": "List the pages of a node.",
    "auditing:lines": "Show what was done, the newest first.",
    "auditing:verify": "Read the whole log and say whether it is what was signed.",
    "auditing:prove": "Prove that a line is in the log.",
    "auditing:head": "Print the signed head of now, to be kept elsewhere.",
    "auditing:renew": "Set a damaged log aside; the next start begins a new one.",
    "quarantine:groups": "Count what is open by source and reason.",
    "quarantine:entries": "List what could not be taken, newest first.",
    "quarantine:show_": "Show one entry: the reason, the exact place, the piece.",
    "quarantine:resend": "Send an entry's message again, corrected or as it was.",
    "quarantine:dismiss": "Put an entry aside: nothing will come of it.",
}


def application() -> App:
    app = App(
        name="birlik",
        help="Shared knowledge from unshared data: a node that keeps what arrives and says what it means.",
        version=__version__,
        help_format="plaintext",  # Markdown would cost a third of the start
        help_epilogue="Commands that send or read take --data DIR or --url ADDRESS; without either they speak to the "
        "node at http://127.0.0.1:8080. Every command takes --json (machine-readable) and --debug (tracebacks).",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for name, target, text in COMMANDS:
        app.command(f"{HERE}.{target}", name=name, help=text)
    for name, text, *commands in GROUPS:
        group = App(name=name, help=text)
        for command, target in commands:
            group.command(f"{HERE}.{target}", name=command, help=HELP[target])
        app.command(group)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. An error is one sentence and the way out, on stderr."""
    debug = "--debug" in arguments
    try:
        return int(application()([a for a in arguments if a != "--debug"]) or 0)
    except CycloptsError as error:
        said, code = _plain(error), CALLER
    except BirlikError as error:
        if debug:
            raise
        said, code = str(error), code_of(error)
    except KeyboardInterrupt:
        return _ended()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if debug:
            raise
        said, code = f"{error.filename}: {error.strerror}" if error.filename else str(error), OURS
    except Exception as error:
        if debug:
            raise
        # The engine says so in its own way where Ctrl-C comes while it works.
        if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():
            return _ended()
        said, code = f"this is a fault of birlik: {type(error).__name__}: {error} (--debug shows where)", OURS
    print(f"birlik: {said}", file=sys.stderr)  # noqa: T201
    return code


def _ended() -> int:
    print("birlik: ended", file=sys.stderr)  # noqa: T201
    return INTERRUPTED


def code_of(error: BirlikError) -> int:
    return CALLER if isinstance(error, (ReaderError, OperatorError, DeliveryError, OutOfRange)) else OURS


def _plain(error: CycloptsError) -> str:
    return f"{' '.join(str(error).split())} (birlik --help lists the commands)"


def main() -> None:
    if sys.argv[1:2] != ["compute"]:  # a cluster's own library asks for it
        without("pandas")
    sys.exit(run(sys.argv[1:]))
