"""The European Central Bank's euro reference rates: what the money of one day is worth in that of another country.

Quirks:

* A file, not an API: the newest day, the last 90 days, or everything since 1999. The smallest one that reaches back
  to the window's first day is read; nobody signs in.
* Published on working days at 16:00 in Frankfurt: today's rates do not exist before, and weekends never have any. A
  window holds a day when it holds that instant: the night of Monday 02:00 in New York brings Friday again, no Sunday.
* A rate is units of the currency for one euro (`USD 1.0823`: a euro costs 1.0823 dollars). A currency that was not
  quoted reads `N/A`, or is left out; it is absent from that day.
* A day is corrected now and then: each night reads a week again. The first night reads five years: an order of last
  year that is refunded today still needs the rate of its own day.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from include.clients.session import Session
from include.errors import Stop, Wait
from include.sources.base import Account, Page, Record, Source, Stream
from include.window import Window

log = logging.getLogger(__name__)

FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED_AT = time(16)
CORRECTED = timedelta(days=7)
REMEMBERED = timedelta(days=5 * 365)
"""No window reaches further back from its end: the bank has kept every day since 1999."""
DAILY, QUARTER, ALL = "eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.xml"
REACH = timedelta(days=85)
"""How far back the 90-day file is trusted to reach before it has been looked at."""
READS = 3
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"

# ---------------------------------------------------------------------------- signing in


def connect(account: Account) -> Session:
    """The bank's web site; there is nothing to sign in with."""
    return Session(
        f"ecb {account.name}", account.base_url, plain_http=bool(account.options.get("allow_http"))
    )


# ---------------------------------------------------------------------------- reading


def _rates(session: Session, window: Window) -> Iterator[Page]:
    """One statement per publication day whose 16:00 lies in the window, oldest first."""
    window = Window(max(window.start, window.end - REMEMBERED), window.end)
    wanted = [day for day in window.dates(FRANKFURT) if day.isoweekday() <= 5 and published(day) in window]
    if not wanted:
        return
    days: dict[date, list[Record]] = {}
    for file in _files(wanted, window):
        days = _read(session, file)
        if days and min(days) <= wanted[0]:
            break
    for day, rows in sorted(days.items()):
        if published(day) in window:
            yield Page(rows, scope=day.isoformat())


def published(day: date) -> datetime:
    """The instant from which on a day's rates are there."""
    return datetime.combine(day, PUBLISHED_AT, FRANKFURT)


def _files(wanted: list[date], window: Window) -> tuple[str, ...]:
    """The files worth asking, smallest first; one that turns out too short is followed by the next."""
    if len(wanted) == 1:
        return DAILY, QUARTER, ALL
    return (QUARTER, ALL) if published(wanted[0]) >= window.end - REACH else (ALL,)


def _read(session: Session, file: str) -> dict[date, list[Record]]:
    """Publication day → rows `{"currency": "USD", "rate": "1.0823"}`. Wait when it keeps arriving broken or empty: every
    file holds at least the last day of publication."""
    path = f"/stats/eurofxref/{file}"
    for _ in range(READS):
        reply = session.request("GET", path, headers={"Accept": "application/xml"}, want_json=False)
        try:
            days = parse(reply.body)
        except ParseError:
            wrong = "was cut or is no XML"
        else:
            if days:
                return days
            wrong = "holds no day"
        log.info("%s: %s %s", session.name, file, wrong)
    raise Wait(f"{session.name}: GET {path} {wrong} ({READS} of {READS} attempts)")


def parse(text: bytes) -> dict[date, list[Record]]:
    """The days of a file. ParseError when it is cut or something else; Stop when it holds what no rate file may."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise Stop("a file of exchange rates declares a document type, which we do not read") from None
    if root.find(_CUBE) is None:
        raise ParseError("not a file of exchange rates")
    return {_day(cube): list(_rows(cube)) for cube in root.iterfind(f"{_CUBE}/{_CUBE}")}


def _day(cube: Element) -> date:
    try:
        return date.fromisoformat(cube.get("time", ""))
    except ValueError:
        raise Stop("a file of exchange rates holds a day that is none") from None


def _rows(cube: Element) -> Iterator[Record]:
    for rate in cube.iterfind(_CUBE):
        if _is_price(rate.get("rate", "")):
            yield {"currency": rate.get("currency"), "rate": rate.get("rate")}


def _is_price(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and Decimal(text) > 0
    except InvalidOperation:
        return False


# ---------------------------------------------------------------------------- streams

STREAMS = (
    Stream(
        "rates",
        "statement",
        "currency rate#!",
        _rates,
        key="currency",
        overlap=CORRECTED,
        from_the_first=True,
    ),
)

ECB = Source(
    "ecb",
    "ECB exchange rates",
    STREAMS,
    connect,
    'Host: www.ecb.europa.eu. No login, no password. Extra: {"account": "ecb"}.',
    alone="a day has one set of rates, whoever is asked. There is nothing to add: delete this connection",
)
