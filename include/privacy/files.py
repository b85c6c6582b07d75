"""Files of the home that may name a person: logs, reports, exports, what dbt and Great Expectations wrote.

The lake's extractions are removed whole, and the simulated vendors' own memory is not ours to look into. Where a person
is named in a text, the letters are overwritten in place: a process that has the file open goes on writing to it.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import zstandard

from include.privacy.marks import Marks
from include.settings import Settings

LEFT_OUT = ("sandbox", "postgres", "books")
"""Folders of a home: the simulated vendors, the database's own files (searched by SQL), homes of other companies."""
TEXT = (".csv", ".eml", ".headers", ".html", ".http", ".json", ".jsonl", ".log", ".md", ".out", ".sql", ".svg", ".txt",
        ".xml", ".yml", "")  # fmt: skip
CHUNK, OVERLAP = 1 << 20, 1 << 10


@dataclass(frozen=True)
class Found:
    """So many rows, or one file, with a person in them."""

    place: str
    rows: int

    def __str__(self) -> str:
        return f"{self.place} ({self.rows})"


def files_of(settings: Settings) -> Iterator[Path]:
    """Every file of the home but those left out; the lake's are there when it lies in the home."""
    for top in sorted(settings.home.iterdir() if settings.home.exists() else ()):
        if top.name not in LEFT_OUT and not top.is_symlink():
            walk = top.rglob("*") if top.is_dir() else iter([top])
            yield from (file for file in walk if file.is_file() and not file.is_symlink())


def search(settings: Settings, marks: Marks) -> tuple[list[Found], int]:
    """Files with a person in their text or name, and how many were looked into. What cannot be read may hold anybody."""
    found, looked = [], 0
    for file in files_of(settings):
        looked += 1
        place = f"file {file.relative_to(settings.home).parent}/*{file.suffix}"
        try:
            if marks.are_in(os.fsencode(file.name)) or _is_in(file, marks):
                found.append(Found(place, 1))
        except OSError as error:
            found.append(Found(f"{place}, {type(error).__name__}", 1))
    return found, looked


def mask(settings: Settings, marks: Marks) -> int:
    """Overwrite a person in every text, delete exports made for them; returns how many files that were.

    One that cannot be read or written is left to the search, which finds it.
    """
    changed = 0
    for file in files_of(settings):
        if file.suffix not in TEXT:
            continue
        with suppress(OSError):
            if not _is_in(file, marks):
                continue
            if file.parent == exports(settings):
                file.unlink()
            else:
                _overwrite(file, marks)
            changed += 1
    return changed


def exports(settings: Settings) -> Path:
    """Where answers to access requests lie until retention takes them."""
    return settings.home / "privacy" / "exports"


def _is_in(file: Path, marks: Marks) -> bool:
    """Read piece by piece; a value that lies across two pieces is seen in their overlap."""
    try:
        with file.open("rb") as packed:
            text = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
            stream = text if file.suffix == ".zst" else packed
            before = b""
            while piece := stream.read(CHUNK):
                if marks.are_in(before + piece):
                    return True
                before = piece[-OVERLAP:]
    except (FileNotFoundError, zstandard.ZstdError):
        return False  # gone meanwhile, or no page at all
    return False


def _overwrite(file: Path, marks: Marks) -> None:
    if os.path.getsize(file) == 0:
        return
    with file.open("r+b") as text, mmap.mmap(text.fileno(), 0) as memory:
        for start, end in [hit.span() for hit in marks.pattern.finditer(memory)]:
            memory[start:end] = b"*" * (end - start)
