"""Meta's Graph API v26.0: the ad account's figures (insights) and its Custom Audiences.

Quirks kept: every error is an object below `error` with a numeric code, and most have HTTP 400; usage is told in
percent in a header, per use case; invalid hashes are counted and left out, not refused. See `insights`, `reports`
and `audiences` for theirs, `graph` for what all calls share.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.meta.audiences import Audiences
from include.sandbox.faces.meta.errors import Refused
from include.sandbox.faces.meta.graph import (
    arguments_of,
    authenticate,
    chosen,
    json_response,
    page,
    usage,
)
from include.sandbox.faces.meta.insights import Insights
from include.sandbox.faces.meta.reports import Reports

PREFIX = "/meta/v26.0"
CALLS_PER_SECOND = 2
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
USE_CASES = {"custom_audience": 80003, "ads_insights": 80000}
"""Use case, each with a budget of its own → the code of the answer when it is used up."""


def router(sandbox: Sandbox) -> APIRouter:
    """Routes of the ad account's insights and audiences, of a report and of one audience's users."""
    audiences, insights = Audiences(sandbox), Insights(sandbox)
    reports = Reports(sandbox, insights)
    rate = CALLS_PER_SECOND * sandbox.limits.scale
    limits = {use_case: Bucket(rate, 10 * rate) for use_case in USE_CASES}
    routes = APIRouter(prefix=PREFIX)

    async def answer(request: Request, action: Any, use_case: str = "custom_audience") -> Response:
        limit = limits[use_case]
        try:
            arguments = await arguments_of(request)
            authenticate(request, arguments)
            if limit.take():
                raise Refused(**{**REFUSALS["429"], "code": USE_CASES[use_case]})
            return json_response(action(arguments), headers=usage(limit, use_case))
        except Refused as refused:
            return json_response(refused.body(), refused.status, usage(limit, use_case))

    @routes.get("/{node}/insights")
    async def figures(node: str, request: Request) -> Response:
        def told(arguments: dict[str, Any]) -> Any:
            if reports.has(node):
                return page(reports.rows(node), arguments, request)
            return page(insights.at_once(insights.asked(node, arguments)), arguments, request)

        return await answer(request, told, "ads_insights")

    @routes.post("/{account}/insights")
    async def begin_report(account: str, request: Request) -> Response:
        return await answer(request, lambda given: reports.begin(account, given), "ads_insights")

    @routes.post("/{account}/customaudiences")
    async def create(account: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.create(account, arguments))

    @routes.get("/{account}/customaudiences")
    async def index(account: str, request: Request) -> Response:
        def listed(given: dict[str, Any]) -> Any:
            return page([chosen(one, given) for one in audiences.all(account)], given, request)

        return await answer(request, listed)

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
        if node.startswith("act_"):
            return await answer(request, lambda given: insights.account(node, given), "ads_insights")
        if reports.has(node):
            return await answer(request, lambda given: reports.look(node, given), "ads_insights")
        return await answer(request, lambda arguments: chosen(audiences.show(node), arguments))

    @routes.delete("/{node}")
    async def delete(node: str, request: Request) -> Response:
        return await answer(request, lambda arguments: audiences.delete(node))

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """One ad account: its figures are read, its audiences written."""
    extra = {
        "account": credentials.META_AD_ACCOUNT_ID,
        "credentials": {"app_secret": credentials.META_APP_SECRET},
    }
    token = credentials.META_ACCESS_TOKEN
    return [Connection("meta", "/meta", password=token, extra=extra, destination=True, simulates=("ads",))]


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The audiences with the hashes they hold."""
    return {"audiences": Audiences(sandbox).contents()}


def refusal(kind: str) -> Response | None:
    """Graph's own words for being limited, broken or down."""
    if kind not in REFUSALS:
        return None
    refused = Refused(**REFUSALS[kind])
    return json_response(refused.body(), refused.status)
