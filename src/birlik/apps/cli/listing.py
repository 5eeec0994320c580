"""`settings` and `completion`: what can be said to birlik."""

import inspect
import itertools
import textwrap
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, say
from birlik.apps.cli.output import table as show


def settings(
    data: Annotated[Path | None, Parameter(help="A node's folder: shows its values too.")] = None, *, form: Form = FORM
) -> None:
    """List every setting, its default, what it is for, and its value where a node is named."""
    from birlik.settings import Settings, read

    values = read(data).model_dump(mode="json") if data is not None else None
    explained = docstrings(Settings)
    rows: list[dict[str, Any]] = []
    for name, field in Settings.model_fields.items():
        row = {"name": name, "default": "required" if field.is_required() else field.default, "help": explained[name]}
        rows.append({**row, **({"value": values[name]} if values is not None else {})})
    if form.json:
        as_json(rows)
        return
    shown = [{k: "–" if v in ("", (), [], {}) else v for k, v in row.items()} for row in rows]
    show(shown, tuple(rows[0]), caption="In birlik.toml of the data folder, or BIRLIK_NAME in the environment.")


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

    say(application().generate_completion(shell=shell))
