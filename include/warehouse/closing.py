"""How a source's business day ends: stream by stream, from what has landed."""

from collections.abc import Iterable, Sequence
from datetime import date

from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.nights import close_day, landed_until, stale_streams, stream_days
from include.window import day_window

WORSE = ("landed", "not_askable", "stale", "failed")
SILENT = "nothing came in before the day was closed"


def close_source(
    settings: Settings, source: str, accounts: Sequence[str], streams: Sequence[str], day: date
) -> dict[str, str]:
    """Close `day` for every stream of every account and return {stream: status}, the worst account's.

    Landed when everything up to the day's end is in raw; what failed stays failed with its reason;
    what never answered is stale.
    """
    each_account = [_close_account(settings, source, account, streams, day) for account in accounts]
    return {stream: max((states[stream] for states in each_account), key=WORSE.index) for stream in streams}


def _close_account(
    settings: Settings, source: str, account: str, streams: Iterable[str], day: date
) -> dict[str, str]:
    days = stream_days(settings, day)
    known = {each.stream: each for each in days if (each.source, each.account) == (source, account)}
    end = day_window(day, settings.timezone).end
    states: dict[str, str] = {}
    for stream in streams:
        until = landed_until(settings, source, account, stream)
        if until is not None and until >= end:
            states[stream] = "landed"
            close_day(
                settings, source, account, stream, day, "landed", _records(settings, source, account, stream)
            )
        elif stream in known:
            states[stream] = known[stream].status
        else:
            states[stream] = "stale"
            close_day(settings, source, account, stream, day, "stale", why=SILENT)
    return states


def missed_streams(settings: Settings, source: str, day: date) -> dict[str, str]:
    """{stream: why} of the streams of `source` whose `day` did not land; where several accounts missed it, each one's."""
    whys: dict[str, list[tuple[str, str]]] = {}
    for each in stale_streams(settings, day):
        if each.source == source:
            whys.setdefault(each.stream, []).append((each.account, each.why or each.status))
    return {
        stream: told[0][1] if len(told) == 1 else "; ".join(f"{why} ({account})" for account, why in told)
        for stream, told in whys.items()
    }


def _records(settings: Settings, source: str, account: str, stream: str) -> int | None:
    """How many records the newest nightly load of a stream brought."""
    with connect(settings, "loader") as connection:
        row = connection.execute(
            """select records from raw.load_log
               where (source, account, stream, mode) = (%s, %s, %s, 'nightly') order by load_id desc limit 1""",
            (source, account, stream),
        ).fetchone()
    return row[0] if row else None
