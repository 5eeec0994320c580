"""The forms in which this domain is sent something."""

from functools import partial

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.intake import oc4ids
from birlik.domains.cooperation.intake.sniffing import sniff, why_not
from birlik.kernel.intake import Intake

TABLES = (CLAIM.name, RECORD.name)

OC4IDS = Intake(
    name="oc4ids",
    title="Projects, OC4IDS package",
    media_type="application/vnd.oc4ids+json",
    decode=oc4ids.decode,
    tables=TABLES,
    counted=RECORD.name,
    apart=True,
    sniff=partial(sniff, "oc4ids"),
    why_not=why_not,
    example="birlik ingest package.json --intake oc4ids --source ministry",
)

INTAKES = (OC4IDS,)
