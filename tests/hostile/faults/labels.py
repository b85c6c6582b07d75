"""Bodies that are not what they are called."""

import gzip
from collections.abc import Iterator

from tests.hostile.faults.fault import FOR_EVER, PAGE, Fault, body, repacked
from tests.hostile.wire import Wire


def labels() -> Iterator[Fault]:
    yield Fault("gzip", repacked(gzip.compress, Content_Encoding="gzip"), "complete", times=FOR_EVER)
    yield Fault(
        "gzip twice",
        repacked(lambda b: gzip.compress(gzip.compress(b)), Content_Encoding="gzip, gzip"),
        "complete",
    )
    yield Fault("called gzip and plain", repacked(bytes, Content_Encoding="gzip"), "complete")
    yield Fault("called deflate and gzip", repacked(gzip.compress, Content_Encoding="deflate"), "complete")
    yield Fault("called zstd and plain", repacked(bytes, Content_Encoding="zstd"), "complete")
    yield Fault("cut gzip", repacked(lambda b: gzip.compress(b)[:-9], Content_Encoding="gzip"), "complete")
    yield Fault(
        "an encoding nobody knows", repacked(bytes, Content_Encoding="pied-piper"), "complete", times=FOR_EVER
    )
    yield Fault(
        "called text", repacked(bytes, Content_Type="text/plain; charset=latin-1"), "complete", times=FOR_EVER
    )
    yield Fault("a web page", body(PAGE, Content_Type="text/html"), "complete")
    yield Fault("a web page called JSON", body(b"\n  " + PAGE), "complete", times=2)
    yield Fault("a web page for ever", body(PAGE, Content_Type="text/html"), "error", times=FOR_EVER)
    yield Fault("a web page called JSON for ever", body(b"\n  " + PAGE), "error", times=FOR_EVER)
    yield Fault("nothing", body(b""), "complete")
    yield Fault("nothing for ever", body(b""), "error", times=FOR_EVER)
    yield Fault("204", lambda visit: Wire(204), "complete")
    yield Fault("UTF-16", repacked(in_utf_16), "complete")


def in_utf_16(text: bytes) -> bytes:
    """The same words; a file that came packed stays so."""
    if text.startswith(b"\x1f\x8b"):
        return gzip.compress(gzip.decompress(text).decode("cp1252").encode("utf-16"))
    return text.decode().encode("utf-16")
