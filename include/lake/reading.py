"""Reading a finished extraction back."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import zstandard

from include.errors import Stop
from include.lake.places import Manifest, at

LARGEST_PAGE = 256 << 20


def read_manifest(uri: str) -> Manifest:
    """The manifest at a URI. Stop when there is none or it is not one."""
    try:
        found = json.loads(at(uri).read_bytes())
    except FileNotFoundError:
        raise Stop(f"there is no manifest at {uri}") from None
    except ValueError:
        raise Stop(f"{uri} is not a manifest") from None
    return found


def read_lines(uri: str, manifest: Manifest) -> Iterator[bytes]:
    """The observations, page by page. Stop when a page is missing or not what the manifest says."""
    for page in manifest["pages"]:
        file = at(uri).parent / page["name"]
        try:
            packed = file.read_bytes()
        except FileNotFoundError:
            raise Stop(f"{uri}: the page {page['name']} is missing; pull again") from None
        if hashlib.sha256(packed).hexdigest() != page["sha256"]:
            raise Stop(f"{uri}: the page {page['name']} is not the one that was written; pull again")
        lines = zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST_PAGE).splitlines()
        if len(lines) != page["lines"]:
            raise Stop(f"{uri}: the page {page['name']} holds {len(lines)} lines instead of {page['lines']}")
        yield from lines


def read_quarantine(uri: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """What could not be used: `{"scope", "field", "reason"}` each."""
    return _stream(uri, manifest["quarantined"])


def read_vault(uri: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The people; nobody once they have been loaded and deleted here."""
    return _stream(uri, manifest["vault"] and manifest["vault"]["name"])


def delete_vault(uri: str, manifest: Manifest) -> None:
    """Remove the people of an extraction that has been loaded. Doing it again does nothing."""
    if manifest["vault"]:
        (at(uri).parent / manifest["vault"]["name"]).unlink(missing_ok=True)


def _stream(uri: str, name: str | None) -> Iterator[dict[str, Any]]:
    file = at(uri).parent / name if name else None
    if file is None or not file.exists():
        return
    with (
        file.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as text,
    ):
        for line in io.BufferedReader(text):
            yield json.loads(line)
