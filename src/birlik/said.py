"""A sentence that knows what it was made of, so that it can be said again in another language.

What goes wrong with a delivery is told to people of several languages, years after it was found. So a reason is kept
as its English words, its template, and the values inside.
"""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any


class Said(str):
    """`Said("{name} is empty", name="time")` is the text "time is empty", and remembers both parts.

    A value may be a sentence of its own, or a list of such, which are read one after the other. Without values the
    template is the text, whatever braces it has.
    >>> str(Said("no known profile: {why}", why=Said("{name} is empty", name="time")))
    'no known profile: time is empty'
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> "Said":
        plain = {name: _plain(value) for name, value in values.items()}
        made = super().__new__(cls, _filled(template, plain, str))
        made.template, made.values = template, plain
        return made

    def __getnewargs_ex__(self) -> Any:
        return (self.template,), dict(self.values)


def parts(text: str) -> tuple[str, dict[str, Any]]:
    """(template, values as JSON has them) of any text; one that isn't `Said` is its own template.

    >>> parts(Said("{n} columns", n=3)), parts("a fault")
    (('{n} columns', {'n': 3}), ('a fault', {}))
    """
    if not isinstance(text, Said):
        return text, {}
    return text.template, {name: _as_json(value) for name, value in text.values.items()}


def again(template: str, values: Mapping[str, Any], translate: Callable[[str], str | None]) -> str:
    """The sentence of `parts` in the language of `translate`. A translation that speaks of what isn't there gives way.

    >>> again("{n} columns", {"n": 3}, {"{n} columns": "{n} баған"}.get)
    '3 баған'
    """
    made = {name: _read(value) for name, value in values.items()}
    try:
        return _filled(translate(template) or template, made, lambda said: again(*parts(said), translate))
    except (KeyError, IndexError, ValueError, AttributeError):
        return _filled(template, made, str)


def outline(template: str, translate: Callable[[str], str | None]) -> str:
    """What all sentences of one template have in common, in a language; `…` stands where they differ.

    >>> outline("line {n} is no {encoding} text", {}.get)
    'line … is no … text'
    """
    try:
        return Formatter().vformat(translate(template) or template, (), _Ellipses())
    except (KeyError, IndexError, ValueError, AttributeError):
        return template  # braces that name no value


class _Ellipsis:
    def __format__(self, how: str) -> str:
        return "…"

    __repr__ = __str__ = lambda self: "…"


class _Ellipses(dict[str, _Ellipsis]):
    def __missing__(self, name: str) -> _Ellipsis:
        return _Ellipsis()


def _filled(template: str, values: Mapping[str, Any], inner: Callable[["Said"], str]) -> str:
    if not values:
        return template
    return template.format_map({name: _inside(value, inner) for name, value in values.items()})


def _inside(value: Any, inner: Callable[["Said"], str]) -> Any:
    if isinstance(value, Said):
        return inner(value)
    if isinstance(value, (list, tuple)):
        return "; ".join(str(_inside(each, inner)) for each in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_plain(each) for each in value)
    if value is None or isinstance(value, (Said, bool, int, float)):
        return value
    # numpy's numbers are numbers, too; anything else is what it says of itself.
    return value.item() if hasattr(value, "item") else str(value)


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_as_json(each) for each in value]
    if isinstance(value, Said):
        template, values = parts(value)
        return {"template": template, "values": values}
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(each) for each in value]
    if isinstance(value, dict) and "template" in value:
        return Said(str(value["template"]), **{n: _read(v) for n, v in dict(value.get("values") or {}).items()})
    return value
