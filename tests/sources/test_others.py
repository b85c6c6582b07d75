"""EasyPost, Google Ads and Odoo, read from their sandbox faces."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from include.errors import FixCredentials, Stop
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.sources import REGISTRY
from include.sources.base import Account
from include.window import Window
from tests.clients.faulty import Say, faulty
from tests.sandbox.tiny import at
from tests.sources.company import HISTORY, NOW, account, read, served


def payloads(lines: list) -> list[dict]:
    return [json.loads(line.payload) for line in lines]


# ---------------------------------------------------------------------------- EasyPost


def test_trackers_older_than_a_month_are_reached(company: Running):
    trackers = payloads(read(company, "easypost", "trackers"))
    assert {tracker["tracking_code"] for tracker in trackers} >= {"1Z000000001", "1Z000000002"}
    year = Window(NOW - timedelta(days=365), HISTORY.end)
    assert payloads(read(company, "easypost", "trackers", year)) == trackers


def test_a_tracker_belongs_to_the_window_it_was_created_in(company: Running):
    second, hour = timedelta(seconds=1), timedelta(hours=1)
    assert len(read(company, "easypost", "trackers", Window(at(8), at(8) + second))) == 1
    assert read(company, "easypost", "trackers", Window(at(8) - hour, at(8))) == []
    assert read(company, "easypost", "trackers", Window(at(8) + second, at(8) + hour)) == []


def test_tiles_of_any_width_bring_the_same(company: Running):
    whole = read(company, "easypost", "trackers")
    for width in (timedelta(days=1), timedelta(days=7), timedelta(days=45)):
        tiled = [
            line for tile in HISTORY.tiles(width) for line in read(company, "easypost", "trackers", tile)
        ]
        assert sorted(tiled, key=lambda line: line.scope) == whole


def test_a_carriers_own_words_are_not_kept_for_they_may_name_the_signer(company: Running):
    scans = [
        scan for one in payloads(read(company, "easypost", "trackers")) for scan in one["tracking_details"]
    ]
    assert scans
    assert not [scan for scan in scans if {"message", "description"} & scan.keys()]


def test_a_list_in_another_encoding_is_read_all_the_same():
    told = [
        {"trackers": [{"id": name, "created_at": f"{at(day):%Y-%m-%dT%H:%M:%SZ}"}], "has_more": day > 2}
        for name, day in (("trk_2", 3), ("trk_1", 2))
    ]
    with faulty() as vendor:
        vendor.will(*(Say(json.dumps(page).encode("utf-16")) for page in told))
        account = Account("easypost", "easypost", vendor.url, {"password": "k"}, {"allow_http": True})
        stream = REGISTRY["easypost"].stream("trackers")
        with REGISTRY["easypost"].opened(account) as client:
            pages = list(stream.pull(client, Window(at(1), at(8))))
    assert [record["id"] for page in pages for record in page.records] == ["trk_2", "trk_1"]


def test_lists_are_asked_for_at_the_vendors_pace():
    client = REGISTRY["easypost"].connect(
        Account("easypost", "easypost", "https://api.easypost.com", {"password": "k"})
    )
    assert client.transport.rate.per_second == 5.0


# ---------------------------------------------------------------------------- Google Ads


def test_every_ended_day_is_a_statement_also_without_rows(company: Running):
    lines = read(company, "google_ads", "campaigns_daily")
    days = {line.scope: line for line in lines}
    assert (len(lines), min(days)) == (61, "2026-01-08")
    assert max(days) == "2026-03-09"
    assert days["2026-03-05"].payload == b"[]"
    (row,) = json.loads(days["2026-03-01"].payload)
    assert row["metrics"]["costMicros"] == "12345678"
    assert set(row) == {"campaign", "segments", "metrics", "customer"}


def test_a_day_counts_only_when_it_has_ended(company: Running):
    midnight = at(9, 4)  # in New York; summer time began on the 8th, which had 23 hours
    eighth = read(company, "google_ads", "campaigns_daily", Window(midnight - timedelta(hours=23), midnight))
    assert [line.scope for line in eighth] == ["2026-03-08"]
    too_early = Window(midnight - timedelta(hours=2), midnight - timedelta(seconds=1))
    assert read(company, "google_ads", "campaigns_daily", too_early) == []


def test_the_google_token_is_renewed_mid_run(tmp_path: Path):
    with served(tmp_path, Limits(token_seconds=1.2)) as company:
        ads = REGISTRY["google_ads"].connect(account(company, "google_ads"))
        stream = REGISTRY["google_ads"].stream("campaigns_daily")
        first = [page.scope for page in stream.pull(ads, HISTORY)]
        assert [page.scope for page in stream.pull(ads, HISTORY)] == first


def test_another_customer_is_refused_by_name(company: Running):
    with pytest.raises(FixCredentials, match="PERMISSION_DENIED: USER_PERMISSION_DENIED"):
        read(company, "google_ads", "campaigns_daily", name="111-222-3333")


@pytest.mark.parametrize("lost", ["login", "password", "refresh_token", "developer_token"])
def test_each_missing_credential_is_named(company: Running, lost: str):
    given = dict(account(company, "google_ads").credentials)
    del given[lost]
    with pytest.raises(FixCredentials, match=r"lacks \w+"):
        read(company, "google_ads", "campaigns_daily", credentials=given)


# ---------------------------------------------------------------------------- Odoo

MODELS = [stream.name for stream in REGISTRY["odoo"].streams]


@pytest.mark.parametrize("stream", MODELS)
def test_every_odoo_stream_brings_something_without_false(company: Running, stream: str):
    records = payloads(read(company, "odoo", stream))
    assert records
    flags = {"active", "locked"}
    assert not [
        name for record in records for name, value in record.items() if value is False and name not in flags
    ]


def test_a_draft_order_has_nulls_and_its_warehouse(company: Running):
    orders = {order["name"]: order for order in payloads(read(company, "odoo", "purchase_orders"))}
    draft = orders["P00602"]
    assert (draft["state"], draft["date_approve"], draft["x_nightshift_key"]) == ("draft", None, None)
    assert draft["picking_type_id"][1] == "RNO1: Receipts"
    assert draft["amount_total"] == 48.0


def test_archived_products_are_seen(company: Running):
    assert {product["active"] for product in payloads(read(company, "odoo", "products"))} == {True, False}


def test_an_odoo_window_holds_its_start_and_not_its_end(company: Running):
    moment, hour = at(8, 13), timedelta(hours=1)
    assert [line.scope for line in read(company, "odoo", "stock_moves", Window(moment, moment + hour))] == [
        "804"
    ]
    before = read(company, "odoo", "stock_moves", Window(moment - hour, moment))
    assert "804" not in [line.scope for line in before]


def test_customisations_that_a_database_lacks_are_left_out():
    has = {
        name: {"type": "char"} for name in ("id", "partner_id", "product_tmpl_id", "product_id", "min_qty")
    }
    has |= {name: {"type": "char"} for name in ("price", "delay", "currency_id", "write_date")}
    with faulty() as vendor:
        vendor.will(Say.json(has), Say.json(0), Say.json([]))
        odoo = REGISTRY["odoo"].connect(Account("odoo", "db", vendor.url, {"password": "key"}))
        list(REGISTRY["odoo"].stream("supplier_info").pull(odoo, HISTORY))
        assert "x_pack_size" not in vendor.asked[-1].json()["fields"]
        assert vendor.asked[-1].headers["x-odoo-database"] == "db"
        del has["price"]
        vendor.will(Say.json(has))
        with pytest.raises(Stop, match="no field price"):
            list(REGISTRY["odoo"].stream("supplier_info").pull(odoo, HISTORY))


def test_odoos_error_is_told_by_its_class_only():
    body = {"name": "builtins.ValueError", "message": "canary", "debug": "canary"}
    with faulty() as vendor:
        vendor.will(Say.json(body, 422))
        odoo = REGISTRY["odoo"].connect(Account("odoo", "db", vendor.url, {"password": "key"}))
        with pytest.raises(Stop, match=r"answered 422 \(builtins.ValueError\)"):
            odoo.call("res.partner", "search_read")


# ---------------------------------------------------------------------------- all of them


@pytest.mark.parametrize(
    ("source", "stream"),
    [
        ("easypost", "trackers"),
        ("google_ads", "campaigns_daily"),
        ("odoo", "products"),
        ("ups", "tracking"),
        ("ecb", "rates"),
    ],
)
@pytest.mark.parametrize("kind", ["429", "500", "html", "truncate", "reset"])
def test_a_stumbling_vendor_is_read_all_the_same(tmp_path: Path, source: str, stream: str, kind: str):
    with served(tmp_path) as company:
        wanted = read(company, source, stream)
        fault = {"vendor": source, "kind": kind, "times": 1}
        requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
        assert read(company, source, stream) == wanted


@pytest.mark.parametrize("source", [name for name in REGISTRY if name != "ecb"])  # which signs nobody in
def test_wrong_credentials_ask_for_a_person(company: Running, source: str):
    given = dict.fromkeys(account(company, source).credentials, "shpat_canary")
    with pytest.raises(FixCredentials) as failure:
        read(company, source, REGISTRY[source].streams[0].name, credentials=given)
    assert "canary" not in str(failure.value)


def test_the_registry_is_whole():
    first, *_, last = REGISTRY
    assert (first, last) == ("shopify", "ecb")
    assert all(source.after in {None, *REGISTRY} for source in REGISTRY.values())
    for name, source in REGISTRY.items():
        assert source.name == name
        assert source.connection_help
        assert len({stream.name for stream in source.streams}) == len(source.streams)
    with pytest.raises(KeyError, match="it has trackers"):
        REGISTRY["easypost"].stream("parcels")
