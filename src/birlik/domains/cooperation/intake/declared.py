"""The forms in which this domain is sent something."""

from collections.abc import Callable
from functools import partial

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.intake import claims_sheet, loads, oc4ids, profiled, taking
from birlik.domains.cooperation.intake.sniffing import sniff, why_not
from birlik.domains.cooperation.model.loaded import CODE, LOADED, TRADE
from birlik.domains.cooperation.wire.profiles import CLAIMS, CODES
from birlik.domains.cooperation.wire.profiles import TRADE as TRADED
from birlik.kernel.domain import Role, Table
from birlik.kernel.intake import Decoded, Intake

TABLES = (CLAIM.name, RECORD.name)


def _intake(
    name: str, title: str, media_type: str, example: str, decode: Callable[..., Decoded] | None = None
) -> Intake:
    return Intake(
        name=name.replace("-", "_"),
        title=title,
        media_type=media_type,
        decode=decode or partial(taking.decode, name),
        tables=TABLES,
        counted=RECORD.name,
        apart=True,
        sniff=partial(sniff, name),
        why_not=why_not if name == "oc4ids" else None,
        example=f"birlik ingest {example} --source ours",
    )


def _sheet(
    name: str,
    title: str,
    kind: str,
    decode: Callable[..., Decoded],
    takes: Table,
    tables: tuple[str, ...],
    counted: str = "",
    role: Role = Role.SUPPLIER,
) -> Intake:
    return Intake(
        name=name,
        title=title,
        media_type=f"application/vnd.birlik.{kind}",
        decode=decode,
        tables=tables,
        counted=counted,
        apart=True,
        sniff=partial(profiled.sniff, kind),
        claims=partial(profiled.claims, kind),
        profiles={p.name: p.title for p in profiled.of_kind(kind).values()},
        role=role,
        blank={p.name: profiled.blank(p, takes) for p in profiled.of_kind(kind).values()},
        check=partial(profiled.check, kind),
        example=f"birlik ingest {kind}.xlsx --source ours",
    )


INTAKES = (
    _intake("oc4ids", "Projects, OC4IDS package", "application/vnd.oc4ids+json", "package.json", oc4ids.decode),
    _intake("ror", "Organisations, ROR 2", "application/vnd.ror+json", "ror-data.json"),
    _intake("openalex", "Works, OpenAlex JSON lines", "application/vnd.openalex+json", "works.jsonl"),
    _intake("csl-json", "Works, CSL-JSON", "application/vnd.citationstyles.csl+json", "library.json"),
    _intake("bibtex", "Works, BibTeX", "application/x-bibtex", "library.bib"),
    _intake("ris", "Works, RIS", "application/x-research-info-systems", "library.ris"),
    _sheet("sheet", "Claims, CSV or XLSX by profile", CLAIMS, claims_sheet.decode, CLAIM, TABLES, RECORD.name),
    _sheet(
        "trade",
        "Trade, CSV or XLSX by profile",
        TRADED,
        loads.trade,
        TRADE,
        (TRADE.name, LOADED.name),
        TRADE.name,
        Role.STEWARD,
    ),
    _sheet("codes", "Codes of HS or ISIC", CODES, loads.codes, CODE, (CODE.name, LOADED.name), CODE.name, Role.STEWARD),
)
