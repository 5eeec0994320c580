"""How a person is erased, run: the `sh` blocks of the how-to in their order, on one node, as the tutorial's are."""

from collections.abc import Iterator

import pytest
from tests.docs.test_access import HOW_TO, Closed
from tests.docs.test_tutorial import ROOT, blocks, missing

pytestmark = pytest.mark.timeout(900)
TEXT = HOW_TO / "erase-a-person.md"


class WithExamples(Closed):
    """What lies in `examples/` can be imported."""

    @property
    def environment(self) -> dict[str, str]:
        given = super().environment
        return {**given, "PYTHONPATH": f"{ROOT / 'examples'}:{given.get('PYTHONPATH', '')}"}


@pytest.fixture
def shell(tmp_path: object) -> Iterator[WithExamples]:
    made = WithExamples(tmp_path)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.stop()


def test_every_command_prints_what_the_text_shows_and_nothing_is_left(shell: WithExamples) -> None:
    for block in blocks(TEXT.read_text(encoding="utf-8")):
        absent = missing(block.shown, shell.run(block.commands))
        assert absent is None, f"not printed: {absent}\n$ {block.commands}"
    left = [p.name for p in (shell.folder / "node").rglob("*") if p.is_file() and b"card-7" in p.read_bytes()]
    assert left == []
