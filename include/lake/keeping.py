"""Keeping house in the lake: what is there, and what has to go."""

from datetime import datetime
from typing import Any

from include.lake.places import MANIFEST, at, remove_empty, segment, uri_of
from include.lake.reading import read_manifest


def manifests(
    lake: str, source: str = "*", account: str = "*", stream: str = "*", run_id: str = "*"
) -> list[str]:
    """URIs of finished extractions, by path; the names may be `*`. Loading them in any order gives the same."""
    names = [name if name == "*" else segment(name) for name in (source, account, stream, "*", run_id)]
    root = at(lake)
    if not root.exists():
        return []
    return sorted(uri_of(found) for found in root.glob("/".join([*names, MANIFEST])))


def delete(uri: str) -> None:
    """Remove an extraction, also one that cannot be read: the manifest first, so that nobody finds half of it."""
    path = at(uri)
    path.unlink(missing_ok=True)
    _empty(path.parent)


def clear_leftovers(lake: str, source: str, account: str, stream: str, run_id: str) -> None:
    """Remove what an earlier attempt of this run left without a manifest."""
    root = at(lake)
    names = (*map(segment, (source, account, stream)), "*", segment(run_id))
    for folder in list(root.glob("/".join(names))) if root.exists() else ():
        if not (folder / MANIFEST).exists():
            _empty(folder)


def sweep(lake: str, before: datetime) -> int:
    """Remove what interrupted extractions left before an instant; returns how many files went."""
    root, gone = at(lake), 0
    if not root.exists():
        return 0
    for file in list(root.glob("*/*/*/*/*/*")):
        if file.stat().st_mtime >= before.timestamp() or not _is_left_over(file):
            continue
        file.unlink(missing_ok=True)
        gone += 1
        remove_empty(file.parent)
    return gone


def _empty(folder: Any) -> None:
    for file in list(folder.iterdir()) if folder.exists() else ():
        file.unlink(missing_ok=True)
    remove_empty(folder)


def _is_left_over(file: Any) -> bool:
    """Whatever has no manifest; beside one, drafts, and people it does not speak of (of an attempt that came too late)."""
    manifest = file.parent / MANIFEST
    if not manifest.exists() or file.name.startswith("."):
        return True
    if not file.name.startswith("vault-"):
        return False
    vault = read_manifest(uri_of(manifest))["vault"]
    return vault is None or vault["name"] != file.name
