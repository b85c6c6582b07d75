"""Writing one extraction: pages, quarantine and people, then the manifest, which makes it be there."""

import hashlib
import json
import secrets
from tempfile import TemporaryFile
from typing import Any

import zstandard

from include.errors import Wait
from include.lake.places import MANIFEST, Manifest, Place, remove_empty, uri_of, write

PAGE_BYTES = 1 << 19


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
            remove_empty(self.folder)

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
        """Write the manifest, atomically and last; returns its URI. Wait when another attempt of the run has written
        one, or has removed these files."""
        try:
            return self._finish(manifest)
        except (FileExistsError, FileNotFoundError):
            raise Wait(f"another attempt of run {self.folder.name} has taken over") from None

    def _finish(self, manifest: Manifest) -> str:
        pages, people, bad = self._pages.close(), self._vault.close(), self._bad.close()
        for file in (*pages, *people, *bad):
            (self.folder / file["name"]).stat()
        listed = {
            "lines": self.lines,
            "bytes": self._pages.bytes,
            "put_aside": self.put_aside,
            "pages": pages,
            "vault": people[0] if people else None,
            "quarantined": bad[0]["name"] if bad else None,
        }
        write(self.folder / MANIFEST, json.dumps(manifest | listed, indent=1).encode())
        self._done = True
        return uri_of(self.folder / MANIFEST)


class _Pages:
    """Files of about half a megabyte of text each, compressed, with their hashes."""

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
        write(self.folder / name, packed)


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
            write(self.folder / name, self._draft)
        return self.files

    def leave(self, keep: bool) -> None:
        self._draft.close()
        super().leave(keep)

    def _store(self, packed: bytes, lines: int) -> None:
        self._digest.update(packed)
        self._draft.write(packed)
