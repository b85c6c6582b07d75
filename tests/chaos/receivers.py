"""What receivers hold in the end, and whether each thing is there once, or marked where it could not be helped."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.sandbox.faces import FACES, Limits
from include.settings import Settings
from tests.activation.house import House, actions
from tests.sandbox.tiny import served

VENDORS = ("odoo", "meta", "slack", "mail", "google_ads", "google_data_manager", "klaviyo")
HASH = re.compile(r"/[0-9a-f]{16}")
"""The part of an order's key that names cycles by numbers, of which a rolled back transaction uses up some."""
LISTS = ("audiences", "google_audiences", "klaviyo_lists")


@contextmanager
def receivers(folder: Path, like: Path | None = None) -> Iterator[House]:
    """Receivers of their own; `like` gives the folder of others whose memory they begin with."""
    if like:
        shutil.copytree(like, folder)
    with served(folder, *VENDORS, limits=Limits(scale=1000)) as running:
        yield House(running)


def held(house: House) -> dict[str, Any]:
    """Everything by its name at the receiver, how often, and who is on which list."""
    received: dict[str, list[Any]] = {}
    for face in FACES:
        if hasattr(face.module, "received"):
            received |= face.module.received(house.running.sandbox)
    return {
        "messages": Counter(message["text"] for message in received["messages"]),
        "mails": Counter(mail["subject"] for mail in received["mails"]),
        "orders": Counter(HASH.sub("", order["x_nightshift_key"]) for order in received["purchase_orders"]),
        "granted": len(received["klaviyo_subscriptions"]),
        **{name: {one["name"]: sorted(one["members"]) for one in received[name]} for name in LISTS},
    }


def amiss(settings: Settings, house: House, truth: dict[str, Any]) -> list[str]:
    """What a receiver lacks, holds twice without our saying so, or should not hold."""
    ours, told = held(house), []
    marked = Counter(one["destination"] for one in actions(settings) if one["possibly_repeated"])
    for name, destination in (("messages", "slack"), ("mails", "smtp")):
        if set(ours[name]) != set(truth[name]):
            told.append(f"{name}: {sorted(ours[name])} instead of {sorted(truth[name])}")
        if ours[name].total() > len(truth[name]) + marked[destination]:
            told.append(f"{name}: sent again without a mark")
    told += [
        f"{name}: {ours[name]} instead of {truth[name]}"
        for name in ("orders", "granted", *LISTS)
        if ours[name] != truth[name]
    ]
    waiting = [one for one in actions(settings) if one["status"] not in ("confirmed", "cancelled")]
    return told + [f"{one['kind']} to {one['destination']} is {one['status']}" for one in waiting]
