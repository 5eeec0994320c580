"""What people do: say something, put another in its place, withdraw it, publish what was sent; say who is the same as
whom; what persons allow, and what is said of them by that."""

from birlik.domains.cooperation.acts import claims, identity, people, rounds, sent

ACTS = (*claims.ACTS, *sent.ACTS, *identity.ACTS, *people.ACTS, *rounds.ACTS)
