"""What was done: an append-only log whose past can't be changed unseen, where a head of it is kept elsewhere.

A Merkle log (RFC 6962's tree) in files of its own beside the journal. See docs/explanation/audit.md.
"""

from birlik.kernel.audit.files import FOLDER
from birlik.kernel.audit.lines import DONE, HERE, Line
from birlik.kernel.audit.log import Audit
from birlik.kernel.audit.reading import Reading, Shown, Where

__all__ = ["DONE", "FOLDER", "HERE", "Audit", "Line", "Reading", "Shown", "Where"]
