"""The vendors' APIs over one simulated company: one module, a *face*, per vendor.

A face module has

* `router(sandbox) -> fastapi.APIRouter`: its routes with their whole paths, each below one of the
  prefixes given for it in `FACES`;
* optionally `received(sandbox) -> dict[str, list]`: what it was sent, by name (`{"audiences": [...]}`);
  served by the sandbox at `/_sandbox/<name>`, underscores as dashes;
* optionally `refusal(kind) -> Response | None`: the vendor's own wording of an injected fault of
  kind 'down', '429' or '500'; None leaves the plain one.

The mail face has `serve(sandbox) -> MailServer` (with `.port` and `.stop()`) instead of `router`.
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

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
    """Everything a face needs. Facts of `world` later than `clock.now()` have not happened yet."""

    world: "World"
    clock: "Clock"
    state: "State"
    faults: "Faults"
    limits: Limits = Limits()


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
    Face("google_ads", ("/google-ads", "/google-oauth")),
    Face("easypost", ("/easypost",)),
    Face("odoo", ("/odoo",)),
    Face("meta", ("/meta",)),
    Face("slack", ("/slack",)),
    Face("mail", ()),
)


def vendor_of(path: str) -> Face | None:
    """The face a request path belongs to."""
    for face in FACES:
        if any(path == prefix or path.startswith(prefix + "/") for prefix in face.prefixes):
            return face
    return None
