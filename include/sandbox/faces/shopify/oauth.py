"""Access tokens: one that never expires, and those from the client-credentials and refresh-token grants."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from include.sandbox import credentials
from include.sandbox.faces import Sandbox

SCOPES = (
    "read_all_orders,read_customers,read_fulfillments,read_inventory,read_locations,read_orders,"
    "read_products,read_returns"
)


class Tokens:
    """Tokens handed out, kept in the sandbox's state. Expiry counts real time."""

    def __init__(self, sandbox: Sandbox):
        self._state, self._seconds = sandbox.state, sandbox.limits.token_seconds

    def is_good(self, token: str | None) -> bool:
        if token == credentials.SHOPIFY_TOKEN:
            return True
        issued = self._state.get("shopify_token", token) if token else None
        return issued is not None and issued["expires_at"] > time.time()

    def grant(self, form: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer a token request; None refuses it."""
        is_known = (
            form.get("client_id") == credentials.SHOPIFY_CLIENT_ID
            and form.get("client_secret") == credentials.SHOPIFY_CLIENT_SECRET
        )
        if not is_known:
            return None
        if form.get("grant_type") == "client_credentials":
            return self._issue()
        if form.get("grant_type") == "refresh_token":
            return self._refresh(str(form.get("refresh_token")))
        return None

    def _issue(self) -> dict[str, Any]:
        token = f"shpat_{secrets.token_hex(16)}"
        self._state.put("shopify_token", token, {"expires_at": time.time() + self._seconds})
        return {"access_token": token, "scope": SCOPES, "expires_in": int(self._seconds)}

    def _refresh(self, token: str) -> dict[str, Any] | None:
        """Rotate: the old refresh token is good until its replacement has been used."""
        first = {"current": credentials.SHOPIFY_REFRESH_TOKEN, "previous": None}
        known = self._state.get("shopify_refresh", "token") or first
        if token not in (known["current"], known["previous"]):
            return None
        replacement = f"shprt_{secrets.token_hex(16)}"
        self._state.put("shopify_refresh", "token", {"current": replacement, "previous": token})
        return {**self._issue(), "refresh_token": replacement, "refresh_token_expires_in": 7776000}
