"""Meta's Custom Audiences (Graph API v26.0): create, read, add and remove people by hash.

Quirks kept: every error is an object below `error` with a numeric code, and most have HTTP 400; the
token may come in the query, the form or the header; `payload` and `session` may be JSON or JSON inside
a form; invalid hashes are counted and left out, not refused; usage is told in percent in a header.
"""

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Sandbox
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.meta.audiences import Audiences
from include.sandbox.faces.meta.errors import Refused, bad_parameter

PREFIX = "/meta/v26.0"
CALLS_PER_SECOND = 2
DEFAULT_PAGE = 25
LIMITED = (
    "There have been too many calls from this ad-account. Wait a bit and try again. "
    "For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
)
REFUSALS: dict[str, dict[str, Any]] = {
    "429": {"code": 80003, "message": LIMITED, "kind": "OAuthException", "subcode": 2446079},
    "500": {"code": 1, "message": "An unknown error occurred", "kind": "OAuthException", "status": 500},
    "down": {
        "code": 2,
        "message": "Service temporarily unavailable",
        "kind": "OAuthException",
        "status": 503,
    },
}


def router(sandbox: Sandbox) -> APIRouter:
    """Routes of the ad account's audiences and of one audience's users."""
    audiences = Audiences(sandbox)
    rate = CALLS_PER_SECOND * sandbox.limits.scale
    limit = Bucket(rate, 10 * rate)
    routes = APIRouter(prefix=PREFIX)

    async def answer(request: Request, action: Any) -> Response:
        try:
            arguments = await _arguments(request)
            _authenticate(request, arguments)
            if limit.take():
                raise Refused(**REFUSALS["429"])
            return _json(action(arguments), headers=_usage(limit))
        except Refused as refused:
            return _json(refused.body(), refused.status, _usage(limit))

    @routes.post("/{account}/customaudiences")
    async def create(account: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.create(account, arguments))

    @routes.get("/{account}/customaudiences")
    async def index(account: str, request: Request) -> Response:
        return await answer(request, lambda arguments: _page(audiences.all(account), arguments, request))

    @routes.post("/{audience_id}/users")
    async def add(audience_id: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.change(audience_id, "add", arguments))

    @routes.delete("/{audience_id}/users")
    async def remove(audience_id: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.change(audience_id, "remove", arguments))

    @routes.post("/{audience_id}/usersreplace")
    async def replace(audience_id: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.change(audience_id, "replace", arguments))

    @routes.get("/{node}")
    async def show(node: str, request: Request) -> Response:
        return await answer(request, lambda arguments: _chosen(audiences.show(node), arguments))

    @routes.delete("/{node}")
    async def delete(node: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.delete(node))

    return routes


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The audiences with the hashes they hold."""
    return {"audiences": Audiences(sandbox).contents()}


def refusal(kind: str) -> Response | None:
    """Graph's own words for being limited, broken or down."""
    if kind not in REFUSALS:
        return None
    refused = Refused(**REFUSALS[kind])
    return _json(refused.body(), refused.status)


async def _arguments(request: Request) -> dict[str, Any]:
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
    for name in ("payload", "session"):
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = orjson.loads(arguments[name])
            except orjson.JSONDecodeError:
                raise bad_parameter(f"Param {name} must be a JSON object") from None
    return arguments


def _authenticate(request: Request, arguments: dict[str, Any]) -> None:
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


def _page(rows: list[dict[str, Any]], arguments: dict[str, Any], request: Request) -> dict[str, Any]:
    """Cursor paging; `paging.next` is a whole URL with the token in it, and missing on the last page."""
    size = int(arguments.get("limit", DEFAULT_PAGE))
    start = int(arguments.get("after") or 0)
    shown = [_chosen(row, arguments) for row in rows[start : start + size]]
    page: dict[str, Any] = {"data": shown}
    if shown:
        end = start + len(shown)
        page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(rows):
            url = request.url.include_query_params(after=end, access_token=credentials.META_ACCESS_TOKEN)
            page["paging"]["next"] = str(url)
    return page


def _chosen(row: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """The fields asked for; only the id when none were."""
    fields = [
        name for name in str(arguments.get("fields", "")).strip("[]").replace('"', "").split(",") if name
    ]
    for name in fields:
        if name not in row:
            raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type (CustomAudience)")
    return {name: row[name] for name in ["id", *(name for name in fields if name != "id")]}


def _usage(limit: Bucket) -> dict[str, str]:
    used = round(100 * (1 - limit.left() / limit.burst))
    entry = {"type": "custom_audience", "call_count": used, "total_cputime": used, "total_time": used}
    business = {"1000200030004000": [{**entry, "estimated_time_to_regain_access": 0 if used < 100 else 1}]}
    return {
        "X-Business-Use-Case-Usage": orjson.dumps(business).decode(),
        "X-FB-Trace-ID": secrets.token_hex(6),
    }


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json; charset=UTF-8")
