"""What people do: say something, put another in its place, withdraw it, publish it; say who is the same as whom."""

from birlik.domains.cooperation.acts import claims, identity

ACTS = (*claims.ACTS, *identity.ACTS)
