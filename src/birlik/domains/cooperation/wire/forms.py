"""All standards that records come in, by name."""

from collections.abc import Mapping

from birlik.domains.cooperation.wire.bibtex import BIBTEX
from birlik.domains.cooperation.wire.csl_json import CSL_JSON
from birlik.domains.cooperation.wire.form import Form
from birlik.domains.cooperation.wire.oc4ids import OC4IDS
from birlik.domains.cooperation.wire.openalex import OPENALEX
from birlik.domains.cooperation.wire.ris import RIS
from birlik.domains.cooperation.wire.ror import ROR

FORMS: Mapping[str, Form] = {form.name: form for form in (OC4IDS, ROR, OPENALEX, BIBTEX, RIS, CSL_JSON)}
WORKS: Mapping[str, Form] = {form.name: form for form in (OPENALEX, BIBTEX, RIS, CSL_JSON)}
"""Those of works: each can be written as any other."""
