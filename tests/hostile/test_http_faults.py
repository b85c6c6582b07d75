"""Whatever a vendor's answers do, a run brings everything or nothing, and the next one brings everything."""

import random
import socket
from collections.abc import Callable, Iterator

import pytest
from psycopg import Connection

from include.sandbox.server import Running
from include.settings import Settings
from tests.hostile.amounts import part, score, seed
from tests.hostile.faults import TABLE, Fault, faults
from tests.hostile.proxy import Proxy, spoiling
from tests.hostile.survey import Pushed, disturbed, hurry, landed, once
from tests.hostile.ways import WAYS, Way, wipe
from tests.sources.company import served

FIGURE, TARGET = "HTTP faults at a vendor, after which nothing is lost, doubled or told", "all of 300 or more"
SEED, SAMPLE = 11, 30


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(company: Running) -> Iterator[Proxy]:
    with spoiling(company.url) as running:
        yield running


@pytest.fixture(scope="module")
def stranger() -> Iterator[socket.socket]:
    """A server that must hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.0)
        yield listener


def tried(
    way: Way, chosen: list[Fault], settings: Settings, look: Connection, company: Running, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> dict[str, str]:  # fmt: skip
    """What was wrong, by fault."""
    pushed = Pushed()
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch, pushed)
        way.prepare(patch)
        account = way.account(company, proxy)
        wipe(settings, look)
        proxy.will(None)
        once(settings, account, way, "undisturbed")
        whole = landed(look)
        assert whole, "there is nothing to lose"
        results = {
            fault.name: disturbed(settings, look, account, way, fault, proxy, whole, caplog, pushed)
            for fault in chosen
        }
    return {name: wrong for name, wrong in results.items() if wrong}


def heard(stranger: socket.socket) -> bool:
    try:
        stranger.accept()
    except BlockingIOError:
        return False
    return True


@pytest.mark.timeout(600)
def test_a_sample_of_http_faults_loses_nothing(
    module_warehouse: Settings, look: Connection, company: Running, proxy: Proxy, stranger: socket.socket,
    caplog: pytest.LogCaptureFixture, record_property: Callable[[str, str], None],
) -> None:  # fmt: skip
    chosen = random.Random(SEED).sample(range(len(TABLE)), SAMPLE)
    port, wrong = stranger.getsockname()[1], {}
    for way in WAYS:
        wanted = {fault.name for number in chosen if TABLE[number][0] is way for fault in [TABLE[number][1]]}
        mine = [fault for fault in faults(way, port) if fault.name in wanted]
        if mine:
            found = tried(way, mine, module_warehouse, look, company, proxy, caplog)
            wrong |= {f"{way}: {name}": what for name, what in found.items()}
    record_property(*score(FIGURE, TARGET, SAMPLE, len(wrong), SEED))
    assert wrong == {}
    assert not heard(stranger)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_http_fault_loses_nothing(
    way: Way, module_warehouse: Settings, look: Connection, company: Running, proxy: Proxy, stranger: socket.socket,
    caplog: pytest.LogCaptureFixture, record_property: Callable[[str, str], None],
) -> None:  # fmt: skip
    every = part(faults(way, stranger.getsockname()[1]), way)
    wrong = tried(way, every, module_warehouse, look, company, proxy, caplog)
    record_property(*score(FIGURE, TARGET, len(every), len(wrong), seed()))
    assert wrong == {}
    assert not heard(stranger)


def test_the_table_holds_every_vendor_and_enough_faults() -> None:
    assert len(TABLE) >= 300
    assert {way.source for way, _ in TABLE} == {
        "shopify", "amazon", "google_ads", "easypost", "ups", "odoo", "ecb", "meta", "klaviyo"
    }  # fmt: skip
