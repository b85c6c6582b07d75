"""Errors as Google's APIs word them: a status, an ErrorInfo with the reason, the fields that broke a rule."""

import secrets
from typing import Any

TYPES = "type.googleapis.com/google.rpc."
DOMAIN = "datamanager.googleapis.com"


class Refused(Exception):
    """`field` is the path of what was wrong, `reason` one of Data Manager's ErrorReason values."""

    def __init__(
        self,
        http: int,
        status: str,
        message: str,
        reason: str,
        field: str | None = None,
        metadata: dict[str, str] | None = None,
        domain: str = DOMAIN,
    ):
        super().__init__(message)
        self.http, self.status, self.reason, self.field = http, status, reason, field
        self.metadata, self.domain = metadata or {}, domain

    def body(self) -> dict[str, Any]:
        request_id = secrets.token_urlsafe(16)
        info = {
            "@type": f"{TYPES}ErrorInfo",
            "reason": self.reason,
            "domain": self.domain,
            "metadata": {**self.metadata, "requestId": request_id},
        }
        details: list[dict[str, Any]] = [info, {"@type": f"{TYPES}RequestInfo", "requestId": request_id}]
        if self.field:
            violation = {"field": self.field, "description": str(self), "reason": self.reason}
            details.append({"@type": f"{TYPES}BadRequest", "fieldViolations": [violation]})
        error = {"code": self.http, "message": str(self), "status": self.status, "details": details}
        return {"error": error}


def invalid(reason: str, field: str, message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message, reason, field)


def no_such(what: str) -> Refused:
    return Refused(404, "NOT_FOUND", f"{what} was not found.", "NOT_FOUND")


def forbidden() -> Refused:
    message = "The caller does not have permission, or the account does not exist."
    return Refused(403, "PERMISSION_DENIED", message, "PERMISSION_DENIED")


def exhausted(most: int) -> Refused:
    """300 requests a minute for a project, as the quota service words it."""
    metadata = {
        "service": DOMAIN,
        "quota_limit": "RequestsPerMinutePerProject",
        "quota_limit_value": str(most),
    }
    message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
    return Refused(
        429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED", None, metadata, "googleapis.com"
    )
