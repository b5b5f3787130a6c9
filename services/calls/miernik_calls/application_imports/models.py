"""Table of the findings of lists. The lists themselves are in ``applications/models.py``: versions refer to them."""

from miernik_calls.tables import metadata
from miernik_shared.stored_findings import finding_table

import_finding = finding_table(metadata, "import_finding", "import_no")
