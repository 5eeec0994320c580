"""What a start makes again: nothing, where no fact and no declaration has changed."""

from tests.support.nodes import follow, opened


def test_a_node_that_is_opened_again_makes_nothing_again(tmp_path):
    with opened(tmp_path / "node", declared=None) as node:
        follow(node)
        now = node.clock.now()
    for later in range(1, 4):
        moment = now.replace(year=now.year + later)
        with opened(tmp_path / "node", declared=None) as again, again.store.step(moment) as step:
            assert step is not None
            assert not step.anew
