"""Meta Ads (Facebook and Instagram): what each campaign did on each day of the account's time zone, by placement.

Quirks:

* Conversions belong to the day the ad was seen and go on arriving: 3 purchases reported for 1 March on the 2nd may be
  5 on the 20th. Each night reads 28 days back.
* What counts as a conversion is each ad set's own setting, unless one asks for fixed windows: we ask for 7 days after a
  click and 1 day after a view, on the day of the ad, and write beside each row what was asked.
* Every number is text (`"spend": "1.23"`, in the account's currency); lists and rows with nothing in them are missing.
  A day is one statement that replaces the whole day, and a day without rows an empty statement.
* A page may be short although more follow: only a missing `paging.next` is the end.
* Many days at once time out. They are asked for as a report that Meta makes meanwhile; "Job Completed" is said before
  it is, so we wait for 100 percent as well.
* Insights are kept for 37 months; a question that begins earlier is refused (code 3018).
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from include.clients import json
from include.clients.auth import bearer
from include.clients.pace import LONGEST_WAIT, backoff
from include.clients.pages import by_cursor
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop, Wait
from include.sources.base import Account, Page, Record, Source, Stream
from include.window import Window, day_window

VERSION = "v26.0"
RESTATED = timedelta(days=28)
DAYS_AT_ONCE = timedelta(days=92)
LONGEST_SYNC_DAYS = 45
"""More days than these are asked for as a report; a night's thirty are not."""
PAGE = 500
WINDOWS = ("7d_click", "1d_view")
REPORT_TIME = "impression"
FIELDS = (
    "campaign_id,campaign_name,objective,account_currency,attribution_setting,"
    "spend,impressions,clicks,inline_link_clicks,actions,action_values"
)
THROTTLED = {4, 17, 32, 613, 80000, 80003, 80004}
REFUSED_TOKEN = {10, 102, 104, 190, 200}
TIMED_OUT = {(100, 1504018), (2, 1504038)}
TOO_MUCH = "reduce the amount of data"
CALLS, REPORTS = 5, 3
FIRST_LOOK, SLOWER, LONGEST_PAUSE, LONGEST_REPORT = 0.5, 1.5, 30.0, 3600.0


class Throttled(Wait):
    """The account's budget is used up for now."""


class TooMuch(Wait):
    """The question was too big to be answered while we wait."""


# ---------------------------------------------------------------------------- signing in


class Insights:
    """One ad account."""

    def __init__(self, session: Session, account: str, proof: dict[str, str]):
        self.session, self.account, self._proof = session, account, proof

    def place(self) -> tuple[ZoneInfo, str]:
        """The account's time zone, in which its days begin and end, and the zone's name."""
        name = self._call("GET", self.account, {"fields": "timezone_name"})["timezone_name"]
        try:
            return ZoneInfo(name), name
        except (ZoneInfoNotFoundError, ValueError):
            raise Stop(f"{self.session.name}: the account's time zone {name!r} is not known") from None

    def rows(self, first: date, last: date) -> Iterator[Record]:
        """Campaign by placement by day: at once for few days, else (or when that is too much) as a report."""
        question = {
            "level": "campaign",
            "time_increment": 1,
            "time_range": json.dumps({"since": first.isoformat(), "until": last.isoformat()}).decode(),
            "fields": FIELDS,
            "breakdowns": "publisher_platform",
            "action_attribution_windows": json.dumps(list(WINDOWS)).decode(),
            "action_report_time": REPORT_TIME,
        }
        if (last - first).days < LONGEST_SYNC_DAYS:
            try:
                # all of them before the first is handed out: a refusal half way would leave rows twice
                return iter(list(self._pages(self.account, question)))
            except TooMuch:
                pass
        return self._pages(self._report(question), {})

    def _pages(self, node: str, question: Record) -> Iterator[Record]:
        def fetch(after: str | None) -> tuple[list[Record], str | None]:
            place = {"after": after} if after else {}
            page = self._call("GET", f"{node}/insights", {**question, "limit": PAGE, **place})
            paging = page.get("paging", {})
            return page["data"], paging["cursors"]["after"] if "next" in paging else None

        for page in by_cursor(fetch):
            yield from page

    def _report(self, question: Record) -> str:
        """The id of a finished report. Wait when none of a few was finished."""
        why = ""
        for _ in range(REPORTS):
            run = self._call("POST", f"{self.account}/insights", question)["report_run_id"]
            why = self._outcome(run)
            if not why:
                return run
        raise Wait(f"{self.session.name}: {REPORTS} reports failed, the last with {why}")

    def _outcome(self, run: str) -> str:
        """Nothing when the report is finished, the error's code when it failed."""
        clock, pause = self.session.clock, FIRST_LOOK
        until = clock.monotonic() + LONGEST_REPORT
        fields = "async_status,async_percent_completion,error_code,error_subcode"
        while clock.monotonic() < until:
            found = self._call("GET", run, {"fields": fields})
            status = found["async_status"]
            if status == "Job Completed" and int(found["async_percent_completion"]) >= 100:
                return ""
            if status in ("Job Failed", "Job Skipped"):
                return f"code {found.get('error_code')}/{found.get('error_subcode')} ({status})"
            clock.sleep(pause)
            pause = min(pause * SLOWER, LONGEST_PAUSE)
        raise Wait(f"{self.session.name}: a report is not finished after an hour")

    def _call(self, method: str, path: str, query: Record) -> Any:
        """One call, repeated a few times when Meta asks to slow down for no longer than a minute."""
        tries = 0
        while True:
            try:
                url = f"/{VERSION}/{path}"
                return self.session.request(method, url, params={**query, **self._proof}).json()
            except Throttled as slow:
                tries += 1
                asked = slow.retry_after.total_seconds() if slow.retry_after else None
                pause = asked or backoff(tries, self.session.clock)
                if tries >= CALLS or pause > LONGEST_WAIT:
                    raise
                self.session.clock.sleep(pause)


def connect(account: Account) -> Insights:
    """A system user's token; with `app_secret` every call proves that it comes from the app."""
    given = account.credentials
    token, secret = given.get("access_token") or given.get("password"), given.get("app_secret")
    if not token:
        raise FixCredentials(f"meta {account.name}: the connection lacks access_token (or a password)")
    if not account.name.startswith("act_"):
        raise Stop(f"meta {account.name}: the connection needs extra `account`, such as act_123")
    digest = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest() if secret else None
    session = Session(
        f"meta {account.name}",
        account.base_url,
        bearer(token),
        plain_http=bool(account.options.get("allow_http")),
        explain=_explain,
    )
    return Insights(session, account.name, {"appsecret_proof": digest} if digest else {})


def _explain(reply: Reply) -> str:
    """`code 100/33`; raises what the code asks for, since nearly every refusal comes with HTTP 400."""
    error = reply.json()["error"]
    code, subcode = int(error["code"]), error.get("error_subcode")
    if (code, subcode) in TIMED_OUT or TOO_MUCH in str(error.get("message")):
        raise TooMuch(f"meta cannot answer so much at once (code {code}/{subcode})")
    if code in THROTTLED:
        raise Throttled(f"meta asks to slow down (code {code})", _regained(reply))
    if reply.status < 500 and code in REFUSED_TOKEN:
        raise FixCredentials(f"meta refused the access token (code {code}): renew it")
    return f"code {code}/{subcode}" if subcode else f"code {code}"


def _regained(reply: Reply) -> timedelta | None:
    """How long until there is some budget again, when the usage header says so (it counts minutes)."""
    try:
        usage = json.loads(reply.headers["X-Business-Use-Case-Usage"].encode())
        minutes = max(int(use["estimated_time_to_regain_access"]) for uses in usage.values() for use in uses)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return timedelta(minutes=minutes) if minutes > 0 else None


# ---------------------------------------------------------------------------- reading


def _campaigns_daily(insights: Insights, window: Window) -> Iterator[Page]:
    """One statement per account-day that has ended within the window, also for days without rows."""
    zone, zone_name = insights.place()
    asked = {
        "timezone_name": zone_name,
        "attribution_windows": ",".join(WINDOWS),
        "report_time": REPORT_TIME,
    }
    for piece in window.tiles(DAYS_AT_ONCE):
        days = [day for day in piece.dates(zone) if day_window(day, zone).end <= window.end]
        if not days:
            continue
        rows: dict[str, list[Record]] = {day.isoformat(): [] for day in days}
        for row in insights.rows(days[0], days[-1]):
            day = row["date_start"]
            if day not in rows or row["date_stop"] != day:
                raise Stop(f"{insights.session.name}: an answer holds {day!r:.40}, which was not asked for")
            rows[day].append({**row, "asked": asked})
        for scope, statement in rows.items():
            yield Page(sorted(statement, key=_place), scope=scope)


def _place(row: Record) -> tuple[str, str]:
    return str(row.get("campaign_id")), str(row.get("publisher_platform"))


# ---------------------------------------------------------------------------- streams

_ACTIONS = "{ action_type value# 7d_click# 1d_view# }"

STREAMS = (
    Stream(
        "campaigns_daily",
        "statement",
        f"""campaign_id campaign_name objective publisher_platform! date_start@ date_stop@ account_currency
        attribution_setting spend# impressions+ clicks+ inline_link_clicks+ actions* {_ACTIONS} action_values* {_ACTIONS}
        asked {{ timezone_name attribution_windows report_time }}""",
        _campaigns_daily,
        key="campaign_id",
        overlap=RESTATED,
    ),
)

META = Source(
    "meta",
    "Meta Ads",
    STREAMS,
    connect,
    "Host: graph.facebook.com. Password: a system user's access token with ads_read (and ads_management for "
    'audiences). Extra: {"account": "act_123456", "credentials": {"app_secret": …}}.',
)
