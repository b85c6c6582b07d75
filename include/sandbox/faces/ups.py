"""UPS: a token for the app's id and secret, and what the carrier tells of one number.

Quirks kept: only its own parcels; newest scan first, in local time and in GMT, `gmtTime` without leading zeros; a scan
turns up when it was told; numbers roll off after 120 days; a number never seen is 200 with a warning and no package, one
that rolled off 404, a malformed one 400; every number of the token's answer is text.
"""

import base64
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.parcels import Followed, parcels
from include.sandbox.truth.rules import destination_zone
from include.sandbox.world.model import Parcel, Scan

PREFIX = "/ups"
KEPT = timedelta(days=120)
TOKENS = "ups_token"
NUMBER = re.compile(r"[0-9A-Z]{7,34}")
REFUSALS = {
    "429": (429, "10429", "Too Many Requests"),
    "500": (500, "10500", "Internal Server Error"),
    "down": (503, "10503", "Service Unavailable"),
}
# status, detail (None: any other) → UPS's type, code, statusCode and words
STATUSES: dict[tuple[str, str | None], tuple[str, str, str, str]] = {
    ("pre_transit", None): (
        "M",
        "MP",
        "003",
        "Shipper created a label, UPS has not received the package yet.",
    ),
    ("in_transit", "received_at_origin_facility"): ("P", "OR", "005", "Origin Scan"),
    ("in_transit", "arrived_at_facility"): ("I", "AR", "005", "Arrived at Facility"),
    ("in_transit", "departed_facility"): ("I", "DP", "005", "Departed from Facility"),
    ("in_transit", "weather_delay"): ("X", "DJ", "007", "Adverse weather conditions caused this delay."),
    ("in_transit", "missorted"): ("X", "17", "007", "The package was missorted at the hub."),
    ("in_transit", "delivery_exception"): ("X", "A1", "007", "We need more information to deliver."),
    ("in_transit", None): ("I", "YP", "005", "Processing at UPS Facility"),
    ("out_for_delivery", None): ("I", "OT", "021", "Out For Delivery Today"),
    ("available_for_pickup", None): ("I", "ZP", "038", "Ready for customer pickup"),
    ("delivered", None): ("D", "KB", "011", "DELIVERED"),
    ("failure", "refused"): ("X", "05", "007", "The receiver refused the package."),
    ("failure", "damaged"): ("X", "29", "007", "The package was damaged in transit."),
    ("failure", "lost"): ("X", "74", "007", "The package could not be located."),
    ("failure", "address_correction"): ("X", "11", "007", "The address is incorrect."),
    ("failure", None): ("X", "48", "007", "The customer was not available; a 2nd attempt will be made."),
    ("return_to_sender", None): ("RS", "RS", "013", "Returned to sender"),
    ("cancelled", None): ("MV", "VM", "004", "Label voided"),
}
SERVICES = {
    "Ground": ("518", "011", "UPS Ground"),
    "2ndDayAir": ("002", "002", "UPS 2nd Day Air"),
}


class Refused(Exception):
    """UPS's error body and status."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status = status
        self.body = {"response": {"errors": [{"code": code, "message": message}]}}

    def response(self) -> Response:
        return _json(self.body, self.status)


def router(sandbox: Sandbox) -> APIRouter:
    """The token endpoint and `GET /api/track/v1/details/{number}`."""
    numbers = {one.parcel.tracking_code: one for one in parcels(sandbox.world) if one.parcel.carrier == "UPS"}
    routes = APIRouter(prefix=PREFIX)

    @routes.post("/security/v1/oauth/token")
    async def token(request: Request) -> Response:
        try:
            form = await request.form()
            return _json(_grant(sandbox, request, str(form.get("grant_type"))))
        except Refused as refused:
            return refused.response()

    @routes.get("/api/track/v1/details/{number}")
    async def details(number: str, request: Request) -> Response:
        try:
            _check(sandbox, request, number)
            return _json(_answer(number, numbers.get(number), sandbox))
        except Refused as refused:
            return refused.response()

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """An app's id and secret."""
    extra = {"account": "ups", "requests_per_second": 1000}
    login, password = credentials.UPS_CLIENT_ID, credentials.UPS_CLIENT_SECRET
    return [Connection("ups", PREFIX, login=login, password=password, extra=extra, simulates=("parcels",))]


def refusal(kind: str) -> Response | None:
    """UPS's own words for being limited, broken or down."""
    return Refused(*REFUSALS[kind]).response() if kind in REFUSALS else None


# ---------------------------------------------------------------------------- who may ask


def _grant(sandbox: Sandbox, request: Request, grant: str) -> dict[str, str]:
    scheme, _, code = request.headers.get("Authorization", "").partition(" ")
    given = base64.b64decode(code.encode() + b"==").decode("utf-8", "replace") if scheme == "Basic" else ""
    if given != f"{credentials.UPS_CLIENT_ID}:{credentials.UPS_CLIENT_SECRET}":
        raise Refused(401, "10401", "ClientId is Invalid")
    if grant != "client_credentials":
        raise Refused(400, "10400", "Invalid/Missing Authorization Header")
    token = secrets.token_urlsafe(48)
    sandbox.state.put(TOKENS, token, time.time() + sandbox.limits.token_seconds)
    return {
        "token_type": "Bearer",
        "issued_at": str(int(time.time() * 1000)),
        "client_id": credentials.UPS_CLIENT_ID,
        "access_token": token,
        "expires_in": str(max(1, int(sandbox.limits.token_seconds) - 1)),
        "status": "approved",
    }


def _check(sandbox: Sandbox, request: Request, number: str) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = sandbox.state.get(TOKENS, token) if scheme == "Bearer" else None
    if known is None or known < time.time():
        raise Refused(401, "250002", "Invalid Authentication Information.")
    for name in ("transId", "transactionSrc"):
        if not request.headers.get(name):
            raise Refused(400, "TV0001", f"Missing {name}")
    if not NUMBER.fullmatch(number):
        raise Refused(400, "TV1002", "Invalid inquiry number")


# ---------------------------------------------------------------------------- what is told


def _answer(number: str, one: Followed | None, sandbox: Sandbox) -> dict[str, Any]:
    now = sandbox.clock.now()
    if one is None or one.parcel.created_at > now:
        warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
        return {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}}
    if one.parcel.created_at < now - KEPT:
        raise Refused(404, "TV1003", "Tracking number information not found")
    package = _package(one, now, sandbox.world.company.timezone)
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}


def _package(one: Followed, now: datetime, fallback: str) -> dict[str, Any]:
    parcel = one.parcel
    seen = sorted((s for s in parcel.scans if s.seen_at <= now), key=lambda scan: scan.at, reverse=True)
    code, level, description = SERVICES.get(parcel.service, ("000", "000", f"UPS {parcel.service}"))
    ship_to = one.ship_to
    package = {
        "trackingNumber": parcel.tracking_code,
        "deliveryDate": _delivery_dates(parcel, seen, fallback),
        "activity": [_activity(scan, fallback) for scan in seen],
        "packageAddress": [
            {"type": "ORIGIN", "address": {"city": one.origin.city, "countryCode": one.origin.country}},
            {"type": "DESTINATION", "address": {"city": ship_to.city, "countryCode": ship_to.country}},
        ],
        "service": {"code": code, "levelCode": level, "description": description},
        "weight": {"unitOfMeasurement": "LBS", "weight": "1.00"},
        "packageCount": 1,
        "referenceNumber": [],
    }
    if seen:
        package["currentStatus"] = _status(seen[0])
    if seen and seen[0].status == "delivered":
        local = _local(seen[0], fallback)
        package["deliveryTime"] = {"type": "DEL", "endTime": f"{local:%H%M%S}"}
        package["deliveryInformation"] = {"location": "Front Door", "receivedBy": "SMITH"}
    elif parcel.guaranteed:
        package["deliveryTime"] = {"type": "CMT", "endTime": "233000"}
    return package


def _delivery_dates(parcel: Parcel, seen: list[Scan], fallback: str) -> list[dict[str, str]]:
    dates = []
    if parcel.estimated_delivery_on:
        dates.append({"type": "SDD", "date": f"{parcel.estimated_delivery_on:%Y%m%d}"})
    if seen and seen[0].status == "delivered":
        dates.append({"type": "DEL", "date": f"{_local(seen[0], fallback):%Y%m%d}"})
    return dates


def _activity(scan: Scan, fallback: str) -> dict[str, Any]:
    local, gmt = _local(scan, fallback), scan.at.astimezone(UTC)
    offset = f"{local:%z}"
    address = {"city": scan.city, "stateProvince": scan.province, "countryCode": scan.country}
    address["country"] = scan.country
    return {
        "location": {"address": {name: value for name, value in address.items() if value}, "slic": "8566"},
        "status": _status(scan),
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "gmtDate": f"{gmt:%Y%m%d}",
        "gmtTime": str(int(f"{gmt:%H%M%S}")),
        "gmtOffset": f"{offset[:3]}:{offset[3:]}",
        "logicalScan": scan.status == "pre_transit",
    }


def _status(scan: Scan) -> dict[str, str]:
    known = STATUSES.get((scan.status, scan.status_detail)) or STATUSES.get((scan.status, None))
    kind, code, status_code, words = known or ("NA", "NA", "000", "Not available")
    return {
        "type": kind,
        "code": code,
        "statusCode": status_code,
        "description": words,
        "simplifiedTextDescription": words,
    }


def _local(scan: Scan, fallback: str) -> datetime:
    zone = destination_zone(scan.country, scan.province, fallback) if scan.country else ZoneInfo(fallback)
    return scan.at.astimezone(zone)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
