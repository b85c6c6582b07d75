"""Spooled pages: everything a source said, as compressed JSON lines, before any database sees it.

    <lake>/<source>/<account>/<stream>/<window>/<run>/pages-….jsonl.zst
                                                      quarantine-….jsonl.zst  what could not be used, and why
                                                      vault-….jsonl.zst       people; gone once they are loaded
                                                      manifest.json           written last: without it, nothing is there

The lake is a local folder or any object store that fsspec knows, by URI. A line of a page is
`{"s": scope, "u": updated_at, "p": payload, "n": rows}`. Nothing here is held in memory beyond one page.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

import zstandard

from include.errors import Stop, Wait
from include.window import Window

PAGE_BYTES = 4 << 20
LARGEST_PAGE = 256 << 20
MANIFEST = "manifest.json"
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where one extraction lies below the lake."""

    source: str
    account: str
    stream: str
    window: Window
    run_id: str

    def folder(self, lake: str) -> Any:
        """The folder as a path object."""
        window = f"{self.window.start:%Y%m%dT%H%M%SZ}-{self.window.end:%Y%m%dT%H%M%SZ}"
        return _path(lake).joinpath(
            *map(_name, (self.source, self.account, self.stream, window, self.run_id))
        )


class Spool:
    """Writes one extraction. Until `finish` it does not exist for anybody; leaving the block early removes it.

    with Spool(lake, place) as spool:
        spool.add(line)
        uri = spool.finish(manifest)
    """

    def __init__(self, lake: str, place: Place):
        self.folder = place.folder(lake)
        # another writer of the same run may still be alive: names are never shared
        token = secrets.token_hex(4)
        self._pages = _Pages(self.folder, f"pages-{token}")
        self._vault = _OneFile(self.folder, f"vault-{token}")
        self._bad = _OneFile(self.folder, f"quarantine-{token}")
        self._done = False

    def __enter__(self) -> "Spool":
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for writer in (self._pages, self._vault, self._bad):
            writer.leave(keep=self._done)
        if not self._done:
            _remove_empty(self.folder)

    @property
    def lines(self) -> int:
        """How many observations were added."""
        return self._pages.lines

    @property
    def put_aside(self) -> int:
        """How many records were quarantined."""
        return self._bad.lines

    def add(self, line: bytes) -> None:
        """One observation, as JSON without a line break."""
        self._pages.add(line)

    def add_person(self, line: bytes) -> None:
        """One row for the vault."""
        self._vault.add(line)

    def add_bad(self, line: bytes) -> None:
        """One record that cannot be used: `{"scope", "field", "reason"}`."""
        self._bad.add(line)

    def finish(self, manifest: Manifest) -> str:
        """Write the manifest, atomically and last; returns its URI. Wait when the files are no longer all there."""
        pages, people, bad = self._pages.close(), self._vault.close(), self._bad.close()
        if not all((self.folder / file["name"]).exists() for file in (*pages, *people, *bad)):
            raise Wait(f"another attempt of run {self.folder.name} has taken over")
        listed = {
            "lines": self.lines,
            "bytes": self._pages.bytes,
            "put_aside": self.put_aside,
            "pages": pages,
            "vault": people[0] if people else None,
            "quarantined": bad[0]["name"] if bad else None,
        }
        _write(self.folder / MANIFEST, json.dumps(manifest | listed, indent=1).encode())
        self._done = True
        return _uri(self.folder / MANIFEST)


class _Pages:
    """Files of about 4 MB of text each, compressed, with their hashes."""

    def __init__(self, folder: Any, stem: str):
        self.folder, self.stem = folder, stem
        self.lines = self.bytes = 0
        self.files: list[dict[str, Any]] = []
        self._waiting: list[bytes] = []
        self._held = 0
        self._compressor = zstandard.ZstdCompressor(level=1)

    def add(self, line: bytes) -> None:
        self._waiting.append(line)
        self._held += len(line)
        if self._held >= PAGE_BYTES:
            self._flush()

    def close(self) -> list[dict[str, Any]]:
        """Write what is left; the files with their lines and hashes."""
        self._flush()
        return self.files

    def leave(self, keep: bool) -> None:
        for file in () if keep else self.files:
            (self.folder / file["name"]).unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._waiting:
            return
        text = b"\n".join(self._waiting) + b"\n"
        self._store(self._compressor.compress(text), len(self._waiting))
        self.lines += len(self._waiting)
        self.bytes += len(text)
        self._waiting, self._held = [], 0

    def _store(self, packed: bytes, lines: int) -> None:
        name = f"{self.stem}-{len(self.files) + 1:05}.jsonl.zst"
        self.files.append({"name": name, "lines": lines, "sha256": hashlib.sha256(packed).hexdigest()})
        _write(self.folder / name, packed)


class _OneFile(_Pages):
    """The same as one file, none when nothing was added. It waits outside the lake, which need not know appending."""

    def __init__(self, folder: Any, stem: str):
        super().__init__(folder, stem)
        self._draft = TemporaryFile()  # noqa: SIM115 - closed by leave()
        self._digest = hashlib.sha256()

    def close(self) -> list[dict[str, Any]]:
        self._flush()
        if self.lines and not self.files:
            name = f"{self.stem}.jsonl.zst"
            self._draft.seek(0)
            self.files.append({"name": name, "lines": self.lines, "sha256": self._digest.hexdigest()})
            _write(self.folder / name, self._draft)
        return self.files

    def leave(self, keep: bool) -> None:
        self._draft.close()
        super().leave(keep)

    def _store(self, packed: bytes, lines: int) -> None:
        self._digest.update(packed)
        self._draft.write(packed)


# ---------------------------------------------------------------------------- reading


def read_manifest(uri: str) -> Manifest:
    """The manifest at a URI. Stop when there is none or it is not one."""
    try:
        found = json.loads(_path(uri).read_bytes())
    except FileNotFoundError:
        raise Stop(f"there is no manifest at {uri}") from None
    except ValueError:
        raise Stop(f"{uri} is not a manifest") from None
    return found


def read_lines(uri: str, manifest: Manifest) -> Iterator[bytes]:
    """The observations, page by page. Stop when a page is missing or not what the manifest says."""
    for page in manifest["pages"]:
        file = _path(uri).parent / page["name"]
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
        (_path(uri).parent / manifest["vault"]["name"]).unlink(missing_ok=True)


def _stream(uri: str, name: str | None) -> Iterator[dict[str, Any]]:
    file = _path(uri).parent / name if name else None
    if file is None or not file.exists():
        return
    with (
        file.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as text,
    ):
        for line in io.BufferedReader(text):
            yield json.loads(line)


# ---------------------------------------------------------------------------- keeping house


def manifests(
    lake: str, source: str = "*", account: str = "*", stream: str = "*", run_id: str = "*"
) -> list[str]:
    """URIs of finished extractions, by path; the names may be `*`. Loading them in any order gives the same."""
    names = [name if name == "*" else _name(name) for name in (source, account, stream, "*", run_id)]
    root = _path(lake)
    if not root.exists():
        return []
    return sorted(_uri(found) for found in root.glob("/".join([*names, MANIFEST])))


def delete(uri: str) -> None:
    """Remove an extraction: the manifest first, so that nobody finds half of it."""
    manifest = read_manifest(uri)
    path = _path(uri)
    path.unlink()
    beside = [file["name"] for file in (*manifest["pages"], *filter(None, [manifest["vault"]]))]
    for name in (*beside, *filter(None, [manifest["quarantined"]])):
        (path.parent / name).unlink(missing_ok=True)
    _remove_empty(path.parent)


def clear_leftovers(lake: str, source: str, account: str, stream: str, run_id: str) -> None:
    """Remove what an earlier attempt of this run left without a manifest."""
    root = _path(lake)
    names = (*map(_name, (source, account, stream)), "*", _name(run_id))
    for folder in list(root.glob("/".join(names))) if root.exists() else ():
        if not (folder / MANIFEST).exists():
            for file in list(folder.iterdir()):
                file.unlink(missing_ok=True)
            _remove_empty(folder)


def sweep(lake: str, before: datetime) -> int:
    """Remove what interrupted extractions left before an instant; returns how many files went."""
    root, gone = _path(lake), 0
    if not root.exists():
        return 0
    for file in list(root.glob("*/*/*/*/*/*")):
        if (file.parent / MANIFEST).exists() or file.stat().st_mtime >= before.timestamp():
            continue
        file.unlink(missing_ok=True)
        gone += 1
        _remove_empty(file.parent)
    return gone


# ---------------------------------------------------------------------------- places


def _path(uri: str) -> Any:
    """A local path, or universal-pathlib's for any other store."""
    parts = urlsplit(uri)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path) if parts.scheme else uri)
    from upath import UPath

    return UPath(uri)


def _uri(path: Any) -> str:
    return path.absolute().as_uri() if isinstance(path, Path) else str(path)


def _name(text: str) -> str:
    """A name as one path segment: nothing in it may climb or nest."""
    return quote(text, safe="-_=@").replace(".", "%2E") if text.strip(".") == "" else quote(text, safe="-_=@")


def _write(path: Any, content: bytes | IO[bytes]) -> None:
    """All or nothing, readable by the owner alone. An object store's put is atomic by itself."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    if not isinstance(path, Path):
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        if path.name == MANIFEST:
            os.fsync(file.fileno())
    os.replace(draft, path)


def _remove_empty(folder: Any) -> None:
    """Empty folders up to the stream's; object stores have none."""
    for each in (folder, folder.parent) if isinstance(folder, Path) else ():
        try:
            each.rmdir()
        except OSError:
            return
