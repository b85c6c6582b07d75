"""Google's Data Manager API v1: user lists and the hashed people in them (Customer Match).

Quirks kept: every request is asynchronous, see `members`; int64 are text; errors carry an ErrorInfo with the reason and
a BadRequest with the field; signed in with OAuth, at Google's token endpoint (served by the Google Ads face); 300
requests a minute for a project.
"""

import time
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.google_data_manager.errors import Refused, exhausted, invalid
from include.sandbox.faces.google_data_manager.lists import UserLists
from include.sandbox.faces.google_data_manager.members import Members

PREFIX = "/google-data-manager/v1"
REQUESTS_PER_MINUTE = 300
TOKENS = "google_token"
LISTS = "/accountTypes/GOOGLE_ADS/accounts/{account}/userLists"
Answer = Callable[[dict[str, Any]], Any]


def router(sandbox: Sandbox) -> APIRouter:
    """Routes of members, of the status of a request, and of user lists."""
    members, lists = Members(sandbox), UserLists(sandbox)
    rate = REQUESTS_PER_MINUTE / 60 * sandbox.limits.scale
    limit = Bucket(rate, 10 * rate)
    routes = APIRouter(prefix=PREFIX)

    async def answer(request: Request, action: Answer) -> Response:
        try:
            _check_token(sandbox, request.headers.get("Authorization", ""))
            if limit.take():
                raise exhausted(REQUESTS_PER_MINUTE)
            return _json(action(await _body(request)))
        except Refused as refused:
            return _json(refused.body(), refused.http)

    @routes.post("/audienceMembers:ingest")
    async def ingest(request: Request) -> Response:
        return await answer(request, members.ingest)

    @routes.post("/audienceMembers:remove")
    async def remove(request: Request) -> Response:
        return await answer(request, members.remove)

    @routes.get("/requestStatus:retrieve")
    async def status(request: Request) -> Response:
        return await answer(request, lambda body: members.status(request.query_params.get("requestId", "")))

    @routes.get(LISTS)
    async def index(account: str, request: Request) -> Response:
        return await answer(request, lambda body: lists.page(account, dict(request.query_params)))

    @routes.post(LISTS)
    async def create(account: str, request: Request) -> Response:
        is_dry = request.query_params.get("validateOnly") == "true"
        return await answer(request, lambda body: lists.create(account, body, is_dry))

    @routes.get(LISTS + "/{number}")
    async def show(account: str, number: str, request: Request) -> Response:
        return await answer(request, lambda body: lists.one(account, number))

    @routes.patch(LISTS + "/{number}")
    async def change(account: str, number: str, request: Request) -> Response:
        return await answer(request, lambda body: lists.change(account, number, body))

    @routes.delete(LISTS + "/{number}")
    async def delete(account: str, number: str, request: Request) -> Response:
        return await answer(request, lambda body: lists.delete(account, number))

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """The account of Google Ads, written to with another scope; the terms are accepted."""
    extra = {
        "account": credentials.GOOGLE_ADS_CUSTOMER_ID,
        "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
        "customer_match_terms": "accepted",
        "token_url": "{url}/google-oauth/token",
        "credentials": {
            "client_id": credentials.GOOGLE_CLIENT_ID,
            "client_secret": credentials.GOOGLE_CLIENT_SECRET,
            "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
        },
    }
    return [Connection("google_data_manager", "/google-data-manager", extra=extra, destination=True)]


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The user lists with the hashes they hold."""
    return {"google_audiences": Members(sandbox).contents()}


def refusal(kind: str) -> Response | None:
    """Google's own words for an exhausted quota, an internal error and an outage."""
    refused = {
        "429": exhausted(REQUESTS_PER_MINUTE),
        "500": Refused(500, "INTERNAL", "Internal error encountered.", "INTERNAL_ERROR"),
        "down": Refused(503, "UNAVAILABLE", "The service is currently unavailable.", "INTERNAL_ERROR"),
    }.get(kind)
    return _json(refused.body(), refused.http) if refused else None


def _check_token(sandbox: Sandbox, header: str) -> None:
    scheme, _, token = header.partition(" ")
    known = sandbox.state.get(TOKENS, token) if scheme.lower() == "bearer" else None
    if known is None or known < time.time():
        message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
        raise Refused(401, "UNAUTHENTICATED", message, "ACCESS_TOKEN_TYPE_UNSUPPORTED")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError:
        raise invalid("INVALID_ARGUMENT", "$", "Invalid JSON payload received.") from None
    return body if isinstance(body, dict) else {}


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json; charset=UTF-8")
