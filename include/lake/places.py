"""Where extractions lie: a local folder, or any object store that fsspec knows, by URI."""

import io
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

from include.window import Window

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
        return at(lake).joinpath(*map(segment, (self.source, self.account, self.stream, window, self.run_id)))


def at(uri: str) -> Any:
    """A local path, or universal-pathlib's for any other store."""
    parts = urlsplit(uri)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path) if parts.scheme else uri)
    from upath import UPath

    return UPath(uri)


def uri_of(path: Any) -> str:
    """The URI of a path object."""
    return path.absolute().as_uri() if isinstance(path, Path) else str(path)


def segment(text: str) -> str:
    """A name as one path segment: nothing in it may climb or nest."""
    return quote(text, safe="-_=@").replace(".", "%2E") if text.strip(".") == "" else quote(text, safe="-_=@")


def write(path: Any, content: bytes | IO[bytes]) -> None:
    """All or nothing, readable by the owner alone. An object store's put is atomic by itself.

    A manifest is written once: FileExistsError when there is one, for an attempt that slept must not replace what
    the next has written and loaded.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    if not isinstance(path, Path):
        if path.name == MANIFEST and path.exists():
            raise FileExistsError(str(path))
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
    if path.name != MANIFEST:
        os.replace(draft, path)
        return
    try:
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def remove_empty(folder: Any) -> None:
    """Empty folders up to the stream's; object stores have none."""
    for each in (folder, folder.parent) if isinstance(folder, Path) else ():
        try:
            each.rmdir()
        except OSError:
            return
