"""Empty sheets that the page on which files are tried offers, by intake and profile."""

from starlette.responses import Response

from birlik.apps.web.sight import Sight
from birlik.errors import Unknown
from birlik.standards.sheets.blank import blank_csv, blank_xlsx

PATH = "/try/sheet/{intake}/{profile}.{ending}"
FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def offered(sight: Sight) -> list[tuple[str, str]]:
    """(what it is, address without its ending) of each."""
    words = sight.words
    return [
        (words.t(intake.profiles.get(profile, intake.title)), f"/try/sheet/{intake.name}/{profile}")
        for intake in sight.node.declared_intakes
        for profile in intake.blank
    ]


def answered(sight: Sight, intake: str, profile: str, ending: str) -> Response:
    """Raises Unknown."""
    columns = next(
        (i.blank[profile] for i in sight.node.declared_intakes if i.name == intake and profile in i.blank), None
    )
    if columns is None or ending not in FORMS:
        raise Unknown(f"no page at /try/sheet/{intake}/{profile}.{ending}")
    words = sight.words
    told = [(name, words.t(takes)) for name, takes in columns]
    about = (words.t("What each column takes")[:31], words.t("column"), words.t("what it takes"))
    body = blank_csv(told) if ending == "csv" else blank_xlsx(told, profile[:31], about)
    head = {"content-disposition": f'attachment; filename="{profile}.{ending}"'}
    return Response(body, media_type=FORMS[ending], headers=head)
