"""A filter language that the aviary speaks itself, as protocols do: `species eq 'owl' and not cage_id/name eq 'north'`.

    or := and ('or' and)*      and := not ('and' not)*      not := 'not' not | '(' or ')' | test
    test := field ('eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') value | 'has(' field ')'

It compiles to the kernel's query: nothing here knows of SQL, views or rows.
"""

import re
from dataclasses import dataclass

from birlik.errors import BadRequest
from birlik.kernel.domain import Answer, Call, Endpoint, Expression, Field, Literal, Property, Term, Type

WORDS = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w/]*)|(?P<sign>[()]))"
)
TESTS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
Token = tuple[str, str]


def tokens(text: str) -> list[Token]:
    """(kind, word). Raises BadRequest with the place of what is no word."""
    made, at = [], 0
    while text[at:].strip():
        found = WORDS.match(text, at)
        if found is None:
            raise BadRequest(f"$filter: {text[at:].strip()[:20]!r} is no word of this language", parameter="$filter")
        made.append((str(found.lastgroup), found[str(found.lastgroup)]))
        at = found.end()
    return made


@dataclass
class Reading:
    """The words that are left."""

    left: list[Token]

    def whole(self) -> Expression:
        made = self._either()
        if self.left:
            raise BadRequest(f"$filter: {self.left[0][1]!r} stands where it ends", parameter="$filter")
        return made

    def _either(self) -> Expression:
        made = [self._both()]
        while self._takes("or"):
            made.append(self._both())
        return made[0] if len(made) == 1 else Term("or", tuple(made))

    def _both(self) -> Expression:
        made = [self._one()]
        while self._takes("and"):
            made.append(self._one())
        return made[0] if len(made) == 1 else Term("and", tuple(made))

    def _one(self) -> Expression:
        if self._takes("not"):
            return Term("not", (self._one(),))
        if self._takes("("):
            made = self._either()
            self._needs(")")
            return made
        if self.left[:1] == [("name", "has")]:
            self.left.pop(0)
            self._needs("(")
            field = self._field()
            self._needs(")")
            return Term("not", (Term("isNull", (field,)),))
        field, (_, test) = self._field(), self._next()
        if test not in TESTS:
            raise BadRequest(f"$filter: {test!r} is none of {', '.join(TESTS)}", parameter="$filter")
        return Term(TESTS[test], (field, self._value()))

    def _field(self) -> Property:
        kind, word = self._next()
        if kind != "name":
            raise BadRequest(f"$filter: {word!r} is no field", parameter="$filter")
        return Property(tuple(word.split("/")))

    def _value(self) -> Literal:
        kind, word = self._next()
        if kind == "text":
            return Literal(word[1:-1].replace("''", "'"))
        if kind == "number":
            return Literal(float(word) if "." in word else int(word))
        raise BadRequest(f"$filter: {word!r} is no value", parameter="$filter")

    def _next(self) -> Token:
        if not self.left:
            raise BadRequest("$filter: it ends too early", parameter="$filter")
        return self.left.pop(0)

    def _takes(self, word: str) -> bool:
        if self.left and self.left[0][1] == word and self.left[0][0] != "text":
            self.left.pop(0)
            return True
        return False

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise BadRequest(f"$filter: {word!r} is missing", parameter="$filter")


def compiled(text: str) -> Expression:
    """Raises BadRequest."""
    return Reading(tokens(text)).whole()


async def _birds(call: Call) -> Answer:
    where = [compiled(text) for text in call.query.get("$filter", [])]
    rows = await call.run(lambda: call.reader.rows("aviary_bird", where=where, order=("bird_id",)).to_pylist())
    return Answer(body={"value": [{"@id": row["bird_id"], "name": row["name"]} for row in rows]})


BIRDS = Endpoint(
    methods=("GET",),
    path="/aviary/v1/birds",
    handle=_birds,
    summary="Birds, by a filter of this protocol's own",
    operation_id="birds",
    tags=("aviary",),
    parameters=(Field(name="$filter", type=Type.TEXT, description="species eq 'owl' and cage_id/name ne 'north'"),),
)
