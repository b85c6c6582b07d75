"""The vendors' APIs over one simulated company: one module, a *face*, per vendor.

A face module has

* `router(sandbox) -> fastapi.APIRouter`: its routes with their whole paths, each below one of the
  prefixes given for it in `FACES`;
* optionally `received(sandbox) -> dict[str, list]`: what it was sent, by name (`{"audiences": [...]}`);
  served by the sandbox at `/_sandbox/<name>`, underscores as dashes;
* `connections(sandbox) -> list[Connection]`: how to connect to it, as a person would to a real account;
* optionally `refusal(kind) -> Response | None`: the vendor's own wording of an injected fault of
  kind 'down', '429' or '500'; None leaves the plain one.

The mail face has `serve(sandbox) -> MailServer` (with `.port` and `.stop()`) instead of `router`.

A branch of the company (`world.branches`) is served below `/branches/2`, `/branches/3`… by the faces named in
`BRANCH_FACES`; its account is a source's second, third… connection: nightshift_shopify_2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.sandbox.clock import Clock
    from include.sandbox.faults import Faults
    from include.sandbox.state import State
    from include.sandbox.world.model import World


@dataclass(frozen=True)
class Limits:
    """How strict the faces are. `scale` multiplies every vendor's real rate limit (1 = as strict as the
    vendor); `token_seconds` is how long (real time) a token that expires is good for."""

    scale: float = 50.0
    token_seconds: float = 3600.0


@dataclass(frozen=True)
class Sandbox:
    """Everything a face needs. Facts of `world` later than `clock.now()` have not happened yet.

    `branches` are the sandboxes of the company's further shops: the same time and faults, their own memory.
    """

    world: "World"
    clock: "Clock"
    state: "State"
    faults: "Faults"
    limits: Limits = Limits()
    branches: tuple["Sandbox", ...] = ()


@dataclass(frozen=True)
class Connection:
    """What a person would enter to connect to a face.

    `name` is the Airflow id without `nightshift_`; `path` lies below the sandbox's address, and the text `{url}` in a
    value of `extra` becomes that address. A `destination` is allowed to act. `simulates` are the names of
    `World.simulated` that a real account in its place makes real.
    """

    name: str
    path: str = ""
    kind: str = "generic"
    login: str | None = None
    password: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    destination: bool = False
    simulates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Face:
    """`vendor` is the name faults are injected by."""

    vendor: str
    prefixes: tuple[str, ...]

    @property
    def module(self) -> ModuleType:
        return import_module(f"{__name__}.{self.vendor}")


FACES = (
    Face("shopify", ("/shopify",)),
    Face("amazon", ("/amazon", "/amazon-auth")),
    Face("google_ads", ("/google-ads", "/google-oauth")),
    Face("easypost", ("/easypost",)),
    Face("ups", ("/ups",)),
    Face("odoo", ("/odoo",)),
    Face("meta", ("/meta",)),
    Face("klaviyo", ("/klaviyo",)),
    Face("google_data_manager", ("/google-data-manager",)),
    Face("slack", ("/slack",)),
    Face("ecb", ("/ecb",)),
    Face("mail", ()),
)


BRANCH_FACES = ("shopify",)
_BRANCH = re.compile(r"^/branches/\d+(?=/)")


def vendor_of(path: str) -> Face | None:
    """The face a request path belongs to, of whichever branch."""
    path = _BRANCH.sub("", path)
    for face in FACES:
        if any(path == prefix or path.startswith(prefix + "/") for prefix in face.prefixes):
            return face
    return None
