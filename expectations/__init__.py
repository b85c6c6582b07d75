"""What a night should look like: one module per gate. Imported only inside the build's task (GX is slow to import)."""

from expectations.lightly import import_great_expectations

import_great_expectations()
