"""HOME/inbox/privacy: where requests are dropped as files, since nothing here listens to the outside.

    *.http   a webhook of Shopify as it was delivered (headers, an empty line, the body)
    *.json   {"kind": "erasure", "email": "…"}; also phone, or source and vendor_id; received_at and reference if known

Write under another name (`….part`) and rename. A file that is taken becomes a request and is deleted; one that cannot
be taken, for whatever reason, goes to `set-aside/` with a `….why.txt` beside it, and nothing is done; the others are taken.
"""

import hmac
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from include.errors import FixCredentials, Stop, Wait
from include.privacy import webhooks
from include.privacy.requests import take_request
from include.privacy.subjects import Subject
from include.privacy.webhooks import Secret
from include.settings import Settings

log = logging.getLogger(__name__)

LARGEST, LONGEST_REFERENCE, LONGEST_NAME = 1 << 20, 200, 50
FORMS = ("access", "erasure", "opt_out")


@dataclass(frozen=True)
class Taken:
    """How many files became requests, had been taken before, and were set aside."""

    taken: int = 0
    known: int = 0
    set_aside: int = 0


def folder(settings: Settings) -> Path:
    """The inbox; made when missing, readable by its owner only."""
    path = settings.home / "inbox" / "privacy"
    for one in (path.parent, path, path / "set-aside"):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def take_in(settings: Settings, secrets: Sequence[Secret] | None) -> Taken:
    """Take every file that lies there. Without `secrets` (None) webhooks are left lying for who knows them.

    Raises Stop, after all others were taken, when one can neither be taken nor set aside.
    """
    counts = dict.fromkeys(("taken", "known", "set_aside"), 0)
    stuck = 0
    for file in sorted(folder(settings).iterdir()):
        if file.suffix not in (".http", ".json") or not file.is_file() or file.is_symlink():
            continue
        if file.suffix == ".http" and secrets is None:
            continue
        try:
            number = _take(settings, file, secrets or ())
            file.unlink()
            counts["taken" if number else "known"] += 1
        except FileNotFoundError:
            continue  # somebody else has taken it meanwhile
        except Exception as error:
            if _is_the_warehouses(error):
                raise
            aside = _set_aside(file, error)
            counts["set_aside"] += aside
            stuck += not aside
    if stuck:
        raise Stop(
            f"{stuck} of the privacy inbox's files can neither be taken nor set aside; see whose they are"
        )
    return Taken(**counts)


def waiting(settings: Settings) -> tuple[int, int]:
    """(files not taken yet, files set aside)."""
    inbox = folder(settings)
    lying = [file for file in inbox.iterdir() if file.suffix in (".http", ".json")]
    aside = [file for file in (inbox / "set-aside").iterdir() if not file.name.endswith(".why.txt")]
    return len(lying), len(aside)


def _is_the_warehouses(error: Exception) -> bool:
    """Whether it is the warehouse that cannot take anything now, and not this file that nobody could take."""
    is_about_data = isinstance(error, psycopg.DataError)
    return isinstance(error, (Wait, FixCredentials, psycopg.Error)) and not is_about_data


def _take(settings: Settings, file: Path, secrets: Sequence[Secret]) -> int | None:
    if file.stat().st_size > LARGEST:
        raise Stop(f"the file is larger than {LARGEST >> 20} MiB")
    content = file.read_bytes()
    if file.suffix == ".http":
        asked = webhooks.read(content, secrets)
        return take_request(
            settings, asked.kind, asked.subject, via="shopify", reference=asked.webhook_id, received_at=asked.received_at
        )  # fmt: skip
    told = _form(content)
    reference = str(told.get("reference") or _fingerprint(settings, file, content))
    if not reference.isprintable() or len(reference) > LONGEST_REFERENCE:
        raise Stop(
            f"`reference` has to be a text of at most {LONGEST_REFERENCE} characters, all of them printable"
        )
    return take_request(
        settings,
        told["kind"],
        _subject(told),
        via="inbox",
        reference=reference,
        received_at=_when(told, file),
    )


def _form(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise Stop("the file is no JSON") from None
    if not isinstance(told, dict) or told.get("kind") not in FORMS:
        raise Stop(f"`kind` has to be one of {', '.join(FORMS)}")
    return told


def _subject(told: dict[str, Any]) -> Subject:
    if told.get("source") and told.get("vendor_id"):
        more = {name: told.get(name) for name in ("account", "email", "phone")}
        return Subject.of_vendor(str(told["source"]), str(told["vendor_id"]), more.pop("account"), **more)
    return Subject.checked({name: told.get(name) for name in ("email", "phone")})


def _when(told: dict[str, Any], file: Path) -> datetime:
    """When the person asked, else when the file was written."""
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    try:
        moment = datetime.fromisoformat(str(told.get("received_at")))
    except ValueError:
        return written
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fingerprint(settings: Settings, file: Path, content: bytes) -> str:
    """The same file twice (we died before deleting it) is one request; the same wish next year is another."""
    told = os.fsencode(file.name) + f"/{file.stat().st_mtime_ns}/".encode() + content
    return hmac.digest(settings.secret("suppression"), told, "sha256").hex()[:32]


def _set_aside(file: Path, error: Exception) -> bool:
    """Whether that worked. Of errors that are not ours only the kind is told: the rest may quote the file."""
    why = str(error) if isinstance(error, Stop) else f"the file cannot be taken: {type(error).__name__}"
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{file.stem[:LONGEST_NAME]}{file.suffix}"
    place = file.parent / "set-aside" / name
    try:
        os.replace(file, place)
        place.with_name(f"{name}.why.txt").write_text(f"{why}\n", encoding="utf-8")
        place.chmod(0o600)
    except OSError as trouble:
        log.error("a file of the privacy inbox cannot be set aside: %s; %s", type(trouble).__name__, why)
        return False
    log.error("a file of the privacy inbox was set aside: %s", why)
    return True
