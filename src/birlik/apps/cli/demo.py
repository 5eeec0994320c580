"""`demo`: a node with a simulated past, taken in as it arrived, and the same worlds going on live."""

import heapq
import json
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import httpx
from cyclopts import Parameter

from birlik import assembly, settings
from birlik.apps.cli import people
from birlik.apps.cli.output import FORM, Form, as_json, note, progress, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, Way, get
from birlik.apps.cli.sending import Address, send_all
from birlik.apps.cli.showing import collected
from birlik.apps.cli.simulating import first_of_each, simulation_named
from birlik.clock import SetClock
from birlik.errors import NotANode, StoreUnavailable, UnknownSetting
from birlik.kernel import acting, pipeline
from birlik.kernel.domain import Delivery, Play, Recovery, Simulation
from birlik.kernel.intake import Receipt
from birlik.kernel.node import Node
from birlik.kernel.serving import served_at, socket_of

NOTE = "demo.json"
TRUTH = "truth"
"""Of each world its truth: `truth-NAME.parquet`."""
MEMBER = "KAZ"
USUAL = Path("data") / "demo"
CLOSED = Path("data") / "demo-closed"
USUAL_PORT = 8080
PORTS_TRIED = 20
MOST_GAP = timedelta(days=7)
"""Of a longer pause between two runs only the end is played."""
MOST_IN_GAP = 20_000
"""About so many messages make up for a pause: trackers send less often in it."""
PER_SECOND = 3.0
NOTED_EVERY_S = 10.0
FOLLOWED_WITHIN_S = 600.0
AT_ONCE = 1000
CLOSELY = timedelta(days=2)
"""So long before the end of the past figures and alerts are made every three hours."""
FAR_OFF = 0.1
"""Of the truth: a figure of which nothing is asked is said to be off from there on."""
World = tuple[Simulation, Play]


def demo(
    *,
    once: Annotated[bool, Parameter(negative=(), help="Show what was recovered of the truth, and end.")] = False,
    data: Annotated[Path, Parameter(help="The node's folder; a second run goes on with it.")] = USUAL,
    port: Annotated[
        int | None, Parameter(help="Port to listen on; 8080 or the next free one by default, 0 takes any.")
    ] = None,
    days: Annotated[int, Parameter(help="How many days of past, where the folder is new.")] = 30,
    seed: Annotated[int, Parameter(help="The same seed is the same world.")] = 1,
    closed: Annotated[
        bool, Parameter(negative=(), help="With accounts: six people of five roles and three states.")
    ] = False,
    form: Form = FORM,
) -> int:
    """Serve a node with 30 days of simulated traffic and an invented registry, and more live, until Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    data = CLOSED if closed and data == USUAL else data
    told = _world(data, days, seed)
    if closed and not told["past"]:
        people.label(data, sorted({d.source_id for d in _heard(_played(told))}))
    played = None if told["past"] else _past(data, told)
    if closed:
        people.make(data)
    with _served(data, _free_port() if port is None else port, closed=closed) as url, socket_of(data) as owners:
        if url is None:
            return 2
        if once:
            return _proved(played or _played(told), owners, form)
        links = people.links(owners, url) if closed else []
        if form.json:
            as_json({"url": url, "data": str(data), "people": links})
        else:
            titles = "; ".join(f"{s.title} (invented)" for s in _simulations(told))
            say("", f"  {url}", "", titles, f"What is live goes on, simulated; the data is in {data}. Ctrl-C ends it.")
            if links:
                say("Be one of these by their link, each used once; each browser window of its own is another one:")
                show(links, ("who", "role", "state", "link"))
        try:
            _live(data, told, url, owners)
        except KeyboardInterrupt:
            note(f"ending; the data stays in {data}")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# --- the world ------------------------------------------------------------------------------------------------


def _world(data: Path, days: int, seed: int) -> dict[str, Any]:
    """What is played in this folder. The past ends now, where the folder is new."""
    if (data / NOTE).is_file():
        _must_be_an_exercise(data)
        known: dict[str, Any] = json.loads((data / NOTE).read_text(encoding="utf-8"))
        return known
    if (data / settings.FILE).is_file():
        raise NotANode(f"{data} holds a node of its own; name another folder for the demo: --data DIR")
    settings.write_new(data, MEMBER, "birlik demo", exercise=True)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
    told = {"simulations": [s.name for s in first_of_each()], "start": start.isoformat(), "days": days, "seed": seed}
    told |= {"past": False, "live_to": (start + timedelta(days=days)).isoformat()}
    _note(data, told)
    return told


def _note(data: Path, told: dict[str, Any]) -> None:
    new = data / f"{NOTE}.new"
    new.write_text(json.dumps(told, indent=2), encoding="utf-8")
    new.replace(data / NOTE)


def _simulations(told: dict[str, Any]) -> list[Simulation]:
    """What this folder plays; one that an earlier release made names a single world."""
    return [simulation_named(name) for name in told.get("simulations") or [told["simulation"]]]


def _played(told: dict[str, Any], horizon_days: int = 2) -> list[World]:
    start = datetime.fromisoformat(told["start"])
    given = {"start": start, "days": told["days"], "seed": told["seed"], "horizon_days": horizon_days}
    return [(simulation, simulation.play(**given)) for simulation in _simulations(told)]


def _heard(played: Sequence[World]) -> Iterator[Delivery]:
    """The past of all, in the order of arrival."""
    return heapq.merge(*(play.deliveries() for _, play in played), key=lambda delivery: delivery.received_time)


def _must_be_an_exercise(data: Path) -> None:
    """A demo that an earlier release made lacks the key; an operator's own word on it stands."""
    file = data / settings.FILE
    written = file.read_text(encoding="utf-8")
    if "exercise" not in tomllib.loads(written):
        # Before the tables, if there are any: behind them it would be a key of theirs.
        file.write_text(f"exercise = true\n{written}", encoding="utf-8")


# --- the node -------------------------------------------------------------------------------------------------


def _free_port() -> int:
    """The usual port, or the next one that nobody listens on."""
    for port in range(USUAL_PORT, USUAL_PORT + PORTS_TRIED):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        if port != USUAL_PORT:
            note(f"port {USUAL_PORT} is taken; the demo takes {port}")
        return port
    raise UnknownSetting(f"port: none of {USUAL_PORT} to {USUAL_PORT + PORTS_TRIED - 1} is free; name one: --port 0")


@contextmanager
def _served(data: Path, port: int, *, closed: bool) -> Iterator[str | None]:
    """The node in a process of its own; None where it did not start and has said why on stderr."""
    if (url := served_at(data)) is not None:
        raise NotANode(f"the node of {data} is served already, at {url}; end that one first")
    command = [
        sys.executable,
        "-m",
        "birlik",
        "serve",
        str(data),
        "--port",
        str(port),
        "--json",
        *([] if closed else ["--open"]),
    ]
    # A session of its own: Ctrl-C reaches us, and we end it after what we are sending.
    node = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # nosec B603 # the interpreter and birlik
    try:
        assert node.stdout is not None
        said = _document(node.stdout)
        yield None if said is None else said["url"]
    finally:
        node.terminate()
        try:
            node.wait(timeout=60)
        except subprocess.TimeoutExpired:
            node.kill()


def _document(stdout: Any) -> Any:
    """The first JSON document of a stream of lines; None where it ends before."""
    text = ""
    for line in stdout:
        text += line
        if line.startswith("}"):
            return json.loads(text)
    return None


def _wait_until_followed(client: httpx.Client) -> None:
    """Wait until all that was sent is in the figures."""
    sent = datetime.now(UTC)
    until = time.monotonic() + FOLLOWED_WITHIN_S
    while datetime.fromisoformat(get(client, f"{API}/node")["watermark"]) < sent:
        if time.monotonic() > until:
            raise StoreUnavailable("the figures don't catch up; the node's log says why")
        time.sleep(0.2)


# --- the past -------------------------------------------------------------------------------------------------


def _past(data: Path, told: dict[str, Any]) -> list[World]:
    """Take the whole past in, each delivery when it arrived: the node's clock goes with it, so that outages, figures
    and alerts have the moments at which they were. It may be taken again after a break: the same message is one."""
    note(f"playing {told['days']} days into {data}")
    began = time.monotonic()
    played = _played(told)
    _write_truth(data, played)
    deliveries = list(_heard(played))
    start, end = min(play.start for _, play in played), max(play.end for _, play in played)
    clock = SetClock(start)
    node = assembly.open_node(data, clock=clock)
    try:
        with progress("messages", len(deliveries)) as shown:
            rest = iter(deliveries)
            batch = list(islice(rest, AT_ONCE))
            follows = _followed_at(start, end)
            due = next(follows)
            while batch:
                due_now = [replace(d, labels=node.labels_of(d.source_id)) for d in batch if d.received_time <= due]
                pipeline.take(node, due_now)
                shown.advance(len(due_now))
                if len(due_now) < len(batch):
                    clock.at = due
                    pipeline.follow(node)
                    due, batch = next(follows), batch[len(due_now) :]
                else:
                    batch = list(islice(rest, AT_ONCE))
        clock.at = max(end, datetime.now(UTC))
        pipeline.follow(node)
        for simulation, play in played:
            _acted(node, simulation, play)
        pipeline.follow(node)
    finally:
        node.close()
    told["past"] = True
    _note(data, told)
    note(f"{len(deliveries):,} messages taken and followed in {time.monotonic() - began:.0f} s")
    return played


def _acted(node: Node, simulation: Simulation, play: Any) -> None:
    """What people do once the past is in. Taken again after a break: what was done then is done once."""
    if simulation.does is None:
        return
    reader = node.reader(node.operator)
    for name, values in simulation.does(play, lambda table: reader.rows(table).to_pylist()):
        said = sha256(json.dumps([simulation.name, name, values], sort_keys=True).encode()).hexdigest()
        ask = acting.asked(acting.act_named(node, name), values, node.operator, sent_as=said[:32])
        prepared = acting.prepared(node, ask)
        if not isinstance(prepared, Receipt):
            node.store.commit([prepared])


def _followed_at(start: datetime, end: datetime) -> Iterator[datetime]:
    """When figures and alerts of the past are made: every other day, and at the end as an officer would."""
    at = start
    while True:
        at += timedelta(hours=3) if end - at <= CLOSELY else timedelta(days=2)
        yield at


def _write_truth(data: Path, played: Sequence[World]) -> None:
    from pyarrow import parquet

    for simulation, play in played:
        parquet.write_table(play.truth, data / f"{TRUTH}-{simulation.name}.parquet")


# --- the proof ------------------------------------------------------------------------------------------------


def _proved(played: Sequence[World], owners: str, form: Form) -> int:
    """Print what was recovered beside the truth; 0 only where all of it is near enough."""
    with Way("http://127.0.0.1", socket=owners).client() as client:
        _wait_until_followed(client)
        found: list[Recovery] = []
        is_proved = True
        for simulation, play in played:
            told = _compared(simulation, play, client)
            is_proved = is_proved and any(r.tolerance is not None for r in told)
            found += told
        refused = collected(client, f"{API}/quarantine", [("fields", "quarantine_id")])["data"]
    expected = sum(sum(play.refused_expected.values()) for _, play in played)
    ok = is_proved and all(r.is_within for r in found)
    if form.json:
        as_json({"ok": ok, "recovered": [_plain(r) for r in found], "refused": len(refused), "expected": expected})
    else:
        show([_row(r) for r in found], tuple(_row(found[0])) if found else ())
        say(f"quarantine: {len(refused):,} entries; {expected:,} pieces were spoilt on purpose")
        say(_verdict(ok, found))
    return 0 if ok else 1


def _compared(simulation: Simulation, play: Play, client: httpx.Client) -> Sequence[Recovery]:
    """What the node says, beside what was put in."""
    if simulation.compare is None:
        return []
    return simulation.compare(
        play.truth,
        lambda name: list(collected(client, f"{API}/tables/{name}", ())["data"]),
        lambda name: list(collected(client, f"{API}/indicators/{name}", ())["data"]),
    )


def _verdict(ok: bool, found: Sequence[Recovery]) -> str:
    if ok:
        asked = sum(r.tolerance is not None for r in found)
        others = [r for r in found if r.tolerance is None]
        off = sum(abs(r.recovered - r.truth) > FAR_OFF * r.truth for r in others)
        said = f"Recovered: {asked} of {asked} figures of which something is asked."
        rest = f" Nothing is asked of {len(others)} that rest on too few; {off} of these are off by more than a tenth."
        return said + (rest if others else "")
    if all(r.tolerance is None for r in found):
        return "Too little was played to prove anything; take more --days."
    return "NOT recovered: " + "; ".join(r.what for r in found if not r.is_within)


def _plain(r: Recovery) -> dict[str, Any]:
    names = ("indicator", "what", "recovered", "truth", "n", "low", "high", "unit", "tolerance", "is_within")
    return {name: getattr(r, name) for name in names}


def _unit(r: Recovery) -> str:
    return "" if r.unit == "1" else r.unit


def _row(r: Recovery) -> dict[str, Any]:
    return {
        "indicator": r.indicator,
        "of": r.what,
        "recovered": f"{r.recovered:.2f} {_unit(r)}",
        "truth": f"{r.truth:.2f} {_unit(r)}",
        "off": f"{(r.recovered / r.truth - 1) * 100:+.1f} %" if r.truth else "",
        "n": r.n,
        "95 % interval": f"{r.low:.2f} to {r.high:.2f}",
        "asked": f"within {r.tolerance * 100:.0f} %" if r.tolerance is not None else "nothing",
        "ok": r.is_within if r.tolerance is not None else None,
    }


# --- the present ----------------------------------------------------------------------------------------------


def _live(data: Path, told: dict[str, Any], url: str, owners: str) -> None:
    """Go on from where the last run ended: the pause quickly, then as it happens. Ends by KeyboardInterrupt."""
    since = max(datetime.fromisoformat(told["live_to"]), datetime.now(UTC) - MOST_GAP)
    end = datetime.fromisoformat(told["start"]) + timedelta(days=told["days"])
    ahead = (datetime.now(UTC) - end) // timedelta(days=1) + 2
    played = _played(told, ahead)
    address = Address.of(url, assembly.domains(), owners)
    gap_s = max((datetime.now(UTC) - since).total_seconds(), 1.0)
    now = datetime.now(UTC)
    missed = _until(_going_on(played, since, min(PER_SECOND, MOST_IN_GAP / gap_s)), now)
    send_all(address, missed, lambda n: None)
    noted = time.monotonic()
    for delivery in _going_on(played, now, PER_SECOND):
        time.sleep(max(0.0, (delivery.received_time - datetime.now(UTC)).total_seconds()))
        send_all(address, [delivery], lambda n: None)
        if time.monotonic() - noted > NOTED_EVERY_S:
            told["live_to"], noted = delivery.received_time.isoformat(), time.monotonic()
            _note(data, told)
    note("the simulated worlds have ended; the node goes on. Ctrl-C ends it.")
    signal.pause()


def _going_on(played: Sequence[World], since: datetime, per_second: float) -> Iterator[Delivery]:
    live = (play.live(since, per_second=per_second) for _, play in played)
    return heapq.merge(*live, key=lambda delivery: delivery.received_time)


def _until(deliveries: Iterator[Delivery], moment: datetime) -> Iterator[Delivery]:
    for delivery in deliveries:
        if delivery.received_time > moment:
            return
        yield delivery
