"""Google Ads REST v26: reports by GAQL, and the OAuth endpoint that gives out its access tokens.

Quirks kept: pages of 10,000 rows that nobody can resize; `searchStream` answers one JSON array of
batches; int64 are strings; errors come in a GoogleAdsFailure below `error.details`, for the stream
inside an array; operations are counted over 24 hours per developer token.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.google_ads.gaql import Query, QueryRefused, parse
from include.sandbox.faces.google_ads.report import Report, camel

PAGE_ROWS = 10_000
OPERATIONS_PER_DAY = 15_000
QUERIES_PER_SECOND = 1
FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
TOKENS = "google_token"


class Refused(Exception):
    """A Google API error; with `error_code` it carries a GoogleAdsFailure."""

    def __init__(self, http: int, status: str, message: str, error_code: dict[str, str] | None = None):
        super().__init__(message)
        self.http, self.status, self.error_code = http, status, error_code

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.http, "message": str(self), "status": self.status}
        if self.error_code:
            failure = {"errorCode": self.error_code, "message": str(self)}
            error["details"] = [{"@type": FAILURE, "errors": [failure], "requestId": _request_id()}]
        return {"error": error}


def router(sandbox: Sandbox) -> APIRouter:
    """The token endpoint, `googleAds:search` and `googleAds:searchStream`."""
    report = Report(sandbox.world, credentials.GOOGLE_ADS_CUSTOMER_ID)
    guard = Guard(sandbox)
    routes = APIRouter()

    @routes.post("/google-oauth/token")
    async def token(request: Request) -> Response:
        form = await request.form()
        return _grant(sandbox, {name: str(value) for name, value in form.items()})

    @routes.post("/google-ads/v26/customers/{customer_id}/googleAds:search")
    async def search(customer_id: str, request: Request) -> Response:
        return await _guarded(request, lambda body: _page(_ask(customer_id, request, body), body))

    @routes.post("/google-ads/v26/customers/{customer_id}/googleAds:searchStream")
    async def stream(customer_id: str, request: Request) -> Response:
        return await _guarded(request, lambda body: _batches(_ask(customer_id, request, body)), in_array=True)

    def _ask(customer_id: str, request: Request, body: dict[str, Any]) -> tuple[Query, list[dict[str, Any]]]:
        guard.check(customer_id, request)
        try:
            query = parse(body.get("query") or "")
            return query, report.answer(query, sandbox.clock.now())
        except QueryRefused as refused:
            raise Refused(400, "INVALID_ARGUMENT", str(refused), {"queryError": refused.code}) from None

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """OAuth with a refresh token, signed in through a manager account."""
    extra = {
        "account": credentials.GOOGLE_ADS_CUSTOMER_ID,
        "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
        "token_url": "{url}/google-oauth/token",
        "credentials": {
            "developer_token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
            "client_id": credentials.GOOGLE_CLIENT_ID,
            "client_secret": credentials.GOOGLE_CLIENT_SECRET,
            "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
        },
    }
    return [Connection("google_ads", "/google-ads", extra=extra, simulates=("ads",))]


def refusal(kind: str) -> Response | None:
    """Google's own words for an exhausted quota, an internal error and an outage."""
    refused = {
        "429": _exhausted("RESOURCE_EXHAUSTED", 429),
        "500": Refused(500, "INTERNAL", "Internal error encountered.", {"internalError": "INTERNAL_ERROR"}),
        "down": Refused(503, "UNAVAILABLE", "The service is currently unavailable."),
    }.get(kind)
    return _json(refused.body(), refused.http) if refused else None


class Guard:
    """Who may ask, and how often."""

    def __init__(self, sandbox: Sandbox):
        self._state = sandbox.state
        scale = sandbox.limits.scale
        self._daily = Bucket(OPERATIONS_PER_DAY * scale / 86_400, OPERATIONS_PER_DAY)
        self._burst = Bucket(QUERIES_PER_SECOND * scale, QUERIES_PER_SECOND * scale)

    def check(self, customer_id: str, request: Request) -> None:
        """Raises `Refused` unless token, developer token, accounts and quota are all right."""
        self._check_token(request.headers.get("Authorization", ""))
        developer = request.headers.get("developer-token")
        if not developer:
            code = {"requestError": "DEVELOPER_TOKEN_PARAMETER_MISSING"}
            raise Refused(400, "INVALID_ARGUMENT", "The developer token is missing.", code)
        if developer != credentials.GOOGLE_ADS_DEVELOPER_TOKEN:
            code = {"authenticationError": "DEVELOPER_TOKEN_INVALID"}
            raise Refused(401, "UNAUTHENTICATED", "The developer token is not valid.", code)
        self._check_accounts(customer_id, request.headers.get("login-customer-id"))
        if self._burst.take():
            raise _exhausted("RESOURCE_TEMPORARILY_EXHAUSTED", 429)
        if self._daily.take():
            raise _exhausted("RESOURCE_EXHAUSTED", 429)

    def _check_token(self, header: str) -> None:
        scheme, _, token = header.partition(" ")
        known = self._state.get(TOKENS, token) if scheme.lower() == "bearer" else None
        if known is None or known < time.time():
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            raise Refused(401, "UNAUTHENTICATED", message)

    def _check_accounts(self, customer_id: str, login: str | None) -> None:
        if not customer_id.isdigit() or (login and not login.isdigit()):
            code = {"requestError": "INVALID_CUSTOMER_ID"}
            raise Refused(400, "INVALID_ARGUMENT", f"Invalid customer ID '{customer_id}'.", code)
        allowed = (None, credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID, credentials.GOOGLE_ADS_CUSTOMER_ID)
        if customer_id != credentials.GOOGLE_ADS_CUSTOMER_ID or login not in allowed:
            message = (
                "User doesn't have permission to access customer. Note: If you're accessing a client customer, "
                "the manager's customer id must be set in the 'login-customer-id' header."
            )
            raise Refused(403, "PERMISSION_DENIED", message, {"authorizationError": "USER_PERMISSION_DENIED"})


async def _guarded(
    request: Request, answer: Callable[[dict[str, Any]], Any], in_array: bool = False
) -> Response:
    try:
        body = orjson.loads(await request.body() or b"{}")
        return _json(answer(body if isinstance(body, dict) else {}))
    except orjson.JSONDecodeError:
        refused = Refused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
    except Refused as error:
        refused = error
    return _json([refused.body()] if in_array else refused.body(), refused.http)


def _page(answer: tuple[Query, list[dict[str, Any]]], body: dict[str, Any]) -> dict[str, Any]:
    query, rows = answer
    if "pageSize" in body:
        message = "Setting the page size is not supported. Search Response will have fixed page size of '10000' rows."
        raise Refused(400, "INVALID_ARGUMENT", message, {"requestError": "PAGE_SIZE_NOT_SUPPORTED"})
    start = _offset(body.get("pageToken"))
    page: dict[str, Any] = {"results": rows[start : start + PAGE_ROWS], "fieldMask": _mask(query)}
    if start + PAGE_ROWS < len(rows):
        page["nextPageToken"] = f"rows-{start + PAGE_ROWS}"
    return page if page["results"] else {"fieldMask": page["fieldMask"]}


def _batches(answer: tuple[Query, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One empty batch says that there are no rows."""
    query, rows = answer
    rest = {"fieldMask": _mask(query), "requestId": _request_id()}
    pieces = [rows[start : start + PAGE_ROWS] for start in range(0, len(rows), PAGE_ROWS)]
    return [{"results": piece, **rest} for piece in pieces] or [rest]


def _offset(token: str | None) -> int:
    if not token:
        return 0
    if not token.startswith("rows-") or not token[5:].isdigit():
        raise Refused(400, "INVALID_ARGUMENT", "Invalid page token.", {"requestError": "INVALID_PAGE_TOKEN"})
    return int(token[5:])


def _mask(query: Query) -> str:
    return ",".join(".".join(map(camel, field.split("."))) for field in query.fields)


def _grant(sandbox: Sandbox, form: dict[str, str]) -> Response:
    """An access token for the refresh token; errors as OAuth words them."""
    if form.get("grant_type") != "refresh_token":
        message = f"Invalid grant_type: {form.get('grant_type', '')}"
        return _json({"error": "unsupported_grant_type", "error_description": message}, 400)
    client = (form.get("client_id"), form.get("client_secret"))
    if client != (credentials.GOOGLE_CLIENT_ID, credentials.GOOGLE_CLIENT_SECRET):
        return _json({"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401)
    if form.get("refresh_token") != credentials.GOOGLE_REFRESH_TOKEN:
        message = "Token has been expired or revoked."
        return _json({"error": "invalid_grant", "error_description": message}, 400)
    token = f"ya29.{secrets.token_urlsafe(32)}"
    sandbox.state.put(TOKENS, token, time.time() + sandbox.limits.token_seconds)
    scope = "https://www.googleapis.com/auth/adwords https://www.googleapis.com/auth/datamanager"
    seconds = max(1, int(sandbox.limits.token_seconds) - 1)
    return _json({"access_token": token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"})


def _exhausted(code: str, http: int) -> Refused:
    message = "Resource has been exhausted (e.g. check quota)."
    return Refused(http, "RESOURCE_EXHAUSTED", message, {"quotaError": code})


def _request_id() -> str:
    return secrets.token_urlsafe(16)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
