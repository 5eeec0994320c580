"""What people do: say something, put another in its place, withdraw it, publish it; say who is the same as whom."""

from birlik.domains.cooperation.acts import claims, identity, rounds

ACTS = (*claims.ACTS, *identity.ACTS, *rounds.ACTS)
