"""What a start makes again: nothing, where no fact and no declaration has changed."""

from tests.support.nodes import follow, opened


def test_a_node_that_is_opened_again_knows_its_registers_by_their_values(tmp_path):
    with opened(tmp_path / "node", declared=None) as node:
        follow(node)
        known = node.store._digest(node.store.registers())
        now = node.clock.now()
    for later in range(1, 4):
        with opened(tmp_path / "node", declared=None) as again:
            assert again.store._digest(again.store.registers()) == known
            with again.store.step(now.replace(year=now.year + later)) as step:
                assert step is not None
                assert not step.everything
