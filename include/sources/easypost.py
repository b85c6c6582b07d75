"""EasyPost: where every parcel is, whoever carries it (UPS, FedEx, DHL, USPS).

Quirks:

* Trackers can be asked for by when they were created, not by when they changed. A parcel created on 3 March and
  scanned on 9 April is seen again only because each night reads 45 days back.
* A start date reaches one month forward and no further, so a window is asked for in pieces of 28 days.
* Newest first; the next page lies before the last id. There is no count to check against.
* Scans turn up late and out of order: a scan of the 3rd may appear on the 9th. The whole tracker is kept each time.
* Tracking codes are recycled by carriers; the tracker's own id is the key.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Raw, Struct, convert
from msgspec.json import Decoder

from include.clients.auth import Basic
from include.clients.pace import Rate
from include.clients.pages import by_last_id
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials
from include.sources.base import Account, Page, Record, Source, Stream
from include.window import Window

PAGE_SIZE = 100
REACH = timedelta(days=28)
STILL_MOVING = timedelta(days=45)
REQUESTS_PER_SECOND = 5.0
"""EasyPost's limit on lists; the option `requests_per_second` says otherwise."""

# ---------------------------------------------------------------------------- signing in


def connect(account: Account) -> Session:
    """Basic sign-in with the API key (`password`, or `api_key`) as the user."""
    key = account.credentials.get("api_key") or account.credentials.get("password")
    if not key:
        raise FixCredentials(f"easypost {account.name}: enter an API key as the connection's password")
    return Session(
        f"easypost {account.name}",
        account.base_url,
        Basic(key),
        rate=Rate(float(account.options.get("requests_per_second", REQUESTS_PER_SECOND))),
        plain_http=bool(account.options.get("allow_http")),
        explain=_explain,
    )


def _explain(reply: Reply) -> str:
    return str(reply.json()["error"]["code"])


# ---------------------------------------------------------------------------- reading


def _trackers(session: Session, window: Window) -> Iterator[Page]:
    for piece in window.tiles(REACH):
        for trackers in by_last_id(partial(_list, session, piece), lambda tracker: _head(tracker).id):
            yield Page([tracker for tracker in trackers if _is_in(tracker, piece)])


def _list(session: Session, window: Window, before: str | None) -> tuple[list[Raw | Record], bool]:
    # whether the ends belong to the answer is not documented: ask for a second more and look ourselves
    params: dict[str, Any] = {
        "page_size": PAGE_SIZE,
        "start_datetime": _second(window.start - timedelta(seconds=1)),
        "end_datetime": _second(window.end + timedelta(seconds=1)),
    }
    if before:
        params["before_id"] = before
    answer = session.get("/v2/trackers", params, unread="trackers")
    return answer["trackers"], answer["has_more"]


class _Head(Struct):
    """All we look at before the projection does."""

    id: str
    created_at: str


_read = Decoder(_Head).decode


def _head(tracker: Raw | Record) -> _Head:
    return convert(tracker, _Head) if isinstance(tracker, dict) else _read(tracker)


def _is_in(tracker: Raw | Record, window: Window) -> bool:
    try:
        return datetime.fromisoformat(_head(tracker).created_at) in window
    except (TypeError, ValueError):
        return True  # the projection will say what is wrong with it


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# ---------------------------------------------------------------------------- streams

STREAMS = (
    Stream(
        "trackers",
        "log",
        """id tracking_code carrier status status_detail est_delivery_date@ shipment_id finalized? is_return?
        created_at@ updated_at@
        carrier_detail {
          service initial_delivery_attempt@ guaranteed_delivery_date@ origin_location destination_location
        }
        tracking_details* {
          status status_detail datetime@! source tracking_location { city state country }
        }""",
        _trackers,
        updated_at="updated_at",
        unwanted="""object mode signed_by weight fees public_url
        carrier_detail {
          object container_type est_delivery_date_local est_delivery_time_local alternate_identifier
        }
        tracking_details { object message description carrier_code tracking_location { object zip } }""",
        overlap=STILL_MOVING,
    ),
)

EASYPOST = Source(
    "easypost",
    "EasyPost",
    STREAMS,
    connect,
    'Host: api.easypost.com. Password: a production API key. Extra: {"account": "easypost"}.',
)
