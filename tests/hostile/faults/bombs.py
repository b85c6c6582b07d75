"""Bodies that unfold, nest or go on without measure."""

import zlib
from collections.abc import Iterator
from typing import Any

import zstandard

from tests.hostile.faults.fault import FOR_EVER, Fault
from tests.hostile.proxy import Spoil
from tests.hostile.wire import Wire

MEGABYTE = bytes(1 << 20)


def gzipped() -> Iterator[bytes]:
    """10 GB of zeros, as gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(10_000):
        yield block


def zstandard_frames() -> Iterator[bytes]:
    """1 GB a frame of a hundred bytes or so, for ever."""
    frame = zstandard.ZstdCompressor(level=19).compress(bytes(1 << 27))
    while True:
        yield frame


def spaces() -> Iterator[bytes]:
    """A body that never ends."""
    while True:
        yield b" " * (1 << 16)


def bomb(parts: Any, encoding: str = "gzip") -> Spoil:
    return lambda visit: Wire(endless=parts).labelled(Content_Encoding=encoding)


SIZES = {
    "a list in a list": lambda: b"[" * 100_000 + b"]" * 100_000,
    "an object in an object": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "too many lists": lambda: b"[" + b"[]," * 20_000_000 + b"[]]",
    "too many objects": lambda: b"[" + b"{}," * 20_000_000 + b"{}]",
    "too many names": lambda: _names(5_500_000),
    "a number of a million digits": lambda: b'{"data": ' + b"9" * 1_000_000 + b"}",
    "a fraction of a million digits": lambda: b'{"data": 0.' + b"9" * 1_000_000 + b"}",
    "one text": lambda: b'"' + b"x" * 60_000_000 + b'"',
}


def _names(many: int) -> bytes:
    """An object of so many names. It is made in the process whose growth is measured, so with no more than its own size."""
    made = bytearray(b"{")
    for number in range(many):
        made += b'"%d":1,' % number
    made[-1:] = b"}"
    return bytes(made)


def bombs() -> Iterator[Fault]:
    yield Fault("10 GB as gzip", bomb(gzipped), "error", times=FOR_EVER)
    yield Fault("endless zstd", bomb(zstandard_frames, "zstd"), "error", times=FOR_EVER)
    yield Fault("a body without end", bomb(spaces, "identity"), "error", times=FOR_EVER)
    for name, made in SIZES.items():
        yield Fault(name, lambda visit, made=made: Wire(body=made()), "error", times=FOR_EVER)
