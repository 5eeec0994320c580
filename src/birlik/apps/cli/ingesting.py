"""`ingest`: files, each one delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from birlik.apps.cli.output import Progress, as_json, note, progress, say, table
from birlik.apps.cli.reach import API, TRY, WHERE, Where, detail_of, reached
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
    only_try: Annotated[
        bool, Parameter(name="--try", negative="", help="Keep nothing: show what would become of them.")
    ] = False,
    where: Where = WHERE,
) -> int:
    """Take in files. What is wrong in them goes to quarantine with its place and reason; the rest is taken.

    Ends with 2 where anything was refused, or with --try would be.

    Parameters
    ----------
    files
        Each is one delivery; its form is recognised from its first bytes.
    """
    _must_be_files(files)
    parameters = _parameters(profile, intake, source, marking, audience)
    if only_try:
        return _tried(files, parameters, where)
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
    answer = _posted(client, path, parameters, shown)
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


def _posted(client: "httpx.Client", path: Path, parameters: Mapping[str, str], shown: Progress) -> "httpx.Response":
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**parameters, "filename": path.name}.items())
    headers = {"content-type": "application/octet-stream", "content-length": str(path.stat().st_size)}
    return client.post(f"{API}/deliveries?{query}", content=_chunks(path, shown), headers=headers)


def _chunks(path: Path, shown: Progress) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            shown.advance(len(chunk))


# --- trying ---------------------------------------------------------------------------------------------------


def _tried(files: Sequence[Path], parameters: Mapping[str, str], where: Where) -> int:
    """What would become of each file. Raises BadRequest, StoreUnavailable."""
    made: list[Mapping[str, Any]] = []
    total = sum(path.stat().st_size for path in files)
    with reached(where) as client, progress("try", total, is_bytes=True) as shown:
        for path in files:
            answer = _posted(client, path, {**parameters, TRY: "true"}, shown)
            if not answer.is_success:
                kind = BadRequest if 400 <= answer.status_code < 500 else StoreUnavailable
                raise kind(f"{path}: {detail_of(answer)}")
            made.append({"file": str(path), **answer.json()})
            if not where.json:
                _would(made[-1])
    if where.json:
        as_json({"files": made})
    else:
        note("Nothing was kept. The same without --try sends it.")
    return SOME_REFUSED if any(each["refused"] for each in made) else TAKEN


def _would(trial: Mapping[str, Any]) -> None:
    """How it was read, its first rows, then what would be refused; columns without any value are left out."""
    read = [trial["intake"], *(f"{name} {value}" for name, value in trial["parameters"].items() if "\n" not in value)]
    say(f"{trial['file']}: {', '.join(read)}")
    say(f"{trial['accepted']:,} would be accepted, {len(trial['refused']):,} refused")
    for each in trial["tables"]:
        units = {f["name"]: "UTC" if f["type"] == "time" else f["unit"] for f in each["fields"]}
        headings = {name: f"{name}, {unit}" if unit not in ("", "1") else name for name, unit in units.items()}
        filled = [name for name in headings if any(row[name] is not None for row in each["rows"])]
        rows = [{headings[name]: _whole(row[name]) for name in filled} for row in each["rows"]]
        shown = f"{each['title']}: the first {len(rows):,} of {each['rows_n']:,} rows"
        table(rows, [headings[name] for name in filled], title=shown)
    _complained(trial["refused"], trial["notices"])


def _whole(value: Any) -> Any:
    """With all its digits: who tries a file compares them with it."""
    return str(value) if isinstance(value, float) else value


def told(outcome: Outcome) -> None:
    if outcome.repeated:
        say(f"{outcome.file}: taken before; nothing was added")
    else:
        parts = [f"{outcome.accepted:,} accepted"]
        parts += [f"{outcome.duplicates:,} duplicates"] if outcome.duplicates else []
        parts += [f"{len(outcome.refused):,} refused"] if outcome.refused else []
        say(f"{outcome.file}: {', '.join(parts)}")
    _complained(outcome.refused, outcome.notices)


def _complained(refused: Sequence[Mapping[str, Any]], notices: Sequence[str]) -> None:
    for refusal in refused[:FIRST]:
        say(f"  {_place(refusal.get('where') or {})}: {refusal['reason']}")
    if len(refused) > FIRST:
        say(f"  … and {len(refused) - FIRST:,} more")
    for text in notices:
        say(f"  {text}")


def _place(where: Mapping[str, Any]) -> str:
    pointer = where.get("pointer")
    named = [f"{name} {where[name]}" for name in ("line", "column", "field") if where.get(name) is not None]
    return ", ".join(([pointer] if pointer else []) + named) or "whole message"


def _plain(outcome: Outcome) -> dict[str, Any]:
    names = ("file", "message_id", "accepted", "duplicates", "refused", "repeated", "notices", "failed")
    return {name: getattr(outcome, name) for name in names}
