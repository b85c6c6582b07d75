"""Google Ads: what each campaign did on each day of the account's time zone.

Quirks:

* Conversions belong to the day of the click, so past days go on changing for weeks: 3 conversions reported for
  1 March on the 2nd may be 5 on the 20th, and an invalid click takes cost away again. Each night reads 30 days back.
* Rows whose metrics are all zero are not returned. A campaign that vanishes from a day must vanish here too, so a day
  is one statement that replaces the whole day, and a day without rows is an empty statement, not a missing one.
* int64 comes as text (`"costMicros": "1230000"` is 1.23 in the account's currency), fractions of conversions as numbers.
* A day still running is left out; it is asked for when it has ended.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from include.clients.auth import OAuth
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop
from include.sources.base import Account, Page, Record, Source, Stream
from include.window import Window, day_window

VERSION = "v26"
GRANT_URL = "https://oauth2.googleapis.com/token"
RESTATED = timedelta(days=30)
DAYS_AT_ONCE = timedelta(days=92)
_ACCOUNT = "SELECT customer.id, customer.time_zone, customer.currency_code FROM customer LIMIT 1"
_CAMPAIGNS = """
SELECT campaign.id, campaign.name, campaign.advertising_channel_type, segments.date, metrics.impressions,
  metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value, metrics.all_conversions,
  customer.currency_code, customer.time_zone
FROM campaign WHERE segments.date BETWEEN '{first}' AND '{last}'"""

# ---------------------------------------------------------------------------- signing in


class Ads:
    """One ad account."""

    def __init__(self, session: Session, customer_id: str):
        self.session, self.customer_id = session, customer_id

    def search(self, query: str) -> Iterator[Record]:
        """The rows of a GAQL query. The stream's answer is one JSON array of batches."""
        path = f"/{VERSION}/customers/{self.customer_id}/googleAds:searchStream"
        batches = self.session.post(path, {"query": " ".join(query.split())}, repeatable=True)
        if not isinstance(batches, list):
            raise Stop(f"{self.session.name}: searchStream answered something else than an array of batches")
        for batch in batches:
            if "results" not in batch and "fieldMask" not in batch:
                raise Stop(f"{self.session.name}: searchStream answered something else than a batch")
            yield from batch.get("results", ())

    def zone(self) -> ZoneInfo:
        """The account's time zone, in which its days begin and end."""
        accounts = list(self.search(_ACCOUNT))
        if not accounts:
            raise Stop(f"{self.session.name}: the account does not tell its time zone")
        name = accounts[0]["customer"]["timeZone"]
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise Stop(f"{self.session.name}: the account's time zone {name!r} is not known") from None


def connect(account: Account) -> Ads:
    """OAuth with a refresh token; `developer_token` goes along, `login_customer_id` when a manager signs in."""
    given = account.credentials
    names = {
        "client_id": given.get("client_id") or given.get("login"),
        "client_secret": given.get("client_secret") or given.get("password"),
        "refresh_token": given.get("refresh_token"),
        "developer_token": given.get("developer_token"),
    }
    missing = [name for name, value in names.items() if not value]
    if missing:
        raise FixCredentials(f"google_ads {account.name}: the connection lacks {', '.join(missing)}")
    return Ads(_session(account, {name: str(value) for name, value in names.items()}), _digits(account.name))


def _session(account: Account, given: dict[str, str]) -> Session:
    developer_token = given.pop("developer_token")
    extra = {"developer-token": developer_token}
    manager = account.options.get("login_customer_id") or account.credentials.get("login_customer_id")
    if manager:
        extra["login-customer-id"] = _digits(str(manager))
    plain_http = bool(account.options.get("allow_http"))
    oauth = OAuth(
        account.options.get("token_url", GRANT_URL),
        {"grant_type": "refresh_token", **given},
        header=lambda token: {"Authorization": f"Bearer {token}", **extra},
        tokens=account.tokens,
        plain_http=plain_http,
    )
    return Session(
        f"google_ads {account.name}",
        account.base_url,
        oauth,
        plain_http=plain_http,
        secrets=(developer_token,),
        explain=_explain,
    )


def _digits(customer_id: str) -> str:
    """`123-456-7890` as the API wants it."""
    return customer_id.replace("-", "").strip()


def _explain(reply: Reply) -> str:
    """`PERMISSION_DENIED: USER_PERMISSION_DENIED`; a stream wraps its error in an array."""
    body = reply.json()
    error = (body[0] if isinstance(body, list) else body)["error"]
    codes = [
        str(value)
        for detail in error.get("details", ())
        for failure in detail.get("errors", ())
        for value in failure["errorCode"].values()
    ]
    return ": ".join([str(error["status"]), *codes])


# ---------------------------------------------------------------------------- reading


def _campaigns_daily(ads: Ads, window: Window) -> Iterator[Page]:
    """One statement per account-day that has ended within the window, also for days without rows."""
    zone = ads.zone()
    for piece in window.tiles(DAYS_AT_ONCE):
        days = [day for day in piece.dates(zone) if day_window(day, zone).end <= window.end]
        if not days:
            continue
        rows: dict[str, list[Record]] = {day.isoformat(): [] for day in days}
        for row in ads.search(_CAMPAIGNS.format(first=days[0], last=days[-1])):
            day = row["segments"]["date"]
            if day not in rows:
                raise Stop(f"{ads.session.name}: an answer holds {day!r:.40}, which was not asked for")
            rows[day].append(_plain(row))
        for scope, statement in rows.items():
            yield Page(sorted(statement, key=_campaign), scope=scope)


def _plain(row: Record) -> Record:
    """Without the resource names that come with every object unasked."""
    return {part: _without_name(held) for part, held in row.items()}


def _without_name(held: Any) -> Any:
    return {k: v for k, v in held.items() if k != "resourceName"} if isinstance(held, dict) else held


def _campaign(row: Record) -> str:
    """What a day's rows are ordered by, whatever it is: the projection says what is wrong with it."""
    campaign = row.get("campaign")
    return str(campaign.get("id")) if isinstance(campaign, dict) else ""


# ---------------------------------------------------------------------------- streams

STREAMS = (
    Stream(
        "campaigns_daily",
        "statement",
        """campaign { id name advertisingChannelType } segments { date@ }
        metrics { impressions+ clicks+ costMicros# conversions# conversionsValue# allConversions# }
        customer { currencyCode timeZone }""",
        _campaigns_daily,
        key="campaign.id",
        overlap=RESTATED,
    ),
)

GOOGLE_ADS = Source(
    "google_ads",
    "Google Ads",
    STREAMS,
    connect,
    'Host: googleads.googleapis.com. Login and password: the OAuth client\'s id and secret. Extra: {"account": '
    '"123-456-7890", "credentials": {"refresh_token": …, "developer_token": …}, "login_customer_id": …}.',
)
