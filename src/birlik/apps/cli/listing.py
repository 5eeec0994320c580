"""`settings` and `completion`: what can be said to birlik."""

import inspect
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, note, say
from birlik.apps.cli.output import table as show


def settings(
    data: Annotated[Path | None, Parameter(help="A node's folder: shows its values too.")] = None, *, form: Form = FORM
) -> None:
    """List every setting, its default, what it is for, and its value where a node is named."""
    from birlik import assembly
    from birlik.settings import Settings

    given = assembly.read_settings(data) if data is not None else None
    rows = list(_rows(Settings, given, ""))
    for domain in assembly.domains(given.domains if given is not None else ()):
        if domain.settings is not None:
            own = given.of_domains[domain.name] if given is not None else None
            rows += _rows(domain.settings, own, f"{domain.name}.")
    for notice in given.notices if given is not None else ():
        note(notice)
    if form.json:
        as_json(rows)
        return
    shown = [{k: "–" if v in ("", (), [], {}) else v for k, v in row.items()} for row in rows]
    show(shown, tuple(rows[0]), caption="In birlik.toml of the data folder, or BIRLIK_NAME in the environment.")


def _rows(model: Any, given: Any, prefix: str) -> Iterator[dict[str, Any]]:
    """A line a setting; of a domain's with its table's name before it."""
    explained, values = docstrings(model), given.model_dump(mode="json") if given is not None else None
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else field.default
        row = {"name": f"{prefix}{name}", "default": default, "help": explained[name]}
        yield {**row, **({"value": values[name]} if values is not None else {})}


def docstrings(settings: type) -> dict[str, str]:
    """The string under each field, which is where its help stands: one place, for the reader of the code too."""
    import ast

    tree = ast.parse(textwrap.dedent(inspect.getsource(settings)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    found: dict[str, str] = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = text.value if isinstance(text, ast.Expr) else None
            found[field.target.id] = inspect.cleandoc(str(said.value)) if isinstance(said, ast.Constant) else ""
    return found


def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print the completion script of a shell: eval "$(birlik completion bash)".

    Parameters
    ----------
    shell
        The one that you use.
    """
    from birlik.apps.cli.main import application

    say(application().generate_completion(shell=shell))  # nosec B604 # the name of a shell, for which words are completed
