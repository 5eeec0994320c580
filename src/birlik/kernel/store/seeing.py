"""The policy as SQL: the one test that stands below every question for rows."""


def seen_by(bit: int, alias: str = "") -> str:
    """SQL: the view may see the row. bit: the view's, as of `Principal.bit`; alias: what stands before `views`.

    A set that has this bit is at least as large as the bit alone. To say so changes no answer, and lets the engine
    leave out whole blocks by the bounds that it keeps of them: a test of bits alone it has to make of every row.
    """
    views = f"{alias}.views" if alias else "views"
    return f"({views} >= {bit} AND ({views} & {bit}) <> 0)"
