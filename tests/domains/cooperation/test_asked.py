"""How much a page of the registry asks of the store."""

from tests.support.everywhere import VIEW, client_of
from tests.support.nodes import principal
from tests.support.questions import questions

from birlik.kernel.node import Node


def test_an_entity_s_page_is_ten_questions_at_most(node: Node) -> None:
    """Two for who else it is, one for itself, one for what is said of it, one for what its values are called, two for
    when something was said of it, two for what names it and how that is called, one for records of it."""
    client = client_of(node, {"own": principal(node, "own")})  # nothing else goes on in this node meanwhile
    client.headers[VIEW] = "own"
    rows = client.get("/api/v1/tables/cooperation_entity", params={"kind": "organisation", "limit": 9}).json()["data"]
    ids = [row["entity_id"] for row in rows]
    assert len(ids) > 3
    client.get(f"/cooperation/entity/{ids[0]}?whole=1")  # what all pages share is asked once a step
    for entity_id in ids[1:]:  # each another one: none of what is asked has been asked before
        with questions(node) as asked:
            html = client.get(f"/cooperation/entity/{entity_id}?whole=1")
        assert html.status_code == 200
        assert 7 <= len(asked) <= 10, "\n".join(asked)
