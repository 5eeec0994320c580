"""Write the reference pages out of the declarations: `python tools/reference.py docs/reference`.

Nothing here is said twice: every sentence comes from a declaration, a docstring or a command's own help. The pages go
to `generated/` of that folder, which git ignores.
"""

import csv
import inspect
import io
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from birlik import assembly, errors, settings
from birlik.apps.api.catalogue import OPERATIONS
from birlik.apps.cli.listing import docstrings
from birlik.apps.cli.main import COMMANDS, GROUPS, application
from birlik.domains.transport.simulate import harsh
from birlik.kernel.checking.pages import CHECKS
from birlik.kernel.domain import (
    By,
    Derived,
    Domain,
    Everything,
    Field,
    Kept,
    Nothing,
    Own,
    Panel,
    Parameter,
    Source,
    Table,
    Through,
)
from birlik.kernel.own import OWN
from birlik.kernel.store.system import SYSTEM_TABLES

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
"""Columns of a command's help."""


def main(folder: Path) -> None:
    domains = assembly.domains()
    out = folder / "generated"
    out.mkdir(parents=True, exist_ok=True)
    made = pages(domains)
    for stale in set(out.glob("*.md")) - {out / name for name in made}:
        stale.unlink()
    for name, text in made.items():
        # What is right already is left alone: somebody else may be reading it.
        if not (out / name).is_file() or (out / name).read_text(encoding="utf-8") != text:
            (out / name).write_text(text, encoding="utf-8")


def pages(domains: Sequence[Domain]) -> dict[str, str]:
    """File name -> Markdown."""
    return {name: "\n".join(lines(domains)).rstrip() + "\n" for name, lines in PAGES.items()}


# --- Markdown -------------------------------------------------------------------------------------------------


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(_cell(value) for value in row)} |" for row in rows), ""]


def _cell(value: Any) -> str:
    """One line; a bar inside would end the cell, and braces or stars of a code are no Markdown."""
    return " ".join(str(value).split()).replace("|", "\\|")


def code(text: Any) -> str:
    return f"`{text}`" if text not in ("", None) else ""


def codes(texts: Iterable[str]) -> str:
    return ", ".join(code(text) for text in texts)


def fields_of(fields: Iterable[Field]) -> list[str]:
    rows = [(code(f.name), _type(f), f.unit, _described(f), f.term) for f in fields]
    return table(("field", "type", "unit", "what it is", "standard's term"), rows)


def _type(field: Field) -> str:
    return field.type.value + ("" if not field.nullable else ", may be empty")


def _described(field: Field) -> str:
    return field.description + (f" One of {codes(field.codes)}." if field.codes else "")


# --- pages ----------------------------------------------------------------------------------------------------


def personal(domains: Sequence[Domain]) -> list[str]:
    """Each field that tells of a person, with what for and how long."""
    lines = [
        "# What is kept of persons",
        "",
        "Each column that tells of a person: what it is kept for, and how many days at most after it came.",
        "",
        "| table | column | what for | days |",
        "|---|---|---|---|",
    ]
    for table in (*(t for domain in domains for t in domain.tables), *OWN.tables):
        for field in table.personal:
            assert field.personal is not None
            lines.append(f"| `{table.name}` | `{field.name}` | {field.personal.purpose} | {field.personal.days} |")
    return lines


def tables(domains: Sequence[Domain]) -> list[str]:
    lines = [
        "# Tables",
        "",
        "Rows as suppliers sent them, registers that birlik ships, and what the node keeps itself.",
    ]
    for domain in domains:
        lines += ["", f"## {domain.title}", ""]
        for declared in domain.tables:
            lines += _table(declared)
    lines += ["", "## Of every node", ""]
    for declared in (*OWN.tables, *SYSTEM_TABLES):
        lines += _table(declared)
    return lines


def _table(declared: Table) -> list[str]:
    facts = [
        declared.description,
        "",
        f"- key: {codes(declared.key)}",
        *([f"- time: {code(declared.time)}"] if declared.time else []),
        f"- kept: {'for ever' if declared.kept_days is None else f'{declared.kept_days} days'}, "
        "unless `kept_days` says otherwise",
        *(["- a register: shipped as facts, and edited by the node's operator"] if declared.facts else []),
        *([f"- {_expiry(declared.rule)}"] if declared.rule is not None and declared.rule.expires else []),
        f"- rows: {code(f'GET /api/v1/tables/{declared.name}')}, {code(f'birlik table show {declared.name}')}",
        "",
    ]
    shown = [f for f in declared.fields if not declared.public_fields or f.name in declared.public_fields]
    return [f"### {code(declared.name)}", "", f"**{declared.title}.**", "", *facts, *fields_of(shown)]


def _expiry(rule: Kept) -> str:
    ends = [f"until {code(rule.until)}"] if rule.until else []
    ends += [f"for {rule.lasts} after {code(rule.time)}"] if rule.lasts is not None else []
    return f"a row holds {', and '.join(ends)}; then what was said before it does, where that lasts still"


def derived(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Derived tables", "", "Made from other tables, key by key; they can be thrown away and made again."]
    for domain in domains:
        for declared in domain.derived:
            lines += _derived(declared)
    return lines


def _derived(declared: Derived) -> list[str]:
    return [
        "",
        f"## {code(declared.name)}",
        "",
        f"**{declared.title}.** {declared.description}",
        "",
        *(f"- {_source(source)}" for source in declared.sources),
        f"- made again {_look_back(declared)}",
        f"- method: {declared.method}",
        f"- key: {codes(declared.key)}",
        f"- rows: {code(f'GET /api/v1/tables/{declared.name}')}, {code(f'birlik table show {declared.name}')}",
        "",
        *fields_of(declared.fields),
    ]


def _source(source: Source) -> str:
    read = f"by {code(source.by)}" if source.by else "looked up whole"
    return f"follows from: {code(source.table)}, {read}; reads {codes(source.columns)}; a change {_touching(source)}"


def _touching(source: Source) -> str:
    match source.rule:
        case Own():
            return "touches its own key"
        case Through(table=table, key=key):
            return f"touches the {code(key)} that {code(table)} joins it with"
        case By(function=function):
            return f"touches {(function.__doc__ or 'what a function says').splitlines()[0].rstrip('.')}"
        case Everything():
            return "makes all again"
        case Nothing():
            return "touches nothing by itself"


def _look_back(declared: Derived) -> str:
    if (carried := declared.carried) is not None:
        state = codes(f.name for f in carried.state)
        return f"from the period of the earliest change that has a time (each lasts {carried.every}; carried: {state})"
    if not declared.time or declared.look_back_days is None:
        return "for whole keys"
    return f"from {declared.look_back_days} days before the earliest change that has a time"


def indicators(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Indicators", "", "Every figure carries `value`, `n`, `low`, `high` and `basis`."]
    for domain in domains:
        for declared in domain.indicators:
            only = "; ".join(f"{column} = {_either(value)}" for column, value in declared.only.items())
            lines += [
                "",
                f"## {code(declared.name)}",
                "",
                f"**{declared.title}** ({declared.code}), in {code(declared.unit)}.",
                "",
                declared.method,
                "",
                f"- definition: {declared.reference}",
                f"- interval: {declared.interval}",
                f"- from: {code(declared.source)}{f', only where {only}' if only else ''}",
                f"- withheld below n = {declared.minimum_n}",
                f"- {_lasting(declared)}",
                f"- figures: {code(f'GET /api/v1/indicators/{declared.name}')}, "
                f"{code(f'birlik indicator show {declared.name}')}",
                "",
                "Dimensions:",
                "",
                *fields_of(declared.dimensions),
                "Measures:",
                "",
                *fields_of(declared.measures),
            ]
    return lines


def _either(value: Any) -> str:
    return " or ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def _lasting(declared: Any) -> str:
    if declared.live:
        return "of the present moment: it is kept in no version"
    return f"kept in versions; its period is {code(declared.period) or 'the whole record'}"


def acts(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Acts", "", ACTS_SAID]
    for domain in (*domains, OWN):
        for act in domain.acts:
            lines += [
                "",
                f"## {code(act.name)}",
                "",
                f"**{act.title}.** {act.description}",
                "",
                *([f"- about a row of: {code(act.table)}"] if act.table else []),
                f"- who: {act.role.value}s",
                *(["- final: its form asks once more"] if act.is_final else []),
                f"- {code(f'POST /api/v1/acts/{act.name}')}, {code(f'birlik act do {act.name}')}",
                "",
                *(fields_of(act.parameters) if act.parameters else []),
            ]
    return lines


ACTS_SAID = """What people do here. Each has a route, a command, a form, a line in the journal and one in the table
`birlik_act`."""


def plans(domains: Sequence[Domain]) -> list[str]:
    """Each plan: what it answers, how, what may be moved, what it reads and gives."""
    lines = ["# Plans", "", "[Try a plan](../../how-to/try-a-plan.md) tells how they are run."]
    for plan in (plan for domain in domains for plan in domain.plans):
        moved = [
            (code(p.name), p.field.type.value, p.field.unit, p.field.description, _range(p), code(p.usual))
            for p in plan.parameters
        ]
        lines += [
            "",
            f"## {code(plan.name)}",
            "",
            f"**{plan.title}.** {plan.question}",
            "",
            plan.method,
            "",
            f"- reads: {codes(read.table for read in plan.reads)}",
            f"- {code(f'POST /api/v1/plans/{plan.name}/jobs')}, {code(f'birlik plan run {plan.name}')}",
            "",
            *table(("parameter", "type", "unit", "what it is", "range", "today"), moved),
            "Its result; beside each measure `today_…` is the same with everything as it is today:",
            "",
            *fields_of(plan.fields),
        ]
    return lines


def _range(parameter: Parameter) -> str:
    if parameter.field.codes:
        return codes(parameter.field.codes)
    ends = ("…" if end is None else f"{end:g}" for end in (parameter.least, parameter.most))
    return " to ".join(ends) if (parameter.least, parameter.most) != (None, None) else ""


def alerts(domains: Sequence[Domain]) -> list[str]:
    from birlik.kernel.alerting.feed_quiet import feed_quiet

    lines = ["# Alert rules", "", "[Receive alerts](../../how-to/receive-alerts.md) tells how they reach you."]
    for rule in (*(rule for domain in domains for rule in domain.alert_rules), feed_quiet({})):
        severities = ", ".join(f"{name} from {level:g}" for level, name in rule.severities)
        lines += [
            "",
            f"## {code(rule.name)}",
            "",
            f"**{rule.title}.**",
            "",
            f"- opens at level {rule.opens_at:g}, closes below {rule.closes_at:g}",
            f"- severity: {severities}",
            f"- CAP: {rule.category}, {rule.urgency}, {rule.certainty}; event “{rule.event}”",
            f"- headline: {code(rule.headline)}",
            f"- description: {code(' '.join(rule.description.split()))}",
            *([f"- source: {rule.reference}"] if rule.reference else []),
        ]
    return lines


def shown_pages(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Pages", ""]
    for domain in domains:
        for page in domain.pages:
            path = f"/{domain.name}/{page.name}" + "".join(f"/{{{p}}}" for p in page.parameters)
            rows = [
                (code(p.name), code(type(p).__name__), p.title, codes(filter(None, (p.bound.indicator, p.bound.table))))
                for p in page.panels
            ]
            lines += [f"## {page.title}", "", f"{code(path)}: {page.question}", ""]
            lines += table(("panel", "kind", "title", "shows"), rows)
    return [*lines, *kinds_of_panels()]


def kinds_of_panels() -> list[str]:
    """What a page can be made of: each kind, with the parameters that it has beside those of all."""
    own = {f.name for f in fields(Panel)}
    rows = [
        (
            code(kind.__name__),
            (inspect.getdoc(kind) or "").split("\n\n")[0],
            codes(f.name + ("" if is_optional(f) else " (needed)") for f in fields(kind) if f.name not in own),
        )
        for kind in CHECKS
    ]
    said = f"Each is a class of `birlik.kernel.panels`: {codes(sorted(own))} and what stands here, nothing else."
    return ["## Kinds of panels", "", said, "", *table(("kind", "shows", "parameters"), rows)]


def is_optional(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def intakes(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Intakes", "", "The forms in which suppliers send. A file shows its form itself; `--intake` names it."]
    for domain in domains:
        for intake in domain.intakes:
            lines += [
                "",
                f"## {code(intake.name)}",
                "",
                f"**{intake.title}.**",
                "",
                f"- media type: {code(intake.media_type)}",
                f"- fills: {codes(intake.tables)}",
                f"- {'one message is one record' if intake.single else 'one message holds many records'}",
                f"- sent by: {intake.role.value}s",
                *(["", "```text", intake.example, "```"] if intake.example else []),
            ]
    return lines


def protocols(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Protocols", "", "Paths that others' software knows. They are in `/openapi.json` too."]
    for domain in domains:
        lines += ["", f"## {domain.title}", ""]
        rows = [
            (codes(e.methods), code(e.path), e.summary, codes(f.name for f in e.parameters)) for e in domain.endpoints
        ]
        lines += table(("method", "path", "what it does", "parameters"), rows)
    return lines


def rest(domains: Sequence[Domain]) -> list[str]:
    rows = [(code(o.method), code(o.path), f"{o.summary} (for: {o.role.value})", _names(o)) for o in OPERATIONS]
    named = [
        (code(f"/api/v1/{kind}/{name}"), title)
        for kind, found in (
            ("indicators", [(i.name, i.title) for d in domains for i in d.indicators]),
            ("tables", [(t.name, t.title) for d in domains for t in (*d.tables, *d.derived)]),
        )
        for name, title in found
    ]
    return [
        "# REST",
        "",
        "All of `/api/v1`. The node's own `/openapi.json` has every parameter and answer; the "
        "[how-to](../../how-to/read-figures.md) has examples.",
        "",
        *table(("method", "path", "what it does", "parameters"), rows),
        "## What is declared",
        "",
        *table(("path", "gives"), named),
    ]


def _names(operation: Any) -> str:
    return codes(str(p["name"]) for p in operation.parameters)


def cli(domains: Sequence[Domain]) -> list[str]:
    lines = [
        "# Command line",
        "",
        "Every command takes `--json` (machine-readable on stdout) and `--debug` (tracebacks). Exit code 0 is done, "
        "2 the caller's fault or something refused, 1 ours or the world's, 130 Ctrl-C.",
        "",
    ]
    for words in (("",), *((name,) for name, *_ in COMMANDS), *_in_groups()):
        lines += [f"## {code(' '.join(('birlik', *words)).strip())}", "", "```text", _help(words), "```", ""]
    return lines


def _in_groups() -> list[tuple[str, str]]:
    return [(group, name) for group, _, *commands in GROUPS for name, _ in commands]


def _help(words: Sequence[str]) -> str:
    """A command's own help, as it prints it."""
    from rich.console import Console

    written = io.StringIO()
    console = Console(file=written, width=WIDTH, color_system=None, force_terminal=False)
    application().help_print([word for word in words if word], console=console)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()).strip("\n")


def listed_settings(domains: Sequence[Domain]) -> list[str]:
    return [
        "# Settings",
        "",
        f"In `{settings.FILE}` of the data folder, or as `BIRLIK_NAME` in the environment, which wins. "
        "`birlik settings` lists them too. A key that birlik doesn't know is an error.",
        "",
        *_model(settings.Settings, "##"),
        "## A source",
        "",
        "`[sources.NAME]`, or `BIRLIK_SOURCES__NAME__MARKING` and so on.",
        "",
        *_model(settings.Source, "###"),
        "## A webhook",
        "",
        "`[[webhooks]]`, one block a subscriber.",
        "",
        *_model(settings.Webhook, "###"),
        "## Mail",
        "",
        "`[mail]`, or `BIRLIK_MAIL__HOST` and so on: [Let the node send mail](../../how-to/send-mail.md).",
        "",
        *_model(settings.Mail, "###"),
        "## Another sign-in",
        "",
        "`[[issuers]]`, one block an issuer (OpenID Connect).",
        "",
        *_model(settings.Issuer, "###"),
        *(line for domain in domains for line in _of_domain(domain)),
    ]


def _of_domain(domain: Domain) -> list[str]:
    if domain.settings is None:
        return []
    table, variable = f"`[{domain.name}]`", f"`BIRLIK_{domain.name.upper()}__NAME`"
    return [f"## {domain.title}", "", f"{table}, or {variable}.", "", *_model(domain.settings, "###")]


def _model(model: Any, heading: str) -> list[str]:
    lines: list[str] = []
    explained = docstrings(model)
    for name, field in model.model_fields.items():
        default = "none: it must be given" if field.is_required() else code(repr(field.default))
        limits = "; ".join(str(m) for m in field.metadata)
        lines += [f"{heading} {code(name)}", "", explained[name], ""]
        lines += [f"- type: {code(_plain(field.annotation))}", f"- default: {default}"]
        lines += [f"- limits: {code(limits)}"] if limits else []
        lines += [""]
    return lines


def _plain(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else annotation
    return re.sub(r"\b(?:\w+\.)+", "", str(text))


def error_tree(domains: Sequence[Domain]) -> list[str]:
    rows = [
        (code(name), code(found.__bases__[0].__name__), inspect.cleandoc(found.__doc__ or ""))
        for name, found in vars(errors).items()
        if inspect.isclass(found) and issubclass(found, Exception)
    ]
    return ["# Errors", "", "```text", inspect.cleandoc(errors.__doc__ or ""), "```", "", *table(
        ("error", "is a", "more"), rows
    )]  # fmt: skip


def proof(domains: Sequence[Domain]) -> list[str]:
    """The last bench's rows of the proof, fault by fault; a fault that it has no row of says so."""
    with (ROOT / "bench" / "results.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(line for line in opened if not line.startswith("#")))
    found: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        if row["name"].startswith(PROVED):
            faults = max((f for f in PROVEN if row["name"].endswith(f", {f}")), key=len, default="")
            measure = row["name"].removeprefix(PROVED).removesuffix(f", {faults}")
            cells = (measure, f"{float(row['value']):.1f} %", row["yardstick"].removeprefix("n "), row["target"] + " %")
            found.setdefault(faults, []).append((*cells, row["reached"]))
    lines = ["# The proof", "", PROOF_SAID, ""]
    for name, said in PROVEN.items():
        lines += [f"## {code(name)}", "", said, ""]
        heads = ("measure", "measured", "n", "asked", "reached")
        lines += table(heads, found[name]) if name in found else ["This bench has no row of it.", ""]
    return lines


PROVED = "proof: "
PROOF_SAID = """What the last bench measured of each fault, in a world whose whole truth is known. What each fault did
before there was a rule against it is told in [What each fault does](../../explanation/faults.md)."""
PROVEN = {
    "clean": "No fault at all.",
    "clean, fences confirmed": "No fault, and a steward has confirmed the fences.",
    **harsh.FAULT,
    "all": "All of them together, but for what contradicts another.",
}


def decisions(domains: Sequence[Domain]) -> list[str]:
    lines = ["# Decisions", "", "What was chosen, why, and what it was measured by.", ""]
    for file in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
        lines.append(f"- [{title.removeprefix('# ')}](../../decisions/{file.name})")
    return lines


PAGES: Mapping[str, Callable[[Sequence[Domain]], list[str]]] = {
    "tables.md": tables,
    "personal.md": personal,
    "derived.md": derived,
    "indicators.md": indicators,
    "acts.md": acts,
    "plans.md": plans,
    "alerts.md": alerts,
    "pages.md": shown_pages,
    "intakes.md": intakes,
    "protocols.md": protocols,
    "rest.md": rest,
    "cli.md": cli,
    "settings.md": listed_settings,
    "errors.md": error_tree,
    "proof.md": proof,
    "decisions.md": decisions,
}

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: reference.py docs/reference")
    main(Path(sys.argv[1]))
