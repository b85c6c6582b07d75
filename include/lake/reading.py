"""Reading a finished extraction back."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import IO, Any

import zstandard

from include.errors import Stop, Wait
from include.lake.places import Manifest, at

LARGEST_PAGE = 256 << 20


class Damaged(Stop):
    """A file of an extraction is missing, or not as it was written."""


def read_manifest(uri: str) -> Manifest:
    """The manifest at a URI. Wait when there is none, Stop when it is not one."""
    try:
        found = json.loads(at(uri).read_bytes())
    except FileNotFoundError:
        raise _gone(uri) from None
    except ValueError:
        raise Stop(f"{uri} is not a manifest") from None
    return found


def read_lines(uri: str, manifest: Manifest) -> Iterator[bytes]:
    """The observations, page by page. Damaged when a page is missing or not what the manifest says, Wait when all is gone."""
    for page in manifest["pages"]:
        packed = _whole(uri, page)
        lines = zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST_PAGE).splitlines()
        if len(lines) != page["lines"]:
            raise Damaged(
                f"{uri}: the page {page['name']} holds {len(lines)} lines instead of {page['lines']}"
            )
        yield from lines


def read_quarantine(uri: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """What could not be used: `{"scope", "field", "reason"}` each."""
    return _stream(uri, manifest["quarantined"])


def read_vault(uri: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The people; nobody once they have been loaded and deleted here."""
    return _stream(uri, manifest["vault"] and manifest["vault"]["name"])


def read_whole_vault(uri: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The people who have never been loaded. Damaged when they are not those who were written, Wait when all is gone."""
    if manifest["vault"]:
        yield from _unpacked(io.BytesIO(_whole(uri, manifest["vault"])))


def delete_vault(uri: str, manifest: Manifest) -> None:
    """Remove the people of an extraction that has been loaded. Doing it again does nothing."""
    if manifest["vault"]:
        (at(uri).parent / manifest["vault"]["name"]).unlink(missing_ok=True)


def _whole(uri: str, listed: dict[str, Any]) -> bytes:
    """A file that the manifest lists, as it was written.

    Whoever is erased takes the extractions along that speak of them: then the next attempt asks the vendor again.
    """
    try:
        packed = (at(uri).parent / listed["name"]).read_bytes()
    except FileNotFoundError:
        if not at(uri).exists():
            raise _gone(uri) from None
        raise Damaged(f"{uri}: the file {listed['name']} is missing; pull again") from None
    if hashlib.sha256(packed).hexdigest() != listed["sha256"]:
        raise Damaged(f"{uri}: the file {listed['name']} is not the one that was written; pull again")
    return packed


def _gone(uri: str) -> Wait:
    return Wait(f"the extraction of the manifest {uri} is gone; try again")


def _stream(uri: str, name: str | None) -> Iterator[dict[str, Any]]:
    file = at(uri).parent / name if name else None
    if file is None or not file.exists():
        return
    with file.open("rb") as packed:
        yield from _unpacked(packed)


def _unpacked(packed: IO[bytes]) -> Iterator[dict[str, Any]]:
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as text:
        for line in io.BufferedReader(text):
            yield json.loads(line)
