"""Klaviyo (JSON:API): metrics, events, profiles with their consents, lists and who is on them, bulk imports.

Quirks kept: the `revision` header is required (400 without); a list shows 10 lists, 100 profiles or 1,000 events a
page at most and its next page is an absolute link; sparse fields and `include`; limits are told in `RateLimit-…`
headers and a 429 brings `Retry-After`; a 204 has no body; an import is a job, answered before it is done.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.klaviyo.errors import FAULTS, Refused, answer, invalid
from include.sandbox.faces.klaviyo.events import Events
from include.sandbox.faces.klaviyo.jobs import Jobs
from include.sandbox.faces.klaviyo.limits import Limit
from include.sandbox.faces.klaviyo.lists import Lists
from include.sandbox.faces.klaviyo.pages import Asked
from include.sandbox.faces.klaviyo.people import Profiles

PREFIX = "/klaviyo/api"
REVISION = re.compile(r"\d{4}-\d{2}-\d{2}(\.\w+)?")
SCHEME = "Klaviyo-API-Key"
BURST_AND_STEADY = {
    "metrics": (10, 150),
    "events": (350, 3500),
    "profiles": (75, 750),
    "lists": (75, 750),
    "create_list": (10, 150),
    "relationships": (10, 150),
    "imports": (10, 150),
    "subscribe": (75, 750),
}
"""Requests a second and a minute, by kind of endpoint."""


def router(sandbox: Sandbox) -> APIRouter:
    """Routes below /klaviyo/api."""
    profiles = Profiles(sandbox)
    events, lists = Events(sandbox, profiles), Lists(sandbox, profiles)
    jobs = Jobs(sandbox, profiles, lists)
    limits = {kind: Limit(*pair, sandbox.limits.scale) for kind, pair in BURST_AND_STEADY.items()}
    routes = APIRouter(prefix=PREFIX)

    def handle(request: Request, kind: str, action: Callable[[Asked], Any], status: int = 200) -> Response:
        headers: dict[str, str] = {}
        try:
            _check(request)
            headers = limits[kind].take()
            base = f"{str(request.base_url).rstrip('/')}{PREFIX}"
            body = action(Asked(request, base, sandbox.limits.token_seconds))
            return (
                Response(status_code=status, headers=headers)
                if body is None
                else answer(body, status, headers)
            )
        except Refused as refused:
            return refused.response(limits[kind].retry() if refused.status == 429 else headers)

    @routes.get("/metrics")
    async def read_metrics(request: Request) -> Response:
        return handle(request, "metrics", events.metrics.page)

    @routes.get("/events")
    async def read_events(request: Request) -> Response:
        return handle(request, "events", events.page)

    @routes.get("/profiles")
    async def read_profiles(request: Request) -> Response:
        return handle(request, "profiles", profiles.page)

    @routes.get("/lists")
    async def read_lists(request: Request) -> Response:
        return handle(request, "lists", lists.page)

    @routes.post("/lists")
    async def create_list(request: Request) -> Response:
        body = await request.body()
        return handle(request, "create_list", lambda asked: lists.create(_data(body), asked), 201)

    @routes.get("/lists/{key}")
    async def read_list(key: str, request: Request) -> Response:
        return handle(request, "lists", lambda asked: lists.show(key, asked))

    @routes.get("/lists/{key}/profiles")
    async def read_members(key: str, request: Request) -> Response:
        return handle(request, "lists", lambda asked: lists.member_page(key, asked))

    @routes.api_route("/lists/{key}/relationships/profiles", methods=["POST", "DELETE"])
    async def change_members(key: str, request: Request) -> Response:
        body, is_removal = await request.body(), request.method == "DELETE"
        return handle(request, "relationships", lambda _: lists.change(key, _data(body), is_removal), 204)

    @routes.post("/profile-bulk-import-jobs")
    async def submit_import(request: Request) -> Response:
        body = await request.body()
        return handle(request, "imports", lambda asked: jobs.submit(_data(body), asked), 202)

    @routes.get("/profile-bulk-import-jobs/{key}")
    async def read_import(key: str, request: Request) -> Response:
        return handle(request, "imports", lambda asked: jobs.show(key, asked))

    @routes.get("/profile-bulk-import-jobs/{key}/profiles")
    async def read_imported(key: str, request: Request) -> Response:
        return handle(request, "imports", lambda asked: jobs.profiles(key, asked))

    @routes.get("/profile-bulk-import-jobs/{key}/import-errors")
    async def read_import_errors(key: str, request: Request) -> Response:
        return handle(request, "imports", lambda asked: jobs.errors(key, asked))

    @routes.post("/profile-subscription-bulk-create-jobs")
    async def subscribe(request: Request) -> Response:
        body = await request.body()
        return handle(request, "subscribe", lambda _: jobs.subscribe(_data(body)), 202)

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """A private key: browsing and consents are read with it, lists are written."""
    extra = {"account": "klaviyo", "requests_per_second": 100}
    key = credentials.KLAVIYO_API_KEY
    return [
        Connection(
            "klaviyo", "/klaviyo", password=key, extra=extra, destination=True, simulates=("browsing",)
        )
    ]


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """Lists made through the API with who is on them, imports, and calls that granted consent."""
    profiles = Profiles(sandbox)
    lists = Lists(sandbox, profiles)
    jobs = Jobs(sandbox, profiles, lists)
    return {
        "klaviyo_lists": lists.made(),
        "klaviyo_imports": jobs.submitted(),
        "klaviyo_subscriptions": jobs.subscriptions(),
    }


def refusal(kind: str) -> Response | None:
    """Klaviyo's own words for being limited, broken or down."""
    return FAULTS[kind]().response() if kind in FAULTS else None


def _check(request: Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if not key:
        detail = "Missing or invalid authorization scheme. Please use Klaviyo-API-Key."
        raise Refused(401, "not_authenticated", "Authentication credentials were not provided.", detail)
    if scheme != SCHEME or key != credentials.KLAVIYO_API_KEY:
        detail = "Missing or invalid private key."
        raise Refused(401, "authentication_failed", "Incorrect authentication credentials.", detail)
    if not REVISION.fullmatch(request.headers.get("revision", "")):
        raise invalid("A revision header in the form YYYY-MM-DD is required.", pointer="/headers/revision")
    kind = request.headers.get("Content-Type", "")
    if request.method != "GET" and not kind.startswith(("application/vnd.api+json", "application/json")):
        detail = f"Unsupported media type '{kind}' in request."
        raise Refused(415, "unsupported_media_type", "Unsupported media type.", detail)


def _data(body: bytes) -> Any:
    try:
        return orjson.loads(body)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise invalid("The body must be a JSON:API document with 'data'.") from None
