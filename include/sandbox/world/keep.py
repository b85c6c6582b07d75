"""Keeps the company between runs, so that tomorrow it is the same company a day older.

`world.json` holds the anchor and what the company was made from; beside it lies the built world, good
for one version of this code. The anchor outlives the code: a newer version tells the same days again.
"""

import hashlib
import io
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from include.sandbox.world import model
from include.sandbox.world.build import Anchor, build_at, new_anchor
from include.sandbox.world.config import WorldConfig
from include.sandbox.world.memory import uncollected
from include.sandbox.world.model import World

STORED = "world.json"
LEFT_AHEAD = timedelta(days=7)
SIDE_FILES = ("stock.csv", "suppliers.csv", "costs.csv")


def load_or_build(config: WorldConfig, cache_dir: Path) -> World:
    """The kept company if its days still reach a week beyond today, else the same company told further."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    today, made_from = config.company_today(), _fingerprint(config)
    anchor = _stored_anchor(cache_dir / STORED, made_from)
    if anchor is None or today <= anchor.first_day:
        anchor = new_anchor(config)
    elif today + LEFT_AHEAD > anchor.last_day:
        anchor = _reaching_further(anchor, config)
    kept = cache_dir / f"world-{_digest(made_from, repr(anchor), _code_version())[:16]}.pickle"
    world = _load(kept)
    if world is None:
        world, anchor = build_at(config, anchor)
        kept = cache_dir / f"world-{_digest(made_from, repr(anchor), _code_version())[:16]}.pickle"
        _write(cache_dir / STORED, _anchor_json(anchor, made_from))
        _write(kept, _dump(world))
        for old in cache_dir.glob("world-*.pickle"):
            if old != kept:
                old.unlink(missing_ok=True)
    return world


def _reaching_further(anchor: Anchor, config: WorldConfig) -> Anchor:
    """A repeating book goes on from where it began; a replayed one is moved anew, as it has ended."""
    if config.order_book is not None:
        return new_anchor(config)
    return replace(anchor, last_day=config.company_today() + timedelta(days=config.ahead_days))


def _fingerprint(config: WorldConfig) -> str:
    """What decides the company, apart from the day: the settings and the contents of a shop's own files."""
    settings = {field.name: str(getattr(config, field.name)) for field in fields(config)}
    del settings["today"]
    if config.order_book is not None:
        files = [config.order_book, *(config.order_book.parent / name for name in SIDE_FILES)]
        settings["order_book"] = _digest(*(_content(file) for file in files))
    return _digest(json.dumps(settings, sort_keys=True))


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "none"


def _code_version() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return _digest(sys.version, *(source.read_text() for source in sources))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stored_anchor(path: Path, made_from: str) -> Anchor | None:
    try:
        stored = json.loads(path.read_text())
        if stored.pop("made_from") != made_from:
            return None
        days = {name: date.fromisoformat(stored[name]) for name in ("today", "first_day", "last_day")}
        return Anchor(**days, shift_weeks=stored["shift_weeks"])
    except (FileNotFoundError, ValueError, KeyError, AttributeError):
        return None


def _anchor_json(anchor: Anchor, made_from: str) -> bytes:
    return json.dumps({**asdict(anchor), "made_from": made_from}, default=str, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when two processes write at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(name, path)


def _dump(world: World) -> bytes:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    kinds = [kind for kind in vars(model).values() if isinstance(kind, type) and is_dataclass(kind)]
    pickler.dispatch_table = {kind: _by_fields(kind) for kind in kinds}
    pickler.dump(world)
    return buffer.getvalue()


def _by_fields(kind: type[Any]) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """Facts are stored as their constructor's arguments: far faster to read back than their state."""
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda fact: (kind, values(fact))


def _load(path: Path) -> World | None:
    """The built world, or None when it is not there or cannot be read."""
    try:
        with uncollected():
            return pickle.loads(path.read_bytes())
    except (FileNotFoundError, EOFError, pickle.UnpicklingError):
        return None
