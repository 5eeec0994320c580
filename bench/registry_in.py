"""What the registry takes: OC4IDS packages held against their schema and stored, beside the bare steps of the same run;
and files of ROR and OpenAlex of a hundred thousand records."""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import jsonschema_rs
import orjson
import pyarrow as pa

from bench.result import Result
from birlik import assembly, settings
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.vocabulary.outer_ids import ror_of
from birlik.kernel import pipeline
from birlik.kernel.domain import Delivery
from birlik.kernel.node import Node

PACKAGES, PROJECTS, AT_ONCE = 200, 20, 100
RECORDS = int(os.environ.get("BENCH_REGISTRY_RECORDS", "100000"))
BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "data"
SCHEMA = Path(os.environ.get("BIRLIK_REFERENCE_DATA", BESIDE)) / "cooperation" / "oc4ids" / "schema"
TYPES = {intake.name: intake.media_type for intake in DOMAIN.intakes}


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = [_package(i) for i in range(PACKAGES)]
        _bare(packages[:1], folder / "first.duckdb")  # what is imported once a process is in neither figure
        bare = _bare(packages, folder / "bare.duckdb")
        settings.write_new(folder / "node", "KAZ")
        node = assembly.open_node(folder / "node", declared=(DOMAIN,), cooperation={"oc4ids_schema": str(SCHEMA)})
        try:
            ours = _packages(node, packages)
            loaded = [_loaded(node, form, body) for form, body in (("ror", _ror()), ("openalex", _openalex()))]
        finally:
            node.close()
    rate, yardstick = PACKAGES * PROJECTS / ours, PACKAGES * PROJECTS / bare
    first = Result(
        name=f"OC4IDS projects validated and stored, {PROJECTS} a package",
        value=rate,
        unit="projects/s",
        yardstick=f"orjson, jsonschema-rs and append of the same bytes, {yardstick:.3g} projects/s",
        ratio=rate / yardstick,
        target=">= 0.5 of the yardstick",
        reached=rate >= yardstick / 2,
    )
    return [first, *loaded]


def _bare(packages: Sequence[bytes], file: Path) -> float:
    """Seconds to read, validate and append them, a commit for as many at once."""
    project = orjson.loads((SCHEMA / "project-schema.json").read_bytes())
    package = orjson.loads((SCHEMA / "project-package-schema.json").read_bytes())
    registry = jsonschema_rs.Registry([(project["id"], project)])
    validator = jsonschema_rs.validator_for(package, registry=registry, offline=True)
    connection = duckdb.connect(str(file))
    connection.execute("CREATE TABLE project (id VARCHAR, document VARCHAR)")
    start = time.perf_counter()
    for batch in _batches(packages):
        ids, documents = [], []
        for body in batch:
            read = orjson.loads(body)
            validator.validate(read)
            ids += [each["id"] for each in read["projects"]]
            documents += [orjson.dumps(each).decode() for each in read["projects"]]
        rows = pa.table({"id": ids, "document": documents})
        connection.register("rows_of_batch", rows)
        connection.execute("INSERT INTO project SELECT * FROM rows_of_batch")
    taken = time.perf_counter() - start
    connection.close()
    return taken


def _batches(packages: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(packages), AT_ONCE):
        yield packages[start : start + AT_ONCE]


def _packages(node: Node, packages: Sequence[bytes]) -> float:
    pipeline.take(node, [_delivery("oc4ids", _package(-1))])  # the schema is compiled once a process
    start = time.perf_counter()
    receipts = [pipeline.take(node, [_delivery("oc4ids", body) for body in batch]) for batch in _batches(packages)]
    taken = time.perf_counter() - start
    assert all(receipt.accepted == PROJECTS for batch in receipts for receipt in batch)
    return taken


def _loaded(node: Node, form: str, body: bytes) -> Result:
    start = time.perf_counter()
    (receipt,) = pipeline.take(node, [_delivery(form, body)])
    seconds = time.perf_counter() - start
    return Result(
        name=f"{form}, a file of {RECORDS:,} records",
        value=receipt.accepted / seconds,
        unit="records/s",
        yardstick=f"{len(body) / 1e6:.0f} MB",
        ratio=None,
        target=f"all of them, >= 2000/s on two cores ({seconds:.0f} s)",
        reached=receipt.accepted == RECORDS and receipt.accepted / seconds >= 2000,
    )


def _delivery(form: str, body: bytes) -> Delivery:
    return Delivery(body=body, media_type=TYPES[form], source_id="bench", received_time=datetime.now(UTC))


def _package(n: int) -> bytes:
    projects = [_project(n, i) for i in range(PROJECTS)]
    head = {"version": "0.9", "uri": f"https://bench.example/{n}", "publishedDate": "2026-11-02T09:00:00Z"}
    return orjson.dumps({**head, "publisher": {"name": "Bench"}, "projects": projects})


def _project(n: int, i: int) -> dict[str, Any]:
    """About 5 kB, as a published project has."""
    party = {"id": "EX-1", "name": "Ministry of Works of Example", "roles": ["publicAuthority", "buyer"]}
    title = f"Work {i} of package {n}"
    return {
        "id": f"oc4ids-bench-{n}-{i}",
        "updated": "2026-11-01T08:30:00Z",
        "title": title,
        "description": f"{title}: a road of two lanes, with what belongs to it. " * 4,
        "status": "implementation",
        "type": "construction",
        "sector": ["transport", "transport.road"],
        "period": {"startDate": "2026-03-01T00:00:00Z", "endDate": "2028-09-30T00:00:00Z"},
        "budget": {"amount": {"amount": 1_000_000 + i, "currency": "USD"}, "approvalDate": "2025-12-15T00:00:00Z"},
        "publicAuthority": {"name": "Ministry of Works of Example", "id": "EX-1"},
        "parties": [party],
        "locations": [{"id": "1", "description": "Left bank"}],
        "documents": [
            {"id": str(d), "documentType": "tenderNotice", "title": f"Notice {d}", "url": f"https://bench.example/{d}"}
            for d in range(12)
        ],
        "milestones": [
            {"id": str(m), "title": f"Part {m}", "status": "scheduled", "dueDate": "2027-01-01T00:00:00Z"}
            for m in range(12)
        ],
        "contractingProcesses": [
            {"id": f"ocds-{p}", "summary": {"ocid": f"ocds-{p}", "title": f"Contract {p}", "status": "active"}}
            for p in range(4)
        ],
    }


def _ror() -> bytes:
    return orjson.dumps(
        [
            {
                "id": f"https://ror.org/{ror_of(n)}",
                "admin": {"last_modified": {"date": "2026-05-01", "schema_version": "2.1"}},
                "domains": [f"body{n}.example"],
                "established": 1900 + n % 120,
                "external_ids": [{"type": "wikidata", "all": [f"Q{n + 1}"], "preferred": None}],
                "links": [{"type": "website", "value": f"https://body{n}.example/"}],
                "locations": [{"geonames_id": 1, "geonames_details": {"country_code": "KZ", "name": "Almaty"}}],
                "names": [
                    {"value": f"Institute {n}", "lang": "en", "types": ["label", "ror_display"]},
                    {"value": f"{n} институты", "lang": "kk", "types": ["label"]},
                ],
                "status": "active",
                "types": ["facility"],
            }
            for n in range(RECORDS)
        ]
    )


def _openalex() -> bytes:
    abstract = {f"word{i}": [i, i + 60] for i in range(60)}
    lines = (
        orjson.dumps(
            {
                "id": f"https://openalex.org/W{n + 1}",
                "doi": f"https://doi.org/10.5555/bench.{n}",
                "title": f"On work {n}",
                "publication_date": "2024-05-17",
                "language": "en",
                "type": "article",
                "authorships": [{"author": {"display_name": f"Author {n} {a}"}} for a in range(3)],
                "abstract_inverted_index": abstract,
                "updated_date": "2026-10-30",
            }
        )
        for n in range(RECORDS)
    )
    return b"\n".join(lines)
