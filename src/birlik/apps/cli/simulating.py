"""`simulate`: a world with a known truth, as files. Which worlds there are, the domains say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, progress, say
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Simulation

Faults = Literal["none", "default", "harsh"]


def simulate(
    folder: Path,
    *,
    name: Annotated[str | None, Parameter(help="Which world; the first there is by default.")] = None,
    days: Annotated[int, Parameter(help="How many days of it.")] = 30,
    start: Annotated[datetime | None, Parameter(help="When it begins, UTC; so many days ago by default.")] = None,
    seed: Annotated[int, Parameter(help="The same seed is the same world.")] = 1,
    faults: Annotated[Faults, Parameter(help="How faulty the suppliers are.")] = "default",
    form: Form = FORM,
) -> None:
    """Write a simulated world: messages/ as suppliers would send them, and truth/ beside.

    Send them into a node of their own that was made with `birlik init --exercise`: its alerts are no real ones.

    Parameters
    ----------
    folder
        It must not be there yet, or be empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest(f"{folder} is not empty; name a new folder")
    simulation = simulation_named(name)
    if simulation.write is None:
        raise BadRequest(f"{simulation.name} can't be written as files")
    begins = start.replace(tzinfo=start.tzinfo or UTC) if start else midnight() - timedelta(days=days)
    with progress("simulate"):
        play = simulation.play(start=begins, days=days, seed=seed, faults=faults)
        written = simulation.write(folder, play)
    if form.json:
        as_json({"folder": str(folder), "deliveries": written, "start": play.start, "end": play.end, "seed": seed})
        return
    say(f"{folder}: {written:,} deliveries from {play.start:%Y-%m-%d} to {play.end:%Y-%m-%d}; the truth is in truth/")


def midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def first_of_each() -> list[Simulation]:
    """Of each domain the first world that it can play. Raises Unknown where there is none."""
    from birlik import assembly

    made = [domain.simulations[0] for domain in assembly.domains() if domain.simulations]
    return made or [simulation_named(None)]


def simulation_named(name: str | None) -> Simulation:
    """Raises Unknown, naming those there are."""
    from birlik import assembly

    known = {s.name: s for domain in assembly.domains() for s in domain.simulations}
    if name is None and known:
        return next(iter(known.values()))
    if name not in known:
        raise Unknown(f"no simulation {name!r}; there are: {', '.join(known) or 'none'}")
    return known[name]
