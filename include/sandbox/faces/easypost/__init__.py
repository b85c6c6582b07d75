"""EasyPost v2: trackers of the company's parcels."""

import base64

from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.easypost.errors import REFUSALS, Refused, answer
from include.sandbox.faces.easypost.trackers import Trackers

PREFIX = "/easypost/v2"
REQUESTS_PER_SECOND = 5


def router(sandbox: Sandbox) -> APIRouter:
    """`GET /trackers` and `GET /trackers/{id}`."""
    trackers = Trackers(sandbox)
    rate = REQUESTS_PER_SECOND * sandbox.limits.scale
    index_limit = Bucket(rate, rate)
    routes = APIRouter(prefix=PREFIX)

    @routes.get("/trackers")
    async def index(request: Request) -> Response:
        try:
            _authenticate(request)
            wait = index_limit.take()
            if wait:
                raise Refused(*REFUSALS["429"])
            return answer(trackers.page(dict(request.query_params)))
        except Refused as refused:
            return refused.response()

    @routes.get("/trackers/{tracker_id}")
    async def show(tracker_id: str, request: Request) -> Response:
        try:
            _authenticate(request)
            return answer(trackers.one(tracker_id))
        except Refused as refused:
            return refused.response()

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """An API key."""
    extra = {"account": "easypost", "requests_per_second": 100}
    key = credentials.EASYPOST_API_KEY
    return [Connection("easypost", "/easypost", password=key, extra=extra, simulates=("parcels",))]


def refusal(kind: str) -> Response | None:
    """EasyPost's own words for being limited, broken or down."""
    return Refused(*REFUSALS[kind]).response() if kind in REFUSALS else None


def _authenticate(request: Request) -> None:
    """Basic with the key as user name (and no password), or Bearer."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        token = base64.b64decode(token.encode() + b"==").decode("utf-8", "replace").partition(":")[0]
    if scheme.lower() not in ("basic", "bearer") or token != credentials.EASYPOST_API_KEY:
        message = "This api key is no longer active. Please use a different api key or reactivate this key."
        raise Refused(401, "APIKEY.INACTIVE", message)
