"""RFC 9457 problem details."""

import pytest

from birlik.errors import OutOfRange
from birlik.standards.problem import Problem


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        pytest.param(
            Problem(status=404, title="Not Found"),
            {"type": "about:blank", "title": "Not Found", "status": 404},
            id="the status says it all",
        ),
        pytest.param(
            Problem(
                type="urn:birlik:problem:malformed",
                status=400,
                title="Malformed",
                detail="eventTime has no offset",
                instance="urn:uuid:1",
                extensions={"pointer": "/epcisBody/eventList/0/eventTime"},
            ),
            {
                "type": "urn:birlik:problem:malformed",
                "title": "Malformed",
                "status": 400,
                "detail": "eventTime has no offset",
                "instance": "urn:uuid:1",
                "pointer": "/epcisBody/eventList/0/eventTime",
            },
            id="everything, and an extension beside it",
        ),
    ],
)
def test_a_problem_is_a_flat_object_without_empty_members(problem, expected):
    assert problem.to_dict() == expected


@pytest.mark.parametrize(
    "changes", [{"status": 99}, {"status": 600}, {"extensions": {"status": 200}}], ids=["99", "600", "hides a member"]
)
def test_what_the_standard_has_no_room_for_is_said(changes):
    with pytest.raises(OutOfRange):
        Problem(**({"status": 400, "title": "Bad Request"} | changes))
