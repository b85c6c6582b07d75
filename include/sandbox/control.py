"""The sandbox's own routes under /_sandbox: its time, its faults, its truth and what it was sent."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from include.sandbox.faces import Connection, Face, Sandbox
from include.sandbox.faults import Fault


class ClockSetting(BaseModel):
    """`now` is an ISO instant with offset; null returns to the company's last midnight."""

    now: datetime | None


class FaultSetting(BaseModel):
    """See `include.sandbox.faults.Fault`."""

    vendor: str
    kind: str
    times: int | None = None
    after: int = 0
    path: str = ""
    seconds: float = 1.0


def router(sandbox: Sandbox, faces: Sequence[Face]) -> APIRouter:
    """The control routes of a sandbox that serves `faces`."""
    routes = APIRouter(prefix="/_sandbox", tags=["sandbox"])
    vendors = [face.vendor for face in faces]

    @routes.get("/health")
    def health() -> dict[str, Any]:
        company = sandbox.world.company
        return {
            "ok": True,
            "company": company.name,
            "shop_domain": company.shop_domain,
            "timezone": company.timezone,
            "currency": company.currency,
            "now": sandbox.clock.now().isoformat(),
            "vendors": vendors,
            "simulated": sorted(sandbox.world.simulated),
        }

    @routes.get("/connections")
    def all_connections() -> list[dict[str, Any]]:
        return [asdict(connection) for connection in connections(sandbox, faces)]

    @routes.get("/clock")
    def read_clock() -> dict[str, Any]:
        return {"now": sandbox.clock.now().isoformat(), "set": sandbox.clock.is_set()}

    @routes.post("/clock")
    def set_clock(setting: ClockSetting) -> dict[str, Any]:
        try:
            sandbox.clock.set(setting.now)
        except ValueError as reason:
            raise HTTPException(422, str(reason)) from reason
        return read_clock()

    @routes.get("/faults")
    def read_faults() -> list[dict[str, Any]]:
        return [asdict(fault) for fault in sandbox.faults.all()]

    @routes.post("/faults")
    def inject(setting: FaultSetting) -> list[dict[str, Any]]:
        if setting.vendor not in vendors:
            raise HTTPException(422, f"vendor {setting.vendor!r} is not one of {', '.join(vendors)}")
        try:
            sandbox.faults.inject(Fault(**setting.model_dump()))
        except ValueError as reason:
            raise HTTPException(422, str(reason)) from reason
        return read_faults()

    @routes.delete("/faults")
    def clear_faults(vendor: str | None = None) -> list[dict[str, Any]]:
        sandbox.faults.clear(vendor)
        return read_faults()

    @routes.get("/truth")
    def truth(day: date) -> dict[str, Any]:
        from include.sandbox.truth import summary

        return dict(summary(sandbox.world, sandbox.clock.now(), day))

    @routes.get("/sent")
    def sent() -> dict[str, int]:
        return {name: len(things) for name, things in _received(sandbox, faces).items()}

    @routes.get("/{name}")
    def received(name: str) -> list[Any]:
        things = _received(sandbox, faces)
        wanted = name.replace("-", "_")
        if wanted not in things:
            raise HTTPException(404, f"nothing is called {name}; there are {', '.join(sorted(things))}")
        return things[wanted]

    return routes


def connections(sandbox: Sandbox, faces: Sequence[Face]) -> list[Connection]:
    """How to connect to every account there is, in the order of the faces."""
    return [connection for face in faces for connection in face.module.connections(sandbox)]


def _received(sandbox: Sandbox, faces: Sequence[Face]) -> dict[str, list[Any]]:
    """What every destination was sent, by name: audiences, mails, messages, purchase_orders."""
    things: dict[str, list[Any]] = {}
    for face in faces:
        if hasattr(face.module, "received"):
            things.update(face.module.received(sandbox))
    return things
