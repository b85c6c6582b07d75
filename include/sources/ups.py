"""UPS, asked directly: where its parcels are, in the carrier's own words.

Quirks:

* Nothing is listed: UPS is asked about each number by name. The numbers are those of the last three weeks' fulfilments,
  of every shop and marketplace, and of older ones that were on their way when last asked, up to 60 days; until three
  days after the delivery (a carrier takes deliveries back, and a scan of the 3rd may be told on the 5th). A first night
  therefore does not ask about months of parcels that arrived long ago.
* A number UPS does not know is told in two ways: 404, or 200 with a warning and no package. Both are no news, not a
  failure; so is a number it finds malformed (400), unless all are: then it is our question it dislikes. Numbers roll
  off after 120 days, like those never known.
* Scans carry the local time and the same in GMT; only GMT is comparable. `gmtTime` loses its leading zeros: `74700` is
  07:47:00.
* The record is what is told of one number now. It has no time of its own change: what was read last is newest.
* A delivered parcel names who took it, and where it was put down; neither is kept.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from include.clients.auth import Basic, OAuth
from include.clients.pace import Rate
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Refused, SkipRecord, Stop
from include.sources.base import Account, Page, Record, Source, Stream, usable
from include.window import Window

log = logging.getLogger(__name__)

GRANT_PATH = "/security/v1/oauth/token"
REQUESTS_PER_SECOND = 20.0
"""UPS publishes no number; the option `requests_per_second` says otherwise."""
UNKNOWN = {400, 404}
MANY = 20
"""So many numbers cannot all be malformed."""

DATE = re.compile(r"(19|20)\d{6}", re.ASCII)
CLOCK = re.compile(r"([01]?\d|2[0-3]):?[0-5]\d:?[0-5]\d|[0-5]?\d:?[0-5]\d|[0-5]?\d", re.ASCII)
OFFSET = re.compile(r"[+-](0\d|1[0-5]):[0-5]\d", re.ASCII)
DATES, WRITTEN = ("date", "gmtDate"), {"time": CLOCK, "gmtTime": CLOCK, "gmtOffset": OFFSET}
"""How UPS writes when something was scanned: no ISO 8601, and the models read it so."""

# An order is written again whenever a fulfilment is added, and read that night: what was read and written in the last 60
# days holds all of their numbers, and older documents are never unpacked. "Tonight" is when the shop was last read.
NUMBERS = """
WITH tonight AS (
    SELECT max(taken_at) AS at, max(taken_at) - interval '60 days' AS since
    FROM raw.load_log WHERE source IN ('shopify', 'amazon')
),

recent AS MATERIALIZED (
    SELECT DISTINCT seen.stream, seen.account, seen.scope, seen.content_hash
    FROM raw.load_log AS loads
    CROSS JOIN tonight
    INNER JOIN raw.observation AS seen USING (load_id)
    WHERE loads.source IN ('shopify', 'amazon') AND loads.stream = 'orders'
        AND loads.taken_at > tonight.since AND seen.source_updated_at > tonight.since
),

shipped AS (
    SELECT parcel.*
    FROM recent
    INNER JOIN raw.shopify_orders AS orders USING (account, scope, content_hash)
    CROSS JOIN LATERAL json_table(orders.payload, '$.fulfillments[*]' COLUMNS (
        shipped_at timestamptz PATH '$.createdAt',
        NESTED PATH '$.trackingInfo[*]' COLUMNS (carrier text PATH '$.company', number text PATH '$.number')
    )) AS parcel
    WHERE recent.stream = 'shopify_orders'
    UNION ALL
    SELECT parcel.*
    FROM recent
    INNER JOIN raw.amazon_orders AS orders USING (account, scope, content_hash)
    CROSS JOIN LATERAL json_table(orders.payload, '$.packages[*]' COLUMNS (
        shipped_at timestamptz PATH '$.shipTime',
        carrier text PATH '$.carrier', number text PATH '$.trackingNumber'
    )) AS parcel
    WHERE recent.stream = 'amazon_orders'
),

parcels AS (
    SELECT upper(replace(shipped.number, ' ', '')) AS number, max(shipped.shipped_at) AS shipped_at
    FROM shipped CROSS JOIN tonight
    WHERE shipped.shipped_at > tonight.since
        AND (shipped.carrier ~* '^ups' OR shipped.number ~* '^ *1Z')
    GROUP BY 1
),

told AS (
    SELECT DISTINCT ON (seen.scope) seen.scope AS number, answers.payload -> 'package' -> 0 AS package
    FROM raw.load_log AS loads
    CROSS JOIN tonight
    INNER JOIN raw.observation AS seen USING (load_id)
    INNER JOIN raw.ups_tracking AS answers
        ON (answers.account, answers.scope, answers.content_hash) = (seen.account, seen.scope, seen.content_hash)
    WHERE loads.source = 'ups' AND loads.taken_at > tonight.since
    ORDER BY seen.scope, loads.epoch DESC
),

done AS (
    SELECT told.number
    FROM told CROSS JOIN tonight
    WHERE told.package #>> '{currentStatus,type}' = 'D'
        AND told.package #>> '{activity,0,gmtDate}' < to_char(tonight.at - interval '3 days', 'YYYYMMDD')
)

SELECT number FROM parcels CROSS JOIN tonight
WHERE number ~ '^[0-9A-Z]{7,34}$' AND number NOT IN (SELECT number FROM done)
    AND (shipped_at > tonight.at - interval '21 days' OR number IN (SELECT number FROM told))
ORDER BY number
"""

# ---------------------------------------------------------------------------- signing in


def connect(account: Account) -> Session:
    """OAuth with client credentials: the app's id is the login, its secret the password."""
    client_id = account.credentials.get("client_id") or account.credentials.get("login")
    client_secret = account.credentials.get("client_secret") or account.credentials.get("password")
    if not (client_id and client_secret):
        raise FixCredentials(
            f"ups {account.name}: enter the app's client id as the login, its secret as the password"
        )
    plain_http = bool(account.options.get("allow_http"))
    token_url = account.options.get("token_url", account.base_url.rstrip("/") + GRANT_PATH)
    grant = {"grant_type": "client_credentials"}
    return Session(
        f"ups {account.name}",
        account.base_url,
        OAuth(token_url, grant, sign_in=Basic(client_id, client_secret), plain_http=plain_http),
        rate=Rate(float(account.options.get("requests_per_second", REQUESTS_PER_SECOND))),
        plain_http=plain_http,
        explain=_explain,
    )


def _explain(reply: Reply) -> str:
    return str(reply.json()["response"]["errors"][0]["code"])


# ---------------------------------------------------------------------------- reading


def _tracking(session: Session, window: Window, numbers: Iterable[str]) -> Iterator[Page]:
    """What UPS tells of each number now; the window does not matter, for a late scan may be told any day."""
    asked = known = malformed = 0
    for number in numbers:
        asked += 1
        try:
            told = _told(session, number)
        except Refused as refused:
            if refused.status not in UNKNOWN:
                raise
            malformed += refused.status == 400
            continue
        page = _known(told)
        known += bool(page.records)
        yield page
    if malformed == asked >= MANY:
        raise Stop(f"{session.name}: it calls all of {asked} numbers malformed; something else is wrong")
    log.info("%s: %d of %d numbers are known there", session.name, known, asked)


def _told(session: Session, number: str) -> list[Record]:
    """What is told of a number: one shipment. Refused when UPS says by status that it knows nothing of it."""
    headers = {"transId": uuid4().hex, "transactionSrc": "nightshift"}
    answer: Any = session.request("GET", f"/api/track/v1/details/{number}", headers=headers).json()
    return (answer["trackResponse"].get("shipment") or [])[:1]


def _known(told: list[Record]) -> Page:
    """Shipments with a package: without one UPS says that it does not know the number."""
    made, bad = usable("ups", told, _dated, "inquiryNumber")
    return Page([shipment for shipment in made if shipment.get("package") not in (None, [])], bad=bad)


def _dated(shipment: Record) -> Record:
    """The shipment. SkipRecord when one of its dates or times is none."""
    for package in shipment.get("package") or []:
        for name in ("activity", "deliveryDate"):
            for dated in package.get(name) or []:
                _check(shipment, f"package.{name}", dated)
    return shipment


def _check(shipment: Record, path: str, dated: Record) -> None:
    for field, value in dated.items():
        if value not in (None, "") and not _is_written(field, str(value)):
            number = str(shipment.get("inquiryNumber"))[:200]
            shown = number if number.isprintable() else "?"
            raise SkipRecord("ups", shown, f"{path}.{field}", "not a date or time as UPS writes one")


def _is_written(field: str, text: str) -> bool:
    """Whether this is a date, a time of day or an offset where one is due."""
    if field not in DATES:
        return field not in WRITTEN or WRITTEN[field].fullmatch(text) is not None
    try:
        return DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


# ---------------------------------------------------------------------------- streams

STREAMS = (
    Stream(
        "tracking",
        "log",
        """inquiryNumber
        package* {
          trackingNumber service { code description levelCode } currentStatus { type code statusCode }
          deliveryDate* { type date } deliveryTime { type endTime }
          activity* {
            date time gmtDate gmtTime gmtOffset status { type code statusCode }
            location { address { city stateProvince countryCode } }
          }
        }""",
        _tracking,
        key="inquiryNumber",
        subjects=NUMBERS,
        unwanted="""userRelation warnings
        package {
          accessPointInformation additionalAttributes additionalServices alternateTrackingNumber deliveryInformation
          dimension isSmartPackage milestones packageAddress packageCount paymentInformation referenceNumber statusCode
          statusDescription suppressionIndicators ucixStatus weight deliveryTime { startTime }
          currentStatus { description simplifiedTextDescription }
          activity {
            logicalScan status { description simplifiedTextDescription }
            location { slic address { addressLine1 addressLine2 addressLine3 country postalCode } }
          }
        }""",
    ),
)

UPS = Source(
    "ups",
    "UPS tracking",
    STREAMS,
    connect,
    "Host: onlinetools.ups.com. Login: the app's client id. Password: its client secret. Scope: Tracking."
    ' Extra: {"account": "ups"}.',
    after="shopify",
)
