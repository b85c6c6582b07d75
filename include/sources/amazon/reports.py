"""Reports 2021-06-30: feedback and returned goods, as files.

Quirks:

* A report is asked for, waited for and fetched from a signed address that is good for five minutes. An address that
  has died is asked for anew.
* CANCELLED means that there was nothing to report, and is an empty answer. FATAL means that Amazon failed.
* The file is zipped and tab-separated, without quotes, in windows-1252 (Japan: Shift JIS, some reports: UTF-8). It is read
  line by line; what buyers wrote may hold any character but tab and line feed.
* Now and then a returned unit has no licence plate. It is known by order, SKU, instant and its place among such units.
* Both files hold what buyers wrote, and the feedback the address by which Amazon relays mail to them. Only listed
  columns leave this module; the file is deleted at once.
* The feedback's columns have names in the marketplace's language, so they are taken by place; its dates are written as
  people there write them: 3/9/26 is the ninth of March in the US and the third of September in Britain.
* The feedback report knows neutral and negative ratings (one to three stars) only.
"""

import gzip
import logging
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from include.errors import FixCredentials, Stop, Wait
from include.sources.amazon.client import Amazon
from include.sources.base import Page, Record
from include.sources.fields import tree
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
MOST_BYTES = 1_000_000_000
LONGEST_LINE = 1_000_000
PAGE_SIZE = 1000
LONGEST_RETURNS = timedelta(days=60)
US, JAPAN = "ATVPDKIKX0DER", "A1VC38T7YXB528"

COLUMNS = ["date", "rating", "comments", "response", "order id"]
"""Of the feedback, by place: their names are in the marketplace's language."""

FEEDBACK_FIELDS = "order_id marketplace_id date@ rating+"
RETURN_FIELDS = """license_plate_number marketplace_id return_date@! order_id! sku! asin fnsku quantity+
fulfillment_center_id detailed_disposition reason status"""


def pull_feedback(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Neutral and negative ratings given in the window."""
    for marketplace in amazon.marketplaces:
        with closing(_report(amazon, "GET_SELLER_FEEDBACK_DATA", marketplace, window)) as rows:
            if len(next(rows, COLUMNS)) < len(COLUMNS):
                raise Wait(f"{amazon.name}: a report of feedback has not the columns of one")
            yield from _paged(_feedback(row, marketplace) for row in rows)


def pull_returns(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Units that came back to Amazon's warehouses in the window."""
    for marketplace in amazon.marketplaces:
        for piece in window.tiles(LONGEST_RETURNS):
            kind = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
            with closing(_report(amazon, kind, marketplace, piece)) as rows:
                yield from _paged(_returned(amazon, rows, marketplace))


def _paged(records: Iterator[Record]) -> Iterator[Page]:
    while page := list(islice(records, PAGE_SIZE)):
        yield Page(page)


def _returned(amazon: Amazon, rows: Iterator[list[str]], marketplace: str) -> Iterator[Record]:
    wanted = set(tree(RETURN_FIELDS))
    header = next(rows, None)
    if header is None:
        return
    names = [name.strip().lower().replace("-", "_") for name in header]
    if not {"license_plate_number", "order_id", "return_date"} <= set(names):
        raise Wait(f"{amazon.name}: a report of returns has not the columns of one")
    unmarked: Counter[str] = Counter()
    for row in rows:
        unit = {name: value for name, value in zip(names, row, strict=False) if name in wanted}
        if unit.get("license_plate_number") == "" and unit.get("order_id"):
            like = "/".join(unit.get(name, "") for name in ("order_id", "sku", "return_date"))
            unmarked[like] += 1
            unit["license_plate_number"] = f"{like}/{unmarked[like]}"
        yield {**unit, "marketplace_id": marketplace}


def _feedback(row: list[str], marketplace: str) -> Record:
    """A row cut short has no order; the projection puts it aside, where it is counted."""
    return {
        "order_id": row[4] if len(row) > 4 else None,
        "marketplace_id": marketplace,
        "date": _day(row[0], month_first=marketplace == US),
        "rating": row[1] if len(row) > 1 else None,
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


def _report(amazon: Amazon, kind: str, marketplace: str, window: Window) -> Generator[list[str], None, None]:
    """The file's lines as cells, its header first; nothing when there is nothing to report."""
    end = min(window.end, datetime.now(UTC))
    if end <= window.start:
        return
    body = {
        "reportType": kind,
        "marketplaceIds": [marketplace],
        "dataStartTime": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
        "dataEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }
    report_id = amazon.post("create_report", f"{PATH}/reports", body)["reportId"]
    document = _finished(amazon, kind, str(report_id))
    if document is None:
        return
    with TemporaryFile() as file:
        zipped = _fetch(amazon, document, file)
        yield from _rows(amazon, file, zipped, marketplace)


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


def _fetch(amazon: Amazon, document: str, to: IO[bytes]) -> bool:
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


def _rows(amazon: Amazon, file: IO[bytes], zipped: bool, marketplace: str) -> Iterator[list[str]]:
    """The document's lines as cells, one at a time and so much of them and no more: a small file can unfold to gigabytes,
    or be one endless line."""
    size = 0
    try:
        with gzip.open(file) if zipped else nullcontext(file) as document:
            while line := document.readline(LONGEST_LINE + 1):
                size += len(line)
                if len(line) > LONGEST_LINE or size > MOST_BYTES:
                    most = LONGEST_LINE if len(line) > LONGEST_LINE else MOST_BYTES
                    raise Stop(f"{amazon.name}: a report's document or line holds more than {most:,} bytes")
                text = _decoded(line, marketplace).rstrip("\r\n")
                if text.strip():
                    yield text.split("\t")
        if not size:
            raise Wait(f"{amazon.name}: a report's document is empty, without so much as a header")
    except (OSError, EOFError, zlib.error):
        raise Wait(f"{amazon.name}: a report's document is cut or broken") from None


def _decoded(line: bytes, marketplace: str) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp932" if marketplace == JAPAN else "cp1252", "replace")
