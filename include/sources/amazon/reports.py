"""Reports 2021-06-30: feedback and returned goods, as files.

Quirks:

* A report is asked for, waited for and fetched from a signed address that is good for five minutes. An address that
  has died is asked for anew.
* CANCELLED means that there was nothing to report, and is an empty answer. FATAL means that Amazon failed.
* The file is zipped and tab-separated, without quotes, in windows-1252 (Japan: Shift JIS, some reports: UTF-8).
* Both files hold what buyers wrote, and the feedback the address by which Amazon relays mail to them. Only listed
  columns leave this module; the file is deleted at once.
* The feedback's columns have names in the marketplace's language, so they are taken by place; its dates are written as
  people there write them: 3/9/26 is the ninth of March in the US and the third of September in Britain.
* The feedback report knows neutral and negative ratings (one to three stars) only.
"""

import gzip
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from include.errors import FixCredentials, Stop, Wait
from include.sources.amazon.client import Amazon
from include.sources.base import Page, Record
from include.window import Window

log = logging.getLogger(__name__)

PATH = "/reports/2021-06-30"
HOSTS = frozenset(
    {
        "tortuga-prod-na.s3-external-1.amazonaws.com",
        "tortuga-prod-na.s3.amazonaws.com",
        "tortuga-prod-eu.s3-eu-west-1.amazonaws.com",
        "tortuga-prod-eu.s3.eu-west-1.amazonaws.com",
        "tortuga-prod-fe.s3-us-west-2.amazonaws.com",
        "tortuga-prod-fe.s3.us-west-2.amazonaws.com",
    }
)
"""Where Amazon keeps documents, by region; the option `document_hosts` adds to them."""

PATIENCE = 3600.0
ADDRESSES = 3
MOST_BYTES = 256_000_000
LONGEST_RETURNS = timedelta(days=60)
US, JAPAN = "ATVPDKIKX0DER", "A1VC38T7YXB528"

FEEDBACK_FIELDS = "order_id marketplace_id date@ rating#"
RETURN_FIELDS = """license_plate_number marketplace_id return_date@ order_id sku asin fnsku quantity#
fulfillment_center_id detailed_disposition reason status"""


def pull_feedback(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Neutral and negative ratings given in the window."""
    for marketplace in amazon.marketplaces:
        rows = _report(amazon, "GET_SELLER_FEEDBACK_DATA", marketplace, window)
        yield Page([_feedback(row, marketplace) for row in rows[1:] if len(row) > 4])


def pull_returns(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Units that came back to Amazon's warehouses in the window."""
    wanted = {name.rstrip("#@") for name in RETURN_FIELDS.split()}
    for marketplace in amazon.marketplaces:
        for piece in window.tiles(LONGEST_RETURNS):
            rows = _report(amazon, "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", marketplace, piece)
            names = [name.strip().lower().replace("-", "_") for name in rows[0]] if rows else []
            records = (dict(zip(names, row, strict=False)) for row in rows[1:])
            yield Page(
                [
                    {name: value for name, value in record.items() if name in wanted}
                    | {"marketplace_id": marketplace}
                    for record in records
                ]
            )


def _feedback(row: list[str], marketplace: str) -> Record:
    return {
        "order_id": row[4],
        "marketplace_id": marketplace,
        "date": _day(row[0], month_first=marketplace == US),
        "rating": row[1],
    }


def _day(text: str, month_first: bool) -> str:
    """`3/9/26`, `09.03.2026` or `2026/03/09` as an ISO day; what is none of them is left for the projection to refuse."""
    parts = text.strip().replace(".", "/").replace("-", "/").split("/")
    try:
        first, second, third = map(int, parts)
        if first > 31:
            return date(first, second, third).isoformat()
        year = third + 2000 if third < 100 else third
        month, day = (first, second) if month_first else (second, first)
        return date(year, month, day).isoformat()
    except ValueError:
        return text


# ---------------------------------------------------------------------------- one report


def _report(amazon: Amazon, kind: str, marketplace: str, window: Window) -> list[list[str]]:
    """The file's lines as cells, its header first; nothing when there is nothing to report."""
    end = min(window.end, datetime.now(UTC))
    if end <= window.start:
        return []
    body = {
        "reportType": kind,
        "marketplaceIds": [marketplace],
        "dataStartTime": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
        "dataEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }
    report_id = amazon.post("create_report", f"{PATH}/reports", body)["reportId"]
    document = _finished(amazon, kind, str(report_id))
    if document is None:
        return []
    with TemporaryDirectory(prefix="nightshift-report-") as folder:
        file = Path(folder) / "document"
        zipped = _fetch(amazon, document, file)
        text = _decoded(_bytes(amazon, file, zipped), marketplace)
    return [line.split("\t") for line in text.splitlines() if line.strip()]


def _finished(amazon: Amazon, kind: str, report_id: str) -> str | None:
    """The document's id once the report is done, None when it was cancelled for want of data."""
    started, pause = amazon.clock.monotonic(), 0.1
    while True:
        report = amazon.get("report", f"{PATH}/reports/{report_id}")
        status = report["processingStatus"]
        if status == "DONE":
            return str(report["reportDocumentId"])
        if status == "CANCELLED":
            log.info("%s: %s has nothing to report", amazon.name, kind)
            return None
        if status == "FATAL":
            raise Wait(f"{amazon.name}: report {kind} ({report_id}) ended FATAL", timedelta(minutes=15))
        if status not in ("IN_QUEUE", "IN_PROGRESS"):
            raise Stop(f"{amazon.name}: report {kind} is in a state we do not know")
        if amazon.clock.monotonic() - started > PATIENCE:
            raise Wait(f"{amazon.name}: report {kind} is still {status}", timedelta(minutes=15))
        amazon.clock.sleep(pause)
        pause = min(30.0, pause * 2)


def _fetch(amazon: Amazon, document: str, to: Path) -> bool:
    """Download the document; whether it is zipped. Who refuses a signed address has seen it expire."""
    hosts = HOSTS | frozenset(amazon.account.options.get("document_hosts") or ())
    for _ in range(ADDRESSES):
        told: dict[str, Any] = amazon.get("document", f"{PATH}/documents/{document}")
        try:
            amazon.download(told["url"], to, hosts)
        except FixCredentials:
            continue
        return told.get("compressionAlgorithm") == "GZIP"
    raise Wait(f"{amazon.name}: a report's addresses expire before they are used")


def _bytes(amazon: Amazon, file: Path, zipped: bool) -> bytes:
    """The document unpacked, so much of it and no more: a small file can unfold to gigabytes."""
    try:
        with gzip.open(file) if zipped else file.open("rb") as document:
            data: bytes = document.read(MOST_BYTES + 1)
    except (OSError, EOFError):
        raise Wait(f"{amazon.name}: a report's document is cut or broken") from None
    if len(data) > MOST_BYTES:
        raise Stop(f"{amazon.name}: a report's document holds more than {MOST_BYTES:,} bytes")
    return data


def _decoded(data: bytes, marketplace: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932" if marketplace == JAPAN else "cp1252", "replace")
