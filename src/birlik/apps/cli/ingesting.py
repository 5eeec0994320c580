"""`ingest`: files, each one delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from birlik.apps.cli.output import Progress, as_json, note, progress, say
from birlik.apps.cli.reach import API, WHERE, Where, detail_of, reached
from birlik.errors import BadRequest, StoreUnavailable

if TYPE_CHECKING:
    import httpx

CHUNK_BYTES = 1 << 20
FIRST = 3
"""Refusals that are told at once; the rest stand in the quarantine."""
TAKEN, SOME_REFUSED = 0, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    file: str
    accepted: int = 0
    duplicates: int = 0
    refused: Sequence[Mapping[str, Any]] = ()
    repeated: bool = False
    notices: Sequence[str] = ()
    failed: str | None = None
    message_id: str | None = None

    @property
    def is_clean(self) -> bool:
        return not self.refused and self.failed is None


def ingest(
    *files: Path,
    profile: Annotated[str | None, Parameter(help="A profile's name, or a YAML file that is one.")] = None,
    intake: Annotated[str | None, Parameter(help="The intake that takes them; by default the file shows it.")] = None,
    source: Annotated[str | None, Parameter(help="The supplier.")] = None,
    marking: Annotated[str | None, Parameter(help="TLP 2.0: RED, AMBER+STRICT, AMBER, GREEN, CLEAR.")] = None,
    audience: Annotated[str | None, Parameter(help="Who is meant, by commas: members, partners, public, …")] = None,
    where: Where = WHERE,
) -> int:
    """Take in files. What is wrong in them goes to quarantine with its place and reason; the rest is taken.

    Ends with 2 where anything was refused.

    Parameters
    ----------
    files
        Each is one delivery; its form is recognised from its first bytes.
    """
    _must_be_files(files)
    parameters = _parameters(profile, intake, source, marking, audience)
    outcomes: list[Outcome] = []
    total = sum(path.stat().st_size for path in files)
    with reached(where) as client, progress("ingest", total, is_bytes=True) as shown:
        for path in files:
            outcome = _send(client, path, parameters, shown)
            outcomes.append(outcome)
            if not where.json:
                told(outcome)
    if where.json:
        as_json({"files": [_plain(o) for o in outcomes]})
    elif any(o.refused for o in outcomes):
        note("What was refused is kept: birlik quarantine list" + (f" --source {source}" if source else ""))
    return TAKEN if all(o.is_clean for o in outcomes) else SOME_REFUSED


def _must_be_files(files: Sequence[Path]) -> None:
    """All of them, before the first is sent."""
    if not files:
        raise BadRequest("name at least one file")
    for path in files:
        if path.is_dir():
            raise BadRequest(f"{path} is a folder; name the files in it")
        if not path.is_file():
            raise BadRequest(f"there is no file {path}")


def _parameters(
    profile: str | None, intake: str | None, source: str | None, marking: str | None, audience: str | None
) -> dict[str, str]:
    given = {"intake": intake, "source": source, "marking": marking, "audience": audience}
    if profile is not None and profile.lower().endswith((".yaml", ".yml")):
        try:
            given["profile_yaml"] = Path(profile).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadRequest(f"the profile {profile} can't be read: {error}") from error
    elif profile is not None:
        given["profile"] = profile
    return {name: value for name, value in given.items() if value is not None}


def _send(client: "httpx.Client", path: Path, parameters: Mapping[str, str], shown: Progress) -> Outcome:
    """One file to the node. A whole file that is refused is an outcome; a node that can't write is an error."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**parameters, "filename": path.name}.items())
    headers = {"content-type": "application/octet-stream", "content-length": str(path.stat().st_size)}
    answer = client.post(f"{API}/deliveries?{query}", content=_chunks(path, shown), headers=headers)
    if answer.is_success:
        told = answer.json()
        known = {k: told[k] for k in ("accepted", "duplicates", "refused", "repeated", "notices", "failed")}
        return Outcome(str(path), **known, message_id=told["message_id"])
    said = detail_of(answer)
    if answer.status_code == 413:
        return Outcome(str(path), failed=said, refused=[{"kind": "TooLarge", "reason": said, "where": {}}])
    if 400 <= answer.status_code < 500:
        raise BadRequest(f"{path}: {said}")
    raise StoreUnavailable(f"{path}: {said}")


def _chunks(path: Path, shown: Progress) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            shown.advance(len(chunk))


def told(outcome: Outcome) -> None:
    if outcome.repeated:
        say(f"{outcome.file}: taken before; nothing was added")
    else:
        parts = [f"{outcome.accepted:,} accepted"]
        parts += [f"{outcome.duplicates:,} duplicates"] if outcome.duplicates else []
        parts += [f"{len(outcome.refused):,} refused"] if outcome.refused else []
        say(f"{outcome.file}: {', '.join(parts)}")
    for refusal in outcome.refused[:FIRST]:
        say(f"  {_place(refusal.get('where') or {})}: {refusal['reason']}")
    if len(outcome.refused) > FIRST:
        say(f"  … and {len(outcome.refused) - FIRST:,} more")
    for text in outcome.notices:
        say(f"  {text}")


def _place(where: Mapping[str, Any]) -> str:
    pointer = where.get("pointer")
    named = [f"{name} {where[name]}" for name in ("line", "column", "field") if where.get(name) is not None]
    return ", ".join(([pointer] if pointer else []) + named) or "whole message"


def _plain(outcome: Outcome) -> dict[str, Any]:
    names = ("file", "message_id", "accepted", "duplicates", "refused", "repeated", "notices", "failed")
    return {name: getattr(outcome, name) for name in names}
