"""What people do: say something, put another in its place, withdraw it, publish what was sent; say who is the same as
whom; what persons allow, and what is said of them by that; call for proposals, apply, review and decide;
write to one another; organise an event, and register for one; post what one offers or
seeks, and ask for introductions."""

from birlik.domains.cooperation.acts import (
    applications,
    asking,
    calls,
    claims,
    identity,
    introductions,
    letters,
    offers,
    people,
    programme,
    proposed,
    registration,
    reviews,
    rounds,
    sent,
)

REMINDERS = (asking.DUE, people.ENDING)
"""What is told when its time comes."""
ACTS = (
    *claims.ACTS,
    *sent.ACTS,
    *identity.ACTS,
    *people.ACTS,
    *rounds.ACTS,
    *calls.ACTS,
    *applications.ACTS,
    *asking.ACTS,
    *reviews.ACTS,
    *letters.ACTS,
    *proposed.ACTS,
    *programme.ACTS,
    *registration.ACTS,
    *offers.ACTS,
    *introductions.ACTS,
)
