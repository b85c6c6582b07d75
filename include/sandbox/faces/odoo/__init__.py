"""Odoo 19's JSON-2 API: `POST /json/2/{model}/{method}` with named arguments.

Quirks kept: datetimes are UTC without saying so, empty is `false`, archived records are hidden unless
the context says `active_test: false`, money is a float, errors carry the Python exception.
"""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.odoo.drafts import KIND
from include.sandbox.faces.odoo.errors import Raised
from include.sandbox.faces.odoo.models import Models

PREFIX = "/odoo"
VERSION = {"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]}
REFUSALS = {
    "429": ("werkzeug.exceptions.TooManyRequests", "This user has exceeded an allotted request count."),
    "500": ("psycopg2.OperationalError", "server closed the connection unexpectedly"),
    "down": (
        "werkzeug.exceptions.ServiceUnavailable",
        "The server is temporarily unable to service your request.",
    ),
}


def router(sandbox: Sandbox) -> APIRouter:
    """The one endpoint for every model, and the version."""
    models = Models(sandbox)
    routes = APIRouter(prefix=PREFIX)

    @routes.get("/web/version")
    async def version() -> Response:
        return _json(VERSION)

    @routes.post("/json/2/{model}/{method}")
    async def call(model: str, method: str, request: Request) -> Response:
        try:
            _authenticate(request)
            return _json(models.call(model, method, _arguments(await request.body())))
        except Raised as raised:
            return _json(raised.body(), raised.status)

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """An API key of the one database; drafts of purchase orders may be written to it."""
    extra = {"account": credentials.ODOO_DATABASE}
    real = ("stock", "suppliers", "costs")
    return [
        Connection(
            "odoo",
            "/odoo",
            password=credentials.ODOO_API_KEY,
            extra=extra,
            destination=True,
            simulates=real,
        )
    ]


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The draft purchase orders created here."""
    return {"purchase_orders": sandbox.state.all(KIND)}


def refusal(kind: str) -> Response | None:
    """Odoo's own words for being limited, broken or down."""
    if kind not in REFUSALS:
        return None
    raised = Raised(*REFUSALS[kind])
    return _json(raised.body(), raised.status)


def _authenticate(request: Request) -> None:
    if request.headers.get("X-Odoo-Database", credentials.ODOO_DATABASE) != credentials.ODOO_DATABASE:
        raise Raised("werkzeug.exceptions.NotFound", "Database not found.")
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        message = "User not authenticated, use an API Key with a Bearer Authorization header."
        raise Raised("werkzeug.exceptions.Unauthorized", message)
    if key != credentials.ODOO_API_KEY:
        raise Raised("werkzeug.exceptions.Unauthorized", "Invalid apikey")


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        arguments = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        message = f"could not parse the body as json: {error}"
        raise Raised("werkzeug.exceptions.BadRequest", message) from None
    return arguments if isinstance(arguments, dict) else {}


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json; charset=utf-8")
