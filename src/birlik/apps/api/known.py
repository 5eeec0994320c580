"""A value that stands in no register which the reader sees is a slip, and told with what is nearest to it."""

from collections.abc import Mapping
from difflib import get_close_matches

from birlik.apps.api.declared import table_of
from birlik.apps.api.operations import API, Asked
from birlik.apps.api.question import Question
from birlik.errors import BadRequest
from birlik.kernel.domain import Filter
from birlik.kernel.tables import Field

NEAR = 0.5
"""Of difflib's ratio: less alike is no help."""
MOST_NEAR = 3


def must_be_known(asked: Asked, asks: Question, fields: Mapping[str, Field]) -> None:
    """Raises BadRequest for a value of a field that is a register's key, and is in that register for nobody like the
    reader. What is known and has no rows is an empty answer."""
    for test in (each for each in asks.where if isinstance(each, Filter)):
        of = fields[test.column].of
        if of is not None and test.operator in ("=", "!=", "in"):
            _in_register(asked, of.table, test)


def _in_register(asked: Asked, register: str, test: Filter) -> None:
    (key,) = table_of(asked.node, register).key
    given = test.value if test.operator == "in" else [test.value]
    reader = asked.reader()
    where = [Filter(column=key, operator="in", value=given)]
    found = set(reader.rows(register, where=where, columns=(key,)).column(key).to_pylist())
    for value in given:
        if value not in found:
            there_are = sorted(set(reader.rows(register, columns=(key,)).column(key).to_pylist()))
            near = get_close_matches(value, there_are, MOST_NEAR, NEAR)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            raise BadRequest(
                f"{test.column}: {value!r} is not known; {hint}{API}/tables/{register} names all", parameter=test.column
            )
