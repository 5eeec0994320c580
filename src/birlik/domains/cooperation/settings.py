"""What a node can say of this domain: `[cooperation]` in its settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from birlik.kernel.domain import DomainSettings

SCHEMAS = ("project-schema.json", "project-package-schema.json")


def _folder(folder: Path | None) -> Path | None:
    if folder is not None and (absent := [name for name in SCHEMAS if not (folder / name).is_file()]):
        raise ValueError(f"a folder with the schema of OC4IDS as it ships: {absent[0]} isn't there")
    return folder


class CooperationSettings(DomainSettings):
    oc4ids_schema: Annotated[Path | None, AfterValidator(_folder)] = None
    """A folder with the schema of OC4IDS as it is: `project-schema.json`, `project-package-schema.json`, `codelists`.
    Without it packages are held against our own checks only."""

    @property
    def limits(self) -> Mapping[str, int | float | str]:
        """Where the schema is; empty where there is none."""
        return {"oc4ids_schema": str(self.oc4ids_schema or "")}
