"""Trackers, newest first.

Quirks kept: without dates the list reaches back one month only, and a given start reaches one month
forward; `datetime` of a scan is when it happened while the scan itself turns up when the carrier told
(a scan of the 3rd seen on the 9th is absent on the 8th and dated the 3rd on the 9th); `status` is the
carrier's latest word, so it may go back from delivered to in_transit.
"""

import hashlib
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.easypost.errors import Refused
from include.sandbox.faces.parcels import Followed, parcels
from include.sandbox.world.model import Address, Parcel, Scan

PAGE_SIZE, LARGEST_PAGE = 20, 100
MONTH = timedelta(days=31)
TERMINAL = {"delivered", "return_to_sender", "cancelled"}
ATTEMPTED = {"delivered", "available_for_pickup"}
ATTEMPT_DETAILS = {"unable_to_deliver", "refused", "delivery_exception", "address_correction"}


class Trackers:
    """The company's parcels, of all its shops, as EasyPost tells of them at an instant."""

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._followed = sorted(
            parcels(sandbox.world), key=lambda one: (one.parcel.created_at, one.parcel.id)
        )
        self._created = [one.parcel.created_at for one in self._followed]
        self._place = {one.parcel.tracker_id: place for place, one in enumerate(self._followed)}

    def page(self, params: dict[str, str]) -> dict[str, Any]:
        """`{"trackers": [...], "has_more": bool}` for the query parameters of the list endpoint."""
        now = self._sandbox.clock.now()
        size = _page_size(params.get("page_size"))
        low, high = self._range(params, now)
        chosen: list[Followed] = []
        places = range(low, high) if "after_id" in params else range(high - 1, low - 1, -1)
        for place in places:
            if _wanted(self._followed[place].parcel, params):
                chosen.append(self._followed[place])
                if len(chosen) > size:
                    break
        shown = chosen[:size] if "after_id" not in params else chosen[:size][::-1]
        return {"trackers": [self._tracker(one, now) for one in shown], "has_more": len(chosen) > size}

    def one(self, tracker_id: str) -> dict[str, Any]:
        """A single tracker by its `trk_` id."""
        now = self._sandbox.clock.now()
        place = self._place.get(tracker_id)
        if place is None or self._created[place] > now:
            raise Refused(404, "NOT_FOUND", "The requested resource could not be found.")
        return self._tracker(self._followed[place], now)

    def _range(self, params: dict[str, str], now: datetime) -> tuple[int, int]:
        """First and last place (excluded) that dates and cursors leave, among parcels that exist by now."""
        start, end = _moment(params, "start_datetime"), _moment(params, "end_datetime")
        after = start or (end or now) - MONTH
        before = min(end or (start + MONTH if start else now), now)
        low, high = bisect_right(self._created, after), bisect_right(self._created, before)
        if "before_id" in params:
            high = min(high, self._cursor(params["before_id"]))
        if "after_id" in params:
            low = max(low, self._cursor(params["after_id"]) + 1)
        return low, max(low, high)

    def _cursor(self, tracker_id: str) -> int:
        try:
            return self._place[tracker_id]
        except KeyError:
            raise Refused(404, "NOT_FOUND", "The requested resource could not be found.") from None

    def _tracker(self, one: Followed, now: datetime) -> dict[str, Any]:
        parcel = one.parcel
        seen = [scan for scan in parcel.scans if scan.seen_at <= now]
        newest = max(seen, key=lambda scan: (scan.seen_at, scan.at), default=None)
        estimate = parcel.estimated_delivery_on
        return {
            "id": parcel.tracker_id,
            "object": "Tracker",
            "mode": "production",
            "tracking_code": parcel.tracking_code,
            "status": newest.status if newest else "unknown",
            "status_detail": newest.status_detail if newest else "unknown",
            "created_at": _text(parcel.created_at),
            "updated_at": _text(newest.seen_at if newest else parcel.created_at),
            "signed_by": None,
            "weight": None,
            "est_delivery_date": _midnight(estimate),
            "shipment_id": _shipment_id(parcel),
            "carrier": parcel.carrier,
            "tracking_details": [_detail(scan, parcel.carrier) for scan in sorted(seen, key=_happened)],
            "fees": [],
            "carrier_detail": self._carrier_detail(one, seen),
            "finalized": newest is not None and newest.status in TERMINAL,
            "is_return": False,
            "public_url": f"https://track.easypost.com/{parcel.tracker_id}",
        }

    def _carrier_detail(self, one: Followed, seen: list[Scan]) -> dict[str, Any]:
        parcel = one.parcel
        attempts = [scan.at for scan in seen if _is_attempt(scan)]
        estimate = parcel.estimated_delivery_on
        return {
            "object": "CarrierDetail",
            "service": parcel.service,
            "container_type": None,
            "est_delivery_date_local": estimate.isoformat() if estimate else None,
            "est_delivery_time_local": None,
            "origin_location": _place_name(one.origin),
            "destination_location": _place_name(one.ship_to),
            "guaranteed_delivery_date": _midnight(estimate) if parcel.guaranteed else None,
            "alternate_identifier": None,
            "initial_delivery_attempt": _text(min(attempts)) if attempts else None,
        }


def _page_size(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        field = {"field": "page_size", "message": f"must be between 1 and {LARGEST_PAGE}"}
        raise Refused(422, "PARAMETER.INVALID", "One or more parameters were invalid.", [field])
    return int(text)


def _moment(params: dict[str, str], name: str) -> datetime | None:
    if not params.get(name):
        return None
    try:
        moment = datetime.fromisoformat(params[name])
    except ValueError:
        field = {"field": name, "message": "is not a valid datetime"}
        raise Refused(422, "PARAMETER.INVALID", "One or more parameters were invalid.", [field]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wanted(parcel: Parcel, params: dict[str, str]) -> bool:
    code, carrier = params.get("tracking_code"), params.get("carrier")
    return (not code or parcel.tracking_code == code) and (not carrier or parcel.carrier == carrier)


def _is_attempt(scan: Scan) -> bool:
    return scan.status in ATTEMPTED or (scan.status == "failure" and scan.status_detail in ATTEMPT_DETAILS)


def _happened(scan: Scan) -> datetime:
    return scan.at


def _detail(scan: Scan, carrier: str) -> dict[str, Any]:
    return {
        "object": "TrackingDetail",
        "message": scan.message,
        "description": scan.message,
        "status": scan.status,
        "status_detail": scan.status_detail,
        "datetime": _text(scan.at),
        "source": carrier,
        "carrier_code": None,
        "tracking_location": {
            "object": "TrackingLocation",
            "city": scan.city,
            "state": scan.province,
            "country": scan.country,
            "zip": None,
        },
    }


def _shipment_id(parcel: Parcel) -> str:
    return f"shp_{hashlib.md5(parcel.tracker_id.encode(), usedforsecurity=False).hexdigest()}"


def _place_name(address: Address) -> str:
    """As carriers write places: "COLUMBUS OH, US"."""
    city = " ".join(part for part in (address.city.upper(), address.province) if part)
    return f"{city}, {address.country}"


def _text(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def _midnight(day: date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00Z" if day else None
