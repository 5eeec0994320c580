"""Give the wheel the dependencies of requirements/*.in, so that they are written in one place."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RunRequirements(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = self._lines("run.in")
        metadata["optional-dependencies"] = {name: self._lines(f"{name}.in") for name in ("spark", "meaning")}

    def _lines(self, name: str) -> list[str]:
        lines = (Path(self.root) / "requirements" / name).read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]
