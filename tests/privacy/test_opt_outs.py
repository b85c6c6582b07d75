"""Whoever opted out is in no list after the next run, whatever went wrong at the platforms; Amazon's buyers never are.

People leave before a night, while it plans, in the moment before it adds, and after it; by request, consent, suppression
and erasure. One night fails at some platform, the next does not. The platforms are the sandbox's, over HTTP.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random

import pytest

from include.activation import audiences, holdout
from include.activation.update import Update
from include.clients.pace import Clock
from include.errors import NightshiftError
from include.privacy.consent import record_consent
from include.privacy.hashing import google_email, meta_email
from include.privacy.keys import customer_key
from include.privacy.requests import answer_open, requests, take_request
from include.privacy.suppression import suppress
from include.sandbox.faults import Fault
from tests.activation.house import CARTS, DAY, candidates
from tests.activation.house import people as known
from tests.privacy.test_platforms_forget import three

FIGURE = "opt-outs under faults of the platforms, none in a list after the next run"
VENDORS = ("meta", "google_data_manager", "klaviyo")
KINDS = ("500", "429", "down", "reset", "truncate", "html")
BUYERS = [f"buyer{n}@marketplace.amazon.com" for n in range(25)]
SEED = 20261122


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nobody is held out, and nobody waits as long as a vendor asks."""
    monkeypatch.setattr(holdout, "is_held_out", lambda *_: False)
    given = Clock.__init__.__defaults__
    short = tuple(_shortly if default is time.sleep else default for default in given)
    monkeypatch.setattr(Clock.__init__, "__defaults__", short)


def _shortly(seconds: float) -> None:
    time.sleep(min(seconds, 0.005))


class Shop:
    """Everybody who said yes once, and who has left since."""

    def __init__(self, settings, house, people: int, seed: int):
        self.settings, self.house, self.dice = settings, house, Random(seed)
        everybody = [f"person{n:04d}@example.com" for n in range(people)]
        self.keys = known(settings, everybody, purposes=("ads", "email"))
        secret = settings.secret("customer_key")
        self.amazon = [customer_key(secret, email=email) for email in BUYERS]
        self.gone: set[str] = set()

    def leave(self, emails: Iterable[str]) -> None:
        for email in emails:
            self.gone.add(email)
            self.dice.choice(
                [self._by_request] * 4
                + [self._by_suppression] * 3
                + [self._by_consent] * 3
                + [self._by_erasure]
            )(email)
        answer_open(self.settings)

    def _by_request(self, email: str) -> None:
        take_request(self.settings, "opt_out", email)

    def _by_erasure(self, email: str) -> None:
        take_request(self.settings, "erasure", email)

    def _by_suppression(self, email: str) -> None:
        suppress(self.settings, email, self.dice.choice(("opt_out", "complaint", "bounced")))

    def _by_consent(self, email: str) -> None:
        for purpose in ("ads", "email"):
            record_consent(self.settings, self.keys[email], purpose, False, "form", datetime.now(UTC))

    def night(self, before_adding: Callable[[], None] = lambda: None) -> None:
        """The marts know nothing of who left meanwhile, and wish for Amazon's buyers too."""
        candidates(self.settings, *self.keys.values(), *self.amazon)
        plain = Update.add

        def add(update: Update) -> None:
            before_adding()
            plain(update)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Update, "add", add)
            audiences.run(self.settings, DAY, three(self.house))

    def listed(self, emails: Iterable[str]) -> set[str]:
        """Those of them whom some platform's list holds."""
        lists = [
            str(self.house.members(CARTS, what))
            for what in ("audiences", "google-audiences", "klaviyo-lists")
        ]
        return {
            email
            for email in emails
            if any(
                name in held
                for name, held in zip((meta_email(email), google_email(email), email), lists, strict=True)
            )
        }


def nights(shop: Shop, rounds: int, each: int) -> set[str]:
    """So many bad nights, each followed by a good one; returns who had left and was found in a list after that."""
    found: set[str] = set()
    for _ in range(rounds):
        leaving = shop.dice.sample(sorted(shop.keys.keys() - shop.gone), each)
        early, late, after = leaving[0::3], leaving[1::3], leaving[2::3]
        shop.leave(early)
        vendor, kind = shop.dice.choice(VENDORS), shop.dice.choice(KINDS)
        fault = Fault(
            vendor, kind, shop.dice.choice((1, 2, None)), after=shop.dice.randrange(4), seconds=0.01
        )
        shop.house.running.sandbox.faults.inject(fault)
        once = iter([late])
        with contextlib.suppress(NightshiftError):
            shop.night(before_adding=lambda: shop.leave(next(once, [])))  # noqa: B023 - called in this round
        shop.leave(next(once, []))
        shop.leave(after)
        shop.house.running.sandbox.faults.clear()
        shop.night()
        found |= shop.listed(shop.gone) | shop.listed(BUYERS)
    return found


def told(shop: Shop, found: set[str]) -> str:
    score = {"figure": FIGURE, "target": "0 present", "tried": len(shop.gone)}
    return json.dumps({**score, "survived": len(shop.gone) - len(found & shop.gone), "seed": SEED})


def test_whoever_opts_out_is_gone_after_the_next_run(settings, house, record_property):
    shop = Shop(settings, house, people=40, seed=SEED)
    found = nights(shop, rounds=2, each=12)
    record_property("score", told(shop, found))
    assert found == set()
    assert shop.listed(shop.keys) == shop.keys.keys() - shop.gone, "who stays was not sent either"
    answer_open(settings)
    assert requests(settings, open_only=True) == []


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_a_thousand_opt_outs_under_faults_leave_every_list(settings, house, record_property):
    shop = Shop(settings, house, people=1150, seed=SEED)
    found = nights(shop, rounds=30, each=35)
    record_property("score", told(shop, found))
    record_property("tried", f"{len(shop.gone)} opt-outs in 30 bad nights at three platforms; seed {SEED}.")
    assert len(shop.gone) >= 1000
    assert found == set()
    assert shop.listed(shop.keys) == shop.keys.keys() - shop.gone
    answer_open(settings)
    assert requests(settings, open_only=True) == []
