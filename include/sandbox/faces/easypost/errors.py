"""How EasyPost answers, and how it says no."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Response

REFUSALS = {
    "429": (429, "RATE_LIMITED", "You have exceeded the allowed rate limit. Please slow down your requests."),
    "500": (500, "INTERNAL_SERVER_ERROR", "We're sorry, something went wrong. Please try again."),
    "down": (503, "SERVICE_UNAVAILABLE", "The service is temporarily unavailable."),
}


class Refused(Exception):
    """EasyPost's error body and status."""

    def __init__(self, status: int, code: str, message: str, errors: Sequence[dict[str, str]] = ()):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "errors": list(errors)}}

    def response(self) -> Response:
        return answer(self.body, self.status)


def answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
