"""Spooled pages: everything a source said, as compressed JSON lines, before any database sees it.

    <lake>/<source>/<account>/<stream>/<window>/<run>/pages-….jsonl.zst
                                                      quarantine-….jsonl.zst  what could not be used, and why
                                                      vault-….jsonl.zst       people; gone once they are loaded
                                                      manifest.json           written last: without it, nothing is there

The lake is a local folder or any object store that fsspec knows, by URI. A line of a page is
`{"s": scope, "u": updated_at, "p": payload, "n": rows}`. Nothing here is held in memory beyond one page.
"""

from include.lake.ahead import ahead
from include.lake.keeping import clear_leftovers, delete, manifests, sweep
from include.lake.places import MANIFEST, Manifest, Place
from include.lake.reading import (
    Damaged,
    delete_vault,
    read_lines,
    read_manifest,
    read_quarantine,
    read_vault,
    read_whole_vault,
)
from include.lake.spool import PAGE_BYTES, Spool

__all__ = [
    "MANIFEST",
    "PAGE_BYTES",
    "Damaged",
    "Manifest",
    "Place",
    "Spool",
    "ahead",
    "clear_leftovers",
    "delete",
    "delete_vault",
    "manifests",
    "read_lines",
    "read_manifest",
    "read_quarantine",
    "read_vault",
    "read_whole_vault",
    "sweep",
]
