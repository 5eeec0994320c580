"""The page on which a supplier's file is tried: how it is read, its first rows, its faults; then it may be sent."""

import base64
import binascii
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from birlik.apps.web import blank_sheets
from birlik.apps.web.ask import with_query
from birlik.apps.web.panels.content import Grid
from birlik.apps.web.panels.quarantine import place_of
from birlik.apps.web.sight import Sight
from birlik.errors import BadRequest, BirlikError, DeliveryError, ReaderError, UnknownSetting
from birlik.kernel import encodings, saying
from birlik.kernel.domain import Quarantine, Type
from birlik.kernel.intake import Delivery, Intake, Receipt, sent_by, told_to
from birlik.kernel.service import Service
from birlik.kernel.trying import Sample, Tried

MOST_FIELDS = 20
PATH = "/try"
HELD_BYTES = 1024 * 1024
"""So long a file is held by the page, to be sent without being chosen again."""
MOST_REFUSED = 50
PIECE_CHARACTERS = 300
OWN = "own"
"""The choice that the profile is written in the form."""
LONGEST_SOURCE = 128
FIELD_OF = {"source": "source", "profile": "how", "intake": "how"}
"""The field of the form in which a parameter of a delivery stands."""


@dataclass(kw_only=True)
class Form:
    """What the reader has given, and what is wrong with it, by field."""

    source: str = ""
    how: str = ""
    own: str = ""
    filename: str = ""
    body: bytes | None = None
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> str:
        """The file in the page, so that it can be sent; nothing of a long one."""
        if self.body is None or len(self.body) > HELD_BYTES:
            return ""
        return base64.b64encode(self.body).decode()


def form_of(sight: Sight, given: Mapping[str, str | bytes]) -> Form:
    """The form as it came, with what is wrong before anything is read."""
    words = sight.words
    text = {name: value if isinstance(value, str) else "" for name, value in given.items()}
    made = Form(
        source=text.get("source", "").strip(),
        how=text.get("how", ""),
        own=text.get("own", "").strip(),
        filename=text.get("file.name") or text.get("held.name", ""),
    )
    if not 1 <= len(made.source) <= LONGEST_SOURCE or not made.source.isprintable():
        made.faults["source"] = words.t("Say who sends it: a name of 1 to 128 characters.")
    if made.how == OWN and not made.own:
        made.faults["own"] = words.t("Write the profile here, or choose another way above.")
    if made.own and made.how not in ("", OWN):
        made.faults["how"] = words.t("A profile is chosen here and another one written below: leave one of them out.")
    chosen = given.get("file")
    if text.get("file.name") and isinstance(chosen, bytes):
        made.body = chosen
    elif "held" in given:
        try:
            made.body = base64.b64decode(text["held"], validate=True)
        except (binascii.Error, ValueError):
            made.filename = ""
    if made.body is None:
        made.faults["file"] = words.t("Choose a file.")
    return made


def answered(service: Service, sight: Sight, given: Mapping[str, str | bytes] | None) -> tuple[Form, dict[str, Any]]:
    """(the form to show again, what the page says beside it). Without a form only it is asked for.

    What is tried is kept nowhere. Raises StoreUnavailable where it can't be sent.
    """
    form = Form() if given is None else form_of(sight, given)
    delivery = None if given is None else _delivery(service, sight, form)
    shown: dict[str, Any] = {"trial": None, "receipt": None}
    if delivery is not None and given is not None and given.get("act") == "send":
        receipt = service.take_now(
            sent_by(delivery, sight.principal, sight.node.views, service.node.intake(delivery.media_type))
        )
        shown["receipt"] = of_receipt(sight, form, told_to(receipt, sight.principal))
    elif delivery is not None:
        shown["trial"] = of_trial(sight, form, service.try_now(delivery))
    known = sorted({*sight.suppliers(), *sight.node.settings.sources})
    return form, {**shown, "choices": choices(sight, form.how), "sources": known, "blank": blank_sheets.offered(sight)}


def _delivery(service: Service, sight: Sight, form: Form) -> Delivery | None:
    if form.faults or form.body is None:
        return None
    node = sight.node
    try:
        intake, parameters = _read_as(service, form, form.body)
        node.check(parameters, intake)
        return Delivery(
            body=form.body,
            media_type=intake.media_type,
            source_id=form.source,
            received_time=node.clock.now(),
            filename=form.filename or None,
            parameters=parameters,
            labels=node.labels_of(form.source),
        )
    except (ReaderError, UnknownSetting, DeliveryError) as error:
        form.faults[_field_of(error)] = _said(sight, error)
        return None


def _read_as(service: Service, form: Form, body: bytes) -> tuple[Intake, Mapping[str, str]]:
    """The intake that is chosen, or that recognises the file, and the parameters with which it reads it."""
    name, _, profile = ("" if form.how == OWN else form.how).partition("/")
    chosen = {"profile": profile} if profile else {"profile_yaml": form.own} if form.own else {}
    if not name:
        intake, found = service.recognise_now(body, form.filename, chosen)
        return intake, {**found, **chosen}
    return service.node.intake_named(name), chosen


def _field_of(error: BirlikError) -> str:
    if isinstance(error, UnknownSetting):
        return "own"
    if isinstance(error, BadRequest):
        return FIELD_OF.get(error.parameter or "", "file")
    return "file"


def _said(sight: Sight, error: BirlikError) -> str:
    if isinstance(error, DeliveryError):
        return saying.reason_in(sight.node, sight.words.language, error.reason)
    return str(error)


# --- shown ----------------------------------------------------------------------------------------------------


def choices(sight: Sight, chosen: str) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """(intake, [(value, title, is it chosen)]): the forms in which files come, each with the profiles that it knows."""
    words = sight.words
    made = []
    for intake in (i for i in sight.node.declared_intakes if i.sniff is not None):
        named = {f"{intake.name}/{name}": f"{name}: {words.t(title)}" for name, title in intake.profiles.items()}
        named = named or {intake.name: words.t(intake.title)}
        made.append((words.t(intake.title), [(value, said, value == chosen) for value, said in named.items()]))
    return made


def of_trial(sight: Sight, form: Form, made: Tried) -> dict[str, Any]:
    """What the page says of a trial."""
    words = sight.words
    profile = made.parameters.get("profile", "")
    return {
        "intake": words.t(made.intake.title),
        "profile": words.t("your own") if "profile_yaml" in made.parameters else profile,
        "filename": form.filename,
        "accepted": words.count(made.accepted),
        "refused_n": words.count(len(made.refused)),
        "failed": made.failed is not None,
        "samples": [_sample(sight, sample) for sample in made.samples],
        **_complaints(sight, made.refused, made.notices),
        "held": form.held,
        "command": "" if form.held else _command(form, profile),
    }


def of_receipt(sight: Sight, form: Form, receipt: Receipt) -> dict[str, Any]:
    """What the page says of a file that was sent."""
    words = sight.words
    return {
        "filename": form.filename,
        "accepted": words.count(receipt.accepted),
        "duplicates": words.count(receipt.duplicates),
        "refused_n": words.count(len(receipt.refused)),
        "repeated": receipt.repeated,
        "queue": _queue(sight, form.source) if receipt.refused else "",
        **_complaints(sight, receipt.refused, receipt.notices),
    }


def _complaints(sight: Sight, refused: Any, notices: Any) -> dict[str, Any]:
    node, language = sight.node, sight.words.language
    return {
        "refused": [_refused(sight, error) for error in refused[:MOST_REFUSED]],
        "more": max(0, len(refused) - MOST_REFUSED),
        "notices": [saying.reason_in(node, language, text) for text in notices],
    }


def _refused(sight: Sight, error: DeliveryError) -> dict[str, str]:
    found = encodings.text_of(error.raw[: 4 * PIECE_CHARACTERS])
    return {
        "where": place_of(sight.words, asdict(error.where)) or sight.words.t("the whole message"),
        "kind": sight.words.code("fault", error.kind),
        "reason": saying.reason_in(sight.node, sight.words.language, error.reason),
        "piece": found[0][:PIECE_CHARACTERS] if found is not None else "",
    }


def _sample(sight: Sight, sample: Sample) -> dict[str, Any]:
    """The rows as a table; fields that none of them has are named below it."""
    words, filled = sight.words, sample.filled
    units = ["UTC" if f.type is Type.TIME else words.unit(f.unit) for f in filled]
    headings = [f"{f.name}, {unit}" if unit else f.name for f, unit in zip(filled, units, strict=True)]
    rows = [[_cell(sight, row[f.name]) for f in filled] for row in sample.rows]
    title = words.t(sample.table.title)
    return {
        "title": title,
        "said": words.t("the first {n} of {all} rows").format(n=words.count(len(rows)), all=words.count(sample.rows_n)),
        "grid": Grid(headings=headings, rows=rows, numeric=[f.type in (Type.INT, Type.FLOAT) for f in filled]),
        "empty": ", ".join(f.name for f in sample.table.fields if f not in filled),
    }


def _cell(sight: Sight, value: Any) -> str:
    """With all its digits, since it is compared with the file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, bool):
        return sight.words.t("yes") if value else sight.words.t("no")
    if isinstance(value, float):
        return str(value).replace(".", sight.words.decimal)
    return value.isoformat() if isinstance(value, date) else str(value)


def _command(form: Form, profile: str) -> str:
    """What sends a file that is too long for the page to hold."""
    named = "profile.yaml" if form.own else profile
    parts = ["birlik ingest", shlex.quote(form.filename), f"--profile {named}" if named else "", "--source"]
    return " ".join([*(part for part in parts if part), shlex.quote(form.source)])


def _queue(sight: Sight, source: str) -> str:
    """Where this supplier's refused pieces are shown; nothing where no page shows them."""
    for domain in sight.node.domains:
        for page in domain.pages:
            if not page.parameters and any(isinstance(panel, Quarantine) for panel in page.panels):
                return with_query(f"/{domain.name}/{page.name}", {"source_id": source})
    return ""
