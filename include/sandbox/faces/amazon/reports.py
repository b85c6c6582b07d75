"""Reports 2021-06-30: asked for, waited for, fetched from a signed address, unpacked.

Quirks kept: IN_QUEUE at the first look, IN_PROGRESS at the second; CANCELLED when there is nothing to report; FATAL
for a type named by the state's document `amazon_fatal_report`; the address is good for five minutes; the file is
tab-separated, zipped, in windows-1252, one row per unit returned, and holds what buyers wrote.
"""

import gzip
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request, Response

from include.sandbox.faces import Sandbox
from include.sandbox.faces.amazon.asked import text_of
from include.sandbox.faces.amazon.errors import invalid, not_found
from include.sandbox.world.model import Marketplace

URL_SECONDS = 300.0
REPORTS, FATAL = "amazon_report", "amazon_fatal_report"
FEEDBACK, RETURNS = "GET_SELLER_FEEDBACK_DATA", "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
FEEDBACK_COLUMNS = ("Date", "Rating", "Comments", "Response", "Order ID", "Rater Email")
RETURN_COLUMNS = [
    "return-date",
    "order-id",
    "sku",
    "asin",
    "fnsku",
    "product-name",
    "quantity",
    "fulfillment-center-id",
    "detailed-disposition",
    "reason",
    "status",
    "license-plate-number",
    "customer-comments",
]
NEUTRAL = 3  # the report holds neutral and negative feedback only

Row = tuple[str, ...]


class Reports:
    """Reports asked for, kept in the sandbox's state."""

    def __init__(self, sandbox: Sandbox, market: Marketplace):
        self._sandbox, self._market = sandbox, market
        self._writers: dict[str, tuple[Iterable[str], Callable[[datetime, datetime], Iterator[Row]]]] = {
            FEEDBACK: (FEEDBACK_COLUMNS, self._feedback),
            RETURNS: (RETURN_COLUMNS, self._returns),
        }

    def create(self, body: Any) -> dict[str, str]:
        """202: the report's id."""
        if not isinstance(body, dict) or not body.get("marketplaceIds") or not body.get("reportType"):
            raise invalid("reportType and marketplaceIds are required.")
        if body["reportType"] not in self._writers:
            raise invalid(f"Report type {body['reportType']} is not supported.")
        start, end = _moment(body, "dataStartTime"), _moment(body, "dataEndTime")
        if start and end and end < start:
            raise invalid("dataEndTime lies before dataStartTime.")
        report_id = str(50_000_000 + self._sandbox.state.count(REPORTS) + 1)
        now = self._sandbox.clock.now()
        report = {
            "reportType": body["reportType"],
            "marketplaceIds": body["marketplaceIds"],
            "dataStartTime": (start or now - timedelta(days=1)).isoformat(),
            "dataEndTime": (end or now).isoformat(),
            "looks": 0,
        }
        self._sandbox.state.put(REPORTS, report_id, report)
        return {"reportId": report_id}

    def show(self, report_id: str) -> dict[str, Any]:
        """The report; each look brings it a step further."""
        report = self._sandbox.state.get(REPORTS, report_id)
        if report is None:
            raise not_found(f"Report {report_id}")
        report["looks"] += 1
        self._sandbox.state.put(REPORTS, report_id, report)
        done = self._end(report) if report["looks"] > 2 else None
        told = {
            "reportId": report_id,
            "reportType": report["reportType"],
            "marketplaceIds": report["marketplaceIds"],
            "dataStartTime": text_of(datetime.fromisoformat(report["dataStartTime"])),
            "dataEndTime": text_of(datetime.fromisoformat(report["dataEndTime"])),
            "createdTime": text_of(datetime.now(UTC)),
            "processingStatus": done or ("IN_QUEUE", "IN_PROGRESS")[report["looks"] - 1],
        }
        if done == "DONE":
            told["reportDocumentId"] = f"amzn1.spdoc.1.4.na.{report_id}"
        return told

    def document(self, document_id: str, request: Request) -> dict[str, str]:
        """Where the document lies, for five minutes."""
        report_id = document_id.rpartition(".")[2]
        if self._sandbox.state.get(REPORTS, report_id) is None:
            raise not_found(f"Report document {document_id}")
        until, signature = time.time() + URL_SECONDS, secrets.token_hex(16)
        self._sandbox.state.put("amazon_document", signature, {"report": report_id, "until": until})
        url = (
            f"{_address(request)}/amazon/documents/{report_id}?X-Amz-Expires=300&X-Amz-Signature={signature}"
        )
        return {"reportDocumentId": document_id, "url": url, "compressionAlgorithm": "GZIP"}

    def download(self, report_id: str, signature: str) -> Response:
        """The file itself, as the storage behind the address serves it: no token, no JSON."""
        signed = self._sandbox.state.get("amazon_document", signature)
        if signed is None or signed["report"] != report_id or signed["until"] < time.time():
            refusal = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
            return Response(refusal, 403, media_type="application/xml")
        report: dict[str, Any] = self._sandbox.state.get(REPORTS, report_id) or {}
        lines = ["\t".join(row) for row in self._rows(report)]
        text = "\r\n".join([*lines, ""]).encode("cp1252", "replace")
        return Response(gzip.compress(text), media_type="binary/octet-stream")

    # ------------------------------------------------------------------ contents

    def _end(self, report: dict[str, Any]) -> str:
        if self._sandbox.state.get(FATAL, report["reportType"]):
            return "FATAL"
        return "DONE" if len(self._rows(report)) > 1 else "CANCELLED"

    def _rows(self, report: dict[str, Any]) -> list[Row]:
        """The header and what follows."""
        columns, write = self._writers[report["reportType"]]
        if self._market.marketplace_id not in report["marketplaceIds"]:
            return [tuple(columns)]
        end = min(datetime.fromisoformat(report["dataEndTime"]), self._sandbox.clock.now())
        return [tuple(columns), *write(datetime.fromisoformat(report["dataStartTime"]), end)]

    def _feedback(self, start: datetime, end: datetime) -> Iterator[Row]:
        zone = ZoneInfo(self._market.timezone)
        for order in self._market.orders:
            if order.rated_at and order.rating and order.rating <= NEUTRAL and start <= order.rated_at <= end:
                day = order.rated_at.astimezone(zone)
                email = f"{order.id.replace('-', '')}@marketplace.amazon.com"
                comment = "Not what I expected – très déçu, says Buyer of my street"
                yield (f"{day.month}/{day.day}/{day:%y}", str(order.rating), comment, "", order.id, email)

    def _returns(self, start: datetime, end: datetime) -> Iterator[Row]:
        listings = {listing.seller_sku: listing for listing in self._market.listings}
        for order in self._market.orders:
            skus = {line.id: line.seller_sku for line in order.lines}
            for refund in order.refunds if order.fulfilled_by == "AMAZON" else ():
                for place, line in enumerate(refund.lines):
                    if not line.disposition or not line.returned_at or not start <= line.returned_at <= end:
                        continue
                    sku = skus[line.line_id]
                    listing = listings.get(sku)
                    asin, title = (listing.asin, listing.title) if listing else ("", sku)
                    for unit in range(line.quantity):
                        plate = f"LPN{refund.id}-{place}-{unit}"
                        yield (
                            line.returned_at.astimezone(UTC).isoformat(timespec="seconds"), order.id, sku, asin,
                            f"X{asin[1:]}", title, "1", "ONT8", line.disposition, line.reason,
                            "Unit returned to inventory", plate, "Buyer of my street says: trop petit – déçu",
                        )  # fmt: skip


def parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid("The body is not JSON.") from None


def _moment(body: dict[str, Any], name: str) -> datetime | None:
    if not body.get(name):
        return None
    try:
        moment = datetime.fromisoformat(body[name])
    except (TypeError, ValueError):
        raise invalid(f"{name} is not in ISO 8601 format.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _address(request: Request) -> str:
    """Where we really listen, for a client may send any Host; a name it knows us by is believed all the same."""
    host, port = request.scope["server"]
    named = request.headers.get("Host", "").rpartition(":")
    if named[2] == str(port) and not named[0].replace(".", "").isdigit():
        host = named[0]
    return f"http://{host}:{port}"
