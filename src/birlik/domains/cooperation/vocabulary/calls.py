"""What calls, applications and reviews can be, and how far two scores may be apart."""

from enum import StrEnum

APPLICANT = "To judge the application, to tell the applicant, and to hold the talk where it is accepted."
"""What an applicant's name and address are kept for."""
APPLICANT_DAYS = 730
HOST, ORGANISER, REVIEWER = "cooperation_host", "cooperation_organiser", "cooperation_reviewer"
"""Duties: opens calls; sees what is sent for one, and decides; judges what they are asked to."""
LOWEST, HIGHEST = 1, 5
"""Of a score."""
FAR_APART = 2
"""Where the means of two reviews, or their scores by one criterion, differ by this, a third is asked."""
USUAL_CRITERIA = ("relevance", "soundness", "use to others")


class Standing(StrEnum):
    """Of a call."""

    OPEN = "open"
    CLOSED = "closed"


class Stage(StrEnum):
    """Of an application."""

    SENT = "sent"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"
    DIFFERS = "differs"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OVER = (Stage.ACCEPTED, Stage.DECLINED, Stage.WITHDRAWN)
"""Of an application that nobody judges any more."""


class Part(StrEnum):
    """Of what one reviewer is asked."""

    ASKED = "asked"
    TOLD = "told"
    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"
    """Not asked, since they have something in common with it: organisers are told, and the reviewer isn't."""


class Interest(StrEnum):
    """With what a reviewer has something in common."""

    ORGANISATION = "organisation"
    DOMAIN = "domain"
    PERSON = "person"
    PART = "part"
