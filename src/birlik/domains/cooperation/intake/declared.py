"""The forms in which this domain is sent something."""

from collections.abc import Callable
from functools import partial

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.intake import claims_sheet, oc4ids, taking
from birlik.domains.cooperation.intake.sniffing import sniff, why_not
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


INTAKES = (
    _intake("oc4ids", "Projects, OC4IDS package", "application/vnd.oc4ids+json", "package.json", oc4ids.decode),
    _intake("ror", "Organisations, ROR 2", "application/vnd.ror+json", "ror-data.json"),
    _intake("openalex", "Works, OpenAlex JSON lines", "application/vnd.openalex+json", "works.jsonl"),
    _intake("csl-json", "Works, CSL-JSON", "application/vnd.citationstyles.csl+json", "library.json"),
    _intake("bibtex", "Works, BibTeX", "application/x-bibtex", "library.bib"),
    _intake("ris", "Works, RIS", "application/x-research-info-systems", "library.ris"),
    _intake("sheet", "Claims, CSV", "application/vnd.birlik.claims+csv", "claims.csv", claims_sheet.decode),
)
