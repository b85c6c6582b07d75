"""An exchange ends, however little the other side sends, and however much that unfolds to."""

import gzip
import time
from collections.abc import Iterator

import pytest

from include.clients import exchange
from include.clients.session import Session
from include.errors import Stop, Wait
from tests.clients.faulty import Faulty
from tests.hostile.proxy import Proxy, Visit, Wire, spoiling

WHOLE = Wire(body=b'{"ok":        true}')


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, _server: Faulty) -> Iterator[Proxy]:
    monkeypatch.setattr(exchange, "LONGEST_EXCHANGE", 0.3)
    monkeypatch.setattr(exchange, "TIMEOUT", (0.3, 0.3))
    with spoiling(_server.url) as proxy:
        yield proxy


def asked(vendor: Proxy, wire: Wire, times: int = 1) -> object:
    def answers(visit: Visit) -> Wire:
        return wire if visit.number <= times else WHOLE

    vendor.will(answers, times=10**9)
    with Session("acme", vendor.url, attempts=2) as session:
        return session.get("/x")


@pytest.mark.parametrize("head", [False, True])
def test_an_answer_that_drips_is_given_up_and_asked_for_again(vendor: Proxy, head: bool):
    began = time.monotonic()
    assert asked(vendor, WHOLE.but(drip=0.04, dripping_head=head)) == {"ok": True}
    assert len(vendor.asked) == 2
    assert time.monotonic() - began < 3


def test_answers_that_drip_for_ever_end_in_a_wait(vendor: Proxy):
    with pytest.raises(Wait, match="acme"):
        asked(vendor, WHOLE.but(drip=0.04), times=9)


def test_what_unfolds_beyond_all_measure_is_refused(vendor: Proxy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange, "NO_BOMB", 100_000)
    packed = Wire(body=gzip.compress(bytes(2_000_000))).labelled(Content_Encoding="gzip")
    with pytest.raises(Stop, match="zipped to"):
        asked(vendor, packed)
    assert len(vendor.asked) == 1


def test_a_text_of_usual_ratio_is_read(vendor: Proxy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange, "NO_BOMB", 1000)
    text = b'{"a": [' + b",".join(b"%d" % (n * 7919) for n in range(20_000)) + b"]}"
    wire = Wire(body=gzip.compress(text)).labelled(Content_Encoding="gzip")
    assert len(asked(vendor, wire)["a"]) == 20_000  # type: ignore[index]
