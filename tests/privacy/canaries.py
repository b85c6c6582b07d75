"""Canaries: strings that belong nowhere outside their place, planted in everything the vendors say.

`Planting` stands before the sandbox's faces. Into every object it adds fields nobody asked for (a note, an address, a
card), names that were asked for become canaries, every second profile of the mail platform has one for a date, bearer tokens
that are handed out are noted, and every refusal quotes a person and the caller's own credentials.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox import credentials, server
from include.sandbox.world.model import World
from include.settings import Settings, read_secrets

UNKNOWN, NAMES = 90, 30
NAME_FIELDS = ("firstName", "lastName", "first_name", "last_name")
PUBLIC = ("ODOO_DATABASE", "META_AD_ACCOUNT_ID", "GOOGLE_ADS_CUSTOMER_ID", "GOOGLE_ADS_LOGIN_CUSTOMER_ID", "SMTP_USER",
          "GOOGLE_CLIENT_ID", "SHOPIFY_CLIENT_ID", "AMAZON_CLIENT_ID", "UPS_CLIENT_ID")  # fmt: skip
"""Names of accounts, no secrets: several are the account's name everywhere."""


@dataclass
class Canaries:
    """What was planted, and how often each was sent to us."""

    unknown: list[str] = field(
        default_factory=lambda: [f"cnry{n:03d}unknown@field.example" for n in range(UNKNOWN)]
    )
    names: list[str] = field(default_factory=lambda: [f"Cnryname{n:03d}" for n in range(NAMES)])
    people: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    @property
    def all(self) -> list[str]:
        return sorted({*self.unknown, *self.names, *self.people, *self.secrets, *self.tokens})


def canaries_of(world: World, settings: Settings) -> Canaries:
    """Sixty customers of the company and every secret there is."""
    stores = (world, *world.branches)
    known = [one for store in stores for one in store.customers if one.email][:60]
    people = [one.email for one in known] + [one.phone for one in known if one.phone]
    vendors = [value for name, value in vars(credentials).items() if name.isupper() and name not in PUBLIC]
    own = [value for name, value in read_secrets(settings.secrets_file).items() if name != "admin_dsn"]
    return Canaries(people=people, secrets=[*vendors, *own])


class Planting:
    """ASGI middleware that rewrites JSON answers of the faces."""

    def __init__(self, app: ASGIApp, canaries: Canaries):
        self.app, self.canaries = app, canaries
        self._unknown, self._names = cycle(canaries.unknown), cycle(canaries.names)
        self.refusing: list[str] = []
        """Parts of paths that are refused from now on."""
        self._spoilt = cycle((True, False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        if any(part in scope["path"] for part in self.refusing):
            await _answer(send, 400, _json(self._refusal(scope)))
            return
        start: Message = {}
        body = b""

        async def gather(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = dict(message)
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, gather)
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        kind = dict(start["headers"]).get(b"content-type", b"")
        if b"json" in kind:
            body = self._planted(scope, body, lines=b"jsonl" in kind)
        await _answer(send, start["status"], body, headers)

    def _planted(self, scope: Scope, body: bytes, lines: bool) -> bytes:
        try:
            told = [json.loads(line) for line in body.splitlines()] if lines else json.loads(body)
        except ValueError:
            return body
        if "oauth" in scope["path"] or "auth" in scope["path"].split("/")[-1] or "token" in scope["path"]:
            self.canaries.tokens |= {
                told[name] for name in ("access_token", "refresh_token") if told.get(name)
            }
            return body
        self._plant(told)
        return b"\n".join(_json(line) for line in told) + b"\n" if lines else _json(told)

    def _plant(self, node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                self._plant(item)
        if not isinstance(node, dict):
            return
        for name, value in list(node.items()):
            if name in NAME_FIELDS and isinstance(value, str):
                node[name] = self._next(self._names)
            else:
                self._plant(value)
        if node.get("type") == "profile" and "created" in node.get("attributes", {}) and next(self._spoilt):
            node["attributes"]["created"] = self._next(self._unknown)
        if "id" in node:
            node["customerNote"] = self._next(self._unknown)
            node["billing"] = {
                "card": {"holder": self._next(self._unknown)},
                "lines": [self._next(self._unknown)],
            }

    def _next(self, canaries: Iterator[str]) -> str:
        canary = next(canaries)
        self.canaries.told.add(canary)
        return canary

    def _refusal(self, scope: Scope) -> dict[str, Any]:
        """As a careless vendor words it: with the person and the token it is about."""
        authorisation = dict(scope["headers"]).get(b"authorization", b"").decode()
        person = next(iter(self.canaries.people))
        text = f"{self._next(self._unknown)} {person} refused for {authorisation} {scope['query_string'].decode()}"
        detail = {"code": 100, "message": text, "title": text, "detail": text, "status": 400, "type": text}
        return {
            "error": {**detail, "error_user_msg": text, "fbtrace_id": text},
            "errors": [detail],
            "message": text,
        }


async def _answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    known = list(headers) or [(b"content-type", b"application/json")]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*known, length]})
    await send({"type": "http.response.body", "body": body})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@contextmanager
def planted(canaries: Canaries) -> Iterator[list[Planting]]:
    """From now on a sandbox that is served has canaries in it; gives the middlewares in use."""
    made: list[Planting] = []
    plain = server.create_app

    def create(*arguments: Any) -> Planting:
        made.append(Planting(plain(*arguments), canaries))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "create_app", create)
        yield made
