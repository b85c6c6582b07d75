"""The European Central Bank's files of reference rates, as its web site serves them.

Quirks kept: a day appears at 16:00 in Frankfurt; only working days are there, newest first; the daily file is written
over several lines with single quotes, the long ones on one line with double quotes; nobody signs in.
"""

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from include.sandbox.faces import Connection, Sandbox

PREFIX = "/ecb"
FOLDER = f"{PREFIX}/stats/eurofxref"
FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED_AT = time(16)
QUARTER = timedelta(days=90)

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">"""
_SENDER = """<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender>\
<gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"""

Days = list[tuple[str, dict[str, Decimal]]]


def router(sandbox: Sandbox) -> APIRouter:
    """The three files."""
    routes = APIRouter(prefix=FOLDER)

    @routes.get("/eurofxref-daily.xml")
    async def daily() -> Response:
        return _xml(_tall(_published(sandbox)[:1]))

    @routes.get("/eurofxref-hist-90d.xml")
    async def quarter() -> Response:
        oldest = (sandbox.clock.now().astimezone(FRANKFURT).date() - QUARTER).isoformat()
        return _xml(_flat([day for day in _published(sandbox) if day[0] > oldest]))

    @routes.get("/eurofxref-hist.xml")
    async def everything() -> Response:
        return _xml(_flat(_published(sandbox)))

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """Nobody signs in."""
    return [Connection("ecb", PREFIX, extra={"account": "ecb"}, simulates=("rates",))]


def _published(sandbox: Sandbox) -> Days:
    """The days published by now, newest first."""
    now = sandbox.clock.now()
    days = sandbox.world.exchange_rates.items()
    return sorted(
        (
            (day.isoformat(), rates)
            for day, rates in days
            if datetime.combine(day, PUBLISHED_AT, FRANKFURT) <= now
        ),
        reverse=True,
    )


def _tall(days: Days) -> str:
    cubes = "".join(
        f"\t\t<Cube time='{day}'>\n"
        + "".join(f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in rates.items())
        + "\t\t</Cube>\n"
        for day, rates in days
    )
    return f"{_HEAD}\n\t{_SENDER}\n\t<Cube>\n{cubes}\t</Cube>\n</gesmes:Envelope>\n"


def _flat(days: Days) -> str:
    cubes = "".join(
        f'<Cube time="{day}">'
        + "".join(f'<Cube currency="{code}" rate="{rate}"/>' for code, rate in rates.items())
        + "</Cube>"
        for day, rates in days
    )
    return f"{_HEAD}{_SENDER}<Cube>{cubes}</Cube></gesmes:Envelope>"


def _xml(text: str) -> Response:
    return Response(text, media_type="text/xml")
