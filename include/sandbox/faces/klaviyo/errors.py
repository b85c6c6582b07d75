"""JSON:API errors in Klaviyo's words: `{"errors": [{"id", "status", "code", "title", "detail", "source"}]}`."""

import uuid
from typing import Any

import orjson
from fastapi import Response

MEDIA_TYPE = "application/vnd.api+json"


class Refused(Exception):
    """One error. `pointer` names a place in the body, `parameter` one of the query."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        pointer: str | None = None,
        parameter: str | None = None,
    ):
        super().__init__(detail)
        source: dict[str, str] = {"pointer": pointer or "/data"}
        if parameter:
            source = {"parameter": parameter}
        self.status = status
        self.error = {
            "id": str(uuid.uuid4()),
            "status": status,
            "code": code,
            "title": title,
            "detail": detail,
            "source": source,
        }

    def response(self, headers: dict[str, str] | None = None) -> Response:
        return answer({"errors": [self.error]}, self.status, headers)


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type=MEDIA_TYPE)


def invalid(detail: str, *, parameter: str | None = None, pointer: str | None = None) -> Refused:
    return Refused(400, "invalid", "Invalid input.", detail, parameter=parameter, pointer=pointer)


def not_found(kind: str, key: str) -> Refused:
    return Refused(404, "not_found", "Not found.", f"A {kind} with id {key} does not exist.")


def throttled(seconds: float) -> Refused:
    detail = f"Request was throttled. Expected available in {max(1, round(seconds))} second."
    return Refused(429, "throttled", "Request was throttled.", detail, pointer="/data/")


FAULTS = {
    "429": lambda: throttled(1),
    "500": lambda: Refused(500, "error", "A server error occurred.", "A server error occurred."),
    "down": lambda: Refused(
        503,
        "service_unavailable",
        "Service unavailable.",
        "Service temporarily unavailable, try again later.",
    ),
}
