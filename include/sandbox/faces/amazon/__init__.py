"""Amazon's Selling Partner API over the company's marketplace, and Login with Amazon.

Each operation has its own bucket (rate and burst, both times the sandbox's scale): searchOrders gives 20 requests and
then one in three minutes. Over it: 429 QuotaExceeded, without Retry-After. An expired access token is a 403.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.amazon.asked import Asked
from include.sandbox.faces.amazon.errors import OVER_QUOTA, Refused, answer, denied
from include.sandbox.faces.amazon.finances import Finances
from include.sandbox.faces.amazon.inventory import Inventory
from include.sandbox.faces.amazon.orders import Orders
from include.sandbox.faces.amazon.reports import Reports, parse
from include.sandbox.faces.bucket import Bucket
from include.sandbox.world.model import Marketplace

TOKENS = "amazon_token"
NEVER = Marketplace("A2LARKSPUR", "ATVPDKIKX0DER", "Amazon.com", "America/Los_Angeles", "USD", [], [], [], [])
"""What a company without a marketplace answers with: nothing at all."""

PLANS = {
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "getInventorySummaries": (2, 2),
    "listTransactions": (0.5, 10),
    "createReport": (0.0167, 15),
    "getReport": (2, 15),
    "getReportDocument": (0.0167, 15),
}
"""Operation → (requests per second, burst), as Amazon grants them to everybody."""

REFUSALS = {
    "429": Refused(429, "QuotaExceeded", OVER_QUOTA),
    "500": Refused(500, "InternalFailure", "We encountered an internal error. Please try again."),
    "down": Refused(503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again later."),
}


@dataclass
class Plan:
    """An operation's usage plan."""

    rate: float
    bucket: Bucket


def router(sandbox: Sandbox) -> APIRouter:
    """The token endpoint, the seven operations, and the storage that report documents lie in."""
    market = sandbox.world.marketplace or NEVER
    orders, inventory = Orders(sandbox, market), Inventory(sandbox, market)
    reports, finances = Reports(sandbox, market), Finances(sandbox, market)
    door = Door(sandbox)
    routes = APIRouter()

    @routes.post("/amazon-auth/o2/token")
    async def token(request: Request) -> Response:
        form = await request.form()
        return _grant(sandbox, {name: str(value) for name, value in form.items()})

    @routes.get("/amazon/orders/2026-01-01/orders")
    async def search_orders(request: Request) -> Response:
        return door.answer("searchOrders", request, orders.search)

    @routes.get("/amazon/orders/2026-01-01/orders/{order_id}")
    async def get_order(order_id: str, request: Request) -> Response:
        return door.answer("getOrder", request, lambda asked: orders.one(order_id, asked))

    @routes.get("/amazon/fba/inventory/v1/summaries")
    async def inventory_summaries(request: Request) -> Response:
        return door.answer("getInventorySummaries", request, inventory.page)

    @routes.get("/amazon/finances/2024-06-19/transactions")
    async def transactions(request: Request) -> Response:
        return door.answer("listTransactions", request, finances.page)

    @routes.post("/amazon/reports/2021-06-30/reports")
    async def create_report(request: Request) -> Response:
        body = await request.body()
        return door.answer("createReport", request, lambda _: reports.create(parse(body)), 202)

    @routes.get("/amazon/reports/2021-06-30/reports/{report_id}")
    async def get_report(report_id: str, request: Request) -> Response:
        return door.answer("getReport", request, lambda _: reports.show(report_id))

    @routes.get("/amazon/reports/2021-06-30/documents/{document_id}")
    async def get_document(document_id: str, request: Request) -> Response:
        return door.answer("getReportDocument", request, lambda _: reports.document(document_id, request))

    @routes.get("/amazon/documents/{report_id}")
    async def download(report_id: str, request: Request) -> Response:
        return reports.download(report_id, request.query_params.get("X-Amz-Signature", ""))

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """The seller's account; `quota_times` is what a bigger usage plan is at Amazon."""
    if sandbox.world.marketplace is None:
        return []
    market = sandbox.world.marketplace
    extra = {
        "account": market.seller_id,
        "marketplace_ids": [market.marketplace_id],
        "token_url": "{url}/amazon-auth/o2/token",
        "quota_times": sandbox.limits.scale,
        "credentials": {
            "client_id": credentials.AMAZON_CLIENT_ID,
            "client_secret": credentials.AMAZON_CLIENT_SECRET,
            "refresh_token": credentials.AMAZON_REFRESH_TOKEN,
        },
    }
    return [Connection("amazon", "/amazon", extra=extra, simulates=("marketplace",))]


def refusal(kind: str) -> Response | None:
    """Amazon's own words for a quota used up, an internal failure and an outage."""
    return REFUSALS[kind].response() if kind in REFUSALS else None


class Door:
    """Who may ask, and how often."""

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        scale = sandbox.limits.scale
        self._plans = {
            name: Plan(rate * scale, Bucket(rate * scale, burst * scale))
            for name, (rate, burst) in PLANS.items()
        }

    def answer(
        self, operation: str, request: Request, ask: Callable[[Asked], dict[str, Any]], status: int = 200
    ) -> Response:
        plan = self._plans[operation]
        try:
            self._check(request.headers.get("x-amz-access-token"))
            if plan.bucket.take():
                raise REFUSALS["429"]
            return answer(ask(Asked(request, self._sandbox.clock)), status, plan.rate)
        except Refused as refused:
            return refused.response()

    def _check(self, token: str | None) -> None:
        if not token:
            raise denied("Access token is missing in the request header.")
        until = self._sandbox.state.get(TOKENS, token)
        if until is None:
            raise denied("The access token you provided is revoked, malformed or invalid.")
        if until < time.time():
            raise denied("The access token you provided has expired.")


def _grant(sandbox: Sandbox, form: dict[str, str]) -> Response:
    """An access token for the refresh token; errors as OAuth words them."""
    if form.get("grant_type") != "refresh_token":
        return _oauth_error("unsupported_grant_type", "The authorization grant type is not supported.")
    if (form.get("client_id"), form.get("client_secret")) != (
        credentials.AMAZON_CLIENT_ID,
        credentials.AMAZON_CLIENT_SECRET,
    ):
        return _oauth_error("invalid_client", "Client authentication failed", 401)
    if form.get("refresh_token") != credentials.AMAZON_REFRESH_TOKEN:
        return _oauth_error("invalid_grant", "The request has an invalid grant parameter : refresh_token")
    token = f"Atza|{secrets.token_urlsafe(32)}"
    sandbox.state.put(TOKENS, token, time.time() + sandbox.limits.token_seconds)
    told = {
        "access_token": token,
        "refresh_token": credentials.AMAZON_REFRESH_TOKEN,
        "token_type": "bearer",
        "expires_in": max(1, int(sandbox.limits.token_seconds) - 1),
    }
    return Response(orjson.dumps(told), media_type="application/json")


def _oauth_error(error: str, description: str, status: int = 400) -> Response:
    body = orjson.dumps({"error": error, "error_description": description})
    return Response(body, status, media_type="application/json")
