"""What people do: say something, put another in its place, withdraw it, publish it; say who is the same as whom; what
persons allow, and what is said of them by that."""

from birlik.domains.cooperation.acts import claims, identity, people, rounds

ACTS = (*claims.ACTS, *identity.ACTS, *people.ACTS, *rounds.ACTS)
