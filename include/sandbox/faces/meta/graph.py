"""What every Graph call has in common: arguments, sign-in, field selection, cursor paging, usage headers.

Quirks kept: the token may come in the query, the form or the header; structures may be JSON or JSON inside a form
field; a page may be short although more follow, only a missing `paging.next` ends the list.
"""

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from fastapi import Request, Response

from include.sandbox import credentials
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.meta.errors import Refused, bad_parameter

DEFAULT_PAGE = 25
BUSINESS = "1000200030004000"
OPENED = ("payload", "session", "time_range", "action_attribution_windows", "breakdowns", "filtering")


async def arguments_of(request: Request) -> dict[str, Any]:
    """Query and body together; a JSON text inside a form field is opened."""
    arguments: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if request.headers.get("Content-Type", "").startswith("application/json"):
        try:
            arguments.update(orjson.loads(body or b"{}"))
        except (orjson.JSONDecodeError, TypeError, ValueError):
            raise bad_parameter("Invalid JSON in the request body") from None
    elif body:
        arguments.update({name: str(value) for name, value in (await request.form()).items()})
    for name in OPENED:
        text = arguments.get(name)
        if isinstance(text, str) and text[:1] in ("{", "["):
            try:
                arguments[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise bad_parameter(f"Param {name} must be a JSON object") from None
    return arguments


def authenticate(request: Request, arguments: dict[str, Any]) -> None:
    """Raises `Refused` unless the token, and the proof where one is given, are right."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = arguments.get("access_token") or (bearer if scheme.lower() in ("bearer", "oauth") else "")
    if not token:
        message = "An access token is required to request this resource."
        raise Refused(104, message, "OAuthException")
    if token != credentials.META_ACCESS_TOKEN:
        raise Refused(190, "Invalid OAuth access token - Cannot parse access token", "OAuthException")
    proof = arguments.get("appsecret_proof")
    wanted = hmac.new(credentials.META_APP_SECRET.encode(), str(token).encode(), hashlib.sha256).hexdigest()
    if proof is not None and not hmac.compare_digest(str(proof), wanted):
        raise Refused(100, "Invalid appsecret_proof provided in the API argument", "GraphMethodException")


def names(value: Any) -> list[str]:
    """A list of names however it came: `a,b`, `["a","b"]` as text, or a list."""
    if isinstance(value, list):
        return [str(name) for name in value]
    return [name.strip() for name in str(value or "").strip("[]").replace('"', "").split(",") if name.strip()]


def chosen(row: dict[str, Any], arguments: dict[str, Any], kind: str = "CustomAudience") -> dict[str, Any]:
    """The fields asked for; only the id when none were."""
    fields = names(arguments.get("fields"))
    for name in fields:
        if name not in row:
            raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({kind})")
    return {name: row[name] for name in ["id", *(name for name in fields if name != "id")]}


def page(rows: list[dict[str, Any]], arguments: dict[str, Any], request: Request) -> dict[str, Any]:
    """One page by cursor; `paging.next` is a whole URL with the token in it, and missing on the last page.

    A page that others follow is one row short, as Graph filters after it has cut.
    """
    size, start = _number(arguments, "limit", DEFAULT_PAGE), _number(arguments, "after", 0)
    end = start + size
    if 1 < size < len(rows) - start:
        end -= 1
    shown = rows[start:end]
    answer: dict[str, Any] = {"data": shown}
    if shown:
        answer["paging"] = {"cursors": {"before": str(start), "after": str(start + len(shown))}}
        if end < len(rows):
            url = request.url.include_query_params(after=end, access_token=credentials.META_ACCESS_TOKEN)
            answer["paging"]["next"] = str(url)
    return answer


def usage(limit: Bucket, kind: str) -> dict[str, str]:
    """How much of the hour's budget is used, in percent, and in how many minutes there is some again."""
    used = round(100 * (1 - limit.left() / limit.burst))
    entry = {"type": kind, "call_count": used, "total_cputime": used, "total_time": used}
    business = {BUSINESS: [{**entry, "estimated_time_to_regain_access": 0 if used < 100 else 1}]}
    headers = {
        "X-Business-Use-Case-Usage": orjson.dumps(business).decode(),
        "X-FB-Trace-ID": secrets.token_hex(6),
    }
    if kind == "ads_insights":
        throttle = {
            "app_id_util_pct": used,
            "acc_id_util_pct": used,
            "ads_api_access_tier": "standard_access",
        }
        headers["X-FB-Ads-Insights-Throttle"] = orjson.dumps(throttle).decode()
    return headers


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json; charset=UTF-8")


def _number(arguments: dict[str, Any], name: str, default: int) -> int:
    text = str(arguments.get(name) or default)
    if not text.isdigit():
        raise bad_parameter(f"Param {name} must be a number")
    return int(text)
