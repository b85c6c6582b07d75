"""How Amazon says no: a list of errors, each with a code, a message and details."""

import uuid
from typing import Any

import orjson
from fastapi import Response

DENIED = "Access to requested resource is denied."
OVER_QUOTA = "You exceeded your quota for the requested resource."


class Refused(Exception):
    """An error answer of the Selling Partner API."""

    def __init__(self, status: int, code: str, message: str, details: str = ""):
        super().__init__(message)
        self.status = status
        self.body = {"errors": [{"code": code, "message": message, "details": details}]}

    def response(self) -> Response:
        return answer(self.body, self.status)


def invalid(message: str, details: str = "") -> Refused:
    """400: a parameter that cannot be."""
    return Refused(400, "InvalidInput", message, details)


def not_found(what: str) -> Refused:
    return Refused(404, "NotFound", f"{what} was not found.")


def denied(details: str) -> Refused:
    """403, also for an access token that has expired: Amazon knows no 401."""
    return Refused(403, "Unauthorized", DENIED, details)


def answer(body: Any, status: int = 200, rate: float | None = None) -> Response:
    """JSON with the request's id; `rate` (a success's usage plan, in requests per second) goes into the header."""
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    if rate is not None:
        headers["x-amzn-RateLimit-Limit"] = f"{rate:.4g}"
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
