"""Spooled pages: there or not there, never half there."""

import json
import os
import stat
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from include import lake
from include.errors import Stop, Wait
from include.window import Window

WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def place(**more) -> lake.Place:
    given = {"source": "shopify", "account": "tiny.myshopify.com", "stream": "orders", "window": WINDOW}
    return lake.Place(**{**given, "run_id": "scheduled__2026-03-02T06:00:00+00:00", **more})


def spooled(root: str, lines: list[bytes], people: int = 0, bad: int = 0, **more) -> str:
    with lake.Spool(root, place(**more)) as spool:
        for line in lines:
            spool.add(line)
        for number in range(people):
            spool.add_person(b'{"customer_key":"%d"}' % number)
        for number in range(bad):
            spool.add_bad(b'{"scope":"%d","field":"id","reason":"missing"}' % number)
        return spool.finish({"stream": "orders"})


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.fixture(params=["path", "file-uri", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {
        "path": str(tmp_path / "a lake"),
        "file-uri": (tmp_path / "a lake").as_uri(),
        "memory": f"memory://lake-{os.getpid()}-{time.monotonic_ns()}",
    }[request.param]


def test_what_was_spooled_is_read_back(root: str):
    lines = [b'{"s":"%d"}' % number for number in range(1000)]
    uri = spooled(root, lines, people=3, bad=2)
    manifest = lake.read_manifest(uri)
    assert list(lake.read_lines(uri, manifest)) == lines
    assert [row["customer_key"] for row in lake.read_vault(uri, manifest)] == ["0", "1", "2"]
    assert len(list(lake.read_quarantine(uri, manifest))) == manifest["put_aside"] == 2
    assert (manifest["lines"], manifest["stream"]) == (1000, "orders")


def test_an_empty_window_is_an_extraction_too(root: str):
    uri = spooled(root, [])
    manifest = lake.read_manifest(uri)
    assert list(lake.read_lines(uri, manifest)) == []
    assert (manifest["pages"], manifest["vault"], manifest["quarantined"]) == ([], None, None)


def test_long_extractions_are_cut_into_pages_and_read_in_bounded_memory(tmp_path: Path):
    line = b'{"p":"' + os.urandom(1500).hex().encode() + b'"}'
    tracemalloc.start()
    uri = spooled(str(tmp_path), [line] * 10_000)
    manifest = lake.read_manifest(uri)
    assert sum(1 for _ in lake.read_lines(uri, manifest)) == 10_000
    assert tracemalloc.get_traced_memory()[1] < 25_000_000
    tracemalloc.stop()
    assert len(manifest["pages"]) == 58


def test_the_vault_is_deleted_alone_and_twice(root: str):
    uri = spooled(root, [b"{}"], people=2)
    manifest = lake.read_manifest(uri)
    lake.delete_vault(uri, manifest)
    lake.delete_vault(uri, manifest)
    assert list(lake.read_vault(uri, manifest)) == []
    assert list(lake.read_lines(uri, manifest)) == [b"{}"]


def test_files_are_for_their_owner_only(tmp_path: Path):
    spooled(str(tmp_path), [b"{}"], people=1, bad=1)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_an_extraction_that_fails_leaves_nothing(root: str):
    def extract() -> None:
        with lake.Spool(root, place()) as spool:
            for _ in range(3):
                spool.add(b"x" * lake.PAGE_BYTES)
            spool.add_person(b"{}")
            raise Wait("the vendor went away")

    with pytest.raises(Wait):
        extract()
    assert lake.manifests(root) == []
    if not root.startswith("memory"):
        assert files(Path(urlsplit(root).path.replace("%20", " "))) == []


def test_a_killed_extraction_is_cleared_by_the_next_attempt_of_its_run_only(tmp_path: Path):
    def killed(run_id: str) -> lake.Spool:
        spool = lake.Spool(str(tmp_path), place(run_id=run_id))
        spool.__enter__()
        spool.add(b"x" * lake.PAGE_BYTES)
        return spool

    ours, theirs = killed("ours"), killed("theirs")
    finished = spooled(str(tmp_path), [b"{}"], run_id="finished")
    lake.clear_leftovers(str(tmp_path), "shopify", "tiny.myshopify.com", "orders", "ours")
    assert lake.manifests(str(tmp_path)) == [finished]
    assert len(files(tmp_path)) == 3
    with pytest.raises(Wait, match="taken over"), ours:
        ours.finish({})
    with theirs:
        theirs.finish({})
    assert len(lake.manifests(str(tmp_path))) == 2


def test_a_manifest_is_written_once(tmp_path: Path):
    """An attempt that slept must not replace what the next has written and loaded."""
    first, second = (lake.Spool(str(tmp_path), place(run_id="same")) for _ in range(2))
    with second:
        second.add(b"{}")
        uri = second.finish({"who": "second"})
    first.__enter__()
    first.add(b"[]")
    with pytest.raises(Wait, match="taken over"), first:
        first.finish({"who": "first"})
    assert lake.read_manifest(uri)["who"] == "second"
    assert list(lake.read_lines(uri, lake.read_manifest(uri))) == [b"{}"]


def test_old_leftovers_are_swept_and_nothing_else(tmp_path: Path):
    spool = lake.Spool(str(tmp_path), place(run_id="killed"))
    spool.__enter__()
    spool.add(b"x" * lake.PAGE_BYTES)
    uri = spooled(str(tmp_path), [b"{}"], run_id="finished")
    now = datetime.now(UTC)
    beside = Path(uri.removeprefix("file://")).parent
    for name in (".manifest.json.12345678", "vault-of-one-who-came-too-late.jsonl.zst"):
        (beside / name).touch()
    assert lake.sweep(str(tmp_path), now - timedelta(hours=1)) == 0
    assert lake.sweep(str(tmp_path), now + timedelta(hours=1)) == 3
    spool.__exit__()
    assert lake.manifests(str(tmp_path)) == [uri]


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_damaged_page_is_refused_before_a_line_of_it_is_read(tmp_path: Path, damage: str):
    uri = spooled(str(tmp_path), [b'{"s":"1"}'])
    manifest = lake.read_manifest(uri)
    page = next(tmp_path.rglob("pages-*"))
    if damage == "gone":
        page.unlink()
    else:
        packed = page.read_bytes()
        page.write_bytes(packed[:-3] if damage == "cut" else packed[:-1] + b"?")
    with pytest.raises(Stop, match="pull again"):
        next(lake.read_lines(uri, manifest))


@pytest.mark.parametrize("content", [None, b"{", b""])
def test_no_manifest_no_data(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(Wait if content is None else Stop, match="manifest"):
        lake.read_manifest((tmp_path / "manifest.json").as_uri())


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../../etc", "a\\b", "*", "ü %2F", "-", "~"])
def test_names_cannot_leave_their_folder(tmp_path: Path, name: str):
    uri = spooled(str(tmp_path / "lake"), [b"{}"], account=name, run_id=name)
    path = Path(urlsplit(uri).path)
    depth = len(path.parent.parts) - len((tmp_path / "lake").parts)
    assert depth == 5
    assert lake.manifests(str(tmp_path / "lake"), run_id=name if name != "*" else "*") == [uri]
    assert list(lake.read_lines(uri, lake.read_manifest(uri))) == [b"{}"]


def test_extractions_are_found_by_any_of_their_names(root: str):
    orders = spooled(root, [])
    products = spooled(root, [], stream="products")
    again = spooled(root, [], run_id="again")
    assert set(lake.manifests(root)) == {orders, products, again}
    assert lake.manifests(root, stream="products") == [products]
    assert lake.manifests(root, "shopify", "tiny.myshopify.com", "orders", "again") == [again]
    assert lake.manifests(root, "odoo") == []


def test_deleting_takes_the_manifest_and_its_files(root: str):
    uri, kept = spooled(root, [b"{}"], people=1, bad=1), spooled(root, [b"{}"], run_id="kept")
    lake.delete(uri)
    assert lake.manifests(root) == [kept]
    if not root.startswith("memory"):
        assert len(files(Path(urlsplit(root).path.replace("%20", " ")))) == 2


def test_a_manifest_is_plain_json_with_counts_and_hashes(tmp_path: Path):
    spooled(str(tmp_path), [b"{}"])
    manifest = json.loads(next(tmp_path.rglob("manifest.json")).read_bytes())
    assert manifest["pages"][0]["lines"] == 1
    assert len(manifest["pages"][0]["sha256"]) == 64
