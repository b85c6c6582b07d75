"""How a source's business day ends: stream by stream, from what has landed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.nights import close_day, landed_until, stale_streams, stream_days
from include.window import day_window

WORSE = ("landed", "not_askable", "stale", "failed")
PRESENT_ONLY = "only the present can be asked for"
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


def close_past(
    settings: Settings,
    source: str,
    accounts: Sequence[str],
    askable: Mapping[str, bool],
    day: date,
    run_id: str,
) -> dict[str, str]:
    """The same for a day that `run_id` has asked for again: {stream: status}, the worst account's.

    A stream without a past is not askable, unless its day was closed back then: that stands.
    """
    with connect(settings, "loader") as connection:
        rows = connection.execute(
            "select account, stream, records from raw.load_log where (source, run_id) = (%s, %s)",
            (source, run_id),
        ).fetchall()
    landed: dict[tuple[str, str], int] = {(account, stream): records for account, stream, records in rows}
    known = {
        (each.account, each.stream): each.status
        for each in stream_days(settings, day)
        if each.source == source
    }
    states: dict[str, str] = {}
    for account in accounts:
        for stream, has_past in askable.items():
            place = (account, stream)
            if place in landed:
                status = "landed"
                close_day(settings, source, account, stream, day, status, landed[place])
            elif place in known:
                status = known[place]
            else:
                status, why = ("stale", SILENT) if has_past else ("not_askable", PRESENT_ONLY)
                close_day(settings, source, account, stream, day, status, why=why)
            states[stream] = max(states.get(stream, "landed"), status, key=WORSE.index)
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
