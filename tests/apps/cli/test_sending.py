"""A delivery goes to its own protocol where there is one, else as a file."""

from datetime import UTC, datetime

import pytest

from birlik.apps.cli.sending import Address
from birlik.kernel.domain import Delivery

ADDRESS = Address("127.0.0.1", 8080, {"application/x-pings": "/pings"})


def delivery(**changes):
    given = {"body": b"", "media_type": "application/x-pings", "source_id": "s"}
    return Delivery(**{**given, "received_time": datetime(2026, 3, 1, tzinfo=UTC), **changes})


@pytest.mark.parametrize(
    ("sent", "first_line", "also"),
    [
        (delivery(parameters={"query": "id=1&lat=2"}), "POST /pings?id=1&lat=2 HTTP/1.1", "Birlik-Source: s"),
        (
            delivery(body=b"{}", parameters={"content_type": "application/json"}),
            "POST /pings HTTP/1.1",
            "Content-Type: application/json",
        ),
        (
            delivery(body=b"a,b", media_type="text/x-rows", filename="a b.csv", parameters={"profile": "p"}),
            "POST /api/v1/deliveries?profile=p&intake=text%2Fx-rows&filename=a+b.csv HTTP/1.1",
            "Content-Length: 3",
        ),
    ],
    ids=["a fix by query", "a fix as JSON", "a file"],
)
def test_a_delivery_is_sent_as_its_supplier_would(sent, first_line, also):
    head, _, body = ADDRESS.request(sent).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == first_line
    assert also in lines
    assert body == sent.body
