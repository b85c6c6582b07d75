"""Graph API errors."""

import secrets
from typing import Any


class Refused(Exception):
    """`{"error": {"message", "type", "code", "error_subcode", "fbtrace_id"}}`."""

    def __init__(self, code: int, message: str, kind: str, subcode: int | None = None, status: int = 400):
        super().__init__(message)
        self.code, self.kind, self.subcode, self.status = code, kind, subcode, status

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": str(self), "type": self.kind, "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        return {"error": {**error, "fbtrace_id": secrets.token_urlsafe(9)}}


def bad_parameter(message: str, subcode: int | None = None) -> Refused:
    return Refused(100, f"(#100) {message}", "OAuthException", subcode)


def no_such_object(node: str) -> Refused:
    message = (
        f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return Refused(100, message, "GraphMethodException", 33)
