"""Wire to rows: what a file says becomes claims with their source, and stays as it came beside them."""

from birlik.domains.cooperation.intake.declared import INTAKES

__all__ = ["INTAKES"]
