"""Refresh tokens that rotate are there the next night, in nobody's hands twice, and readable for nobody."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from include.errors import Wait
from include.pull import pull
from include.sandbox import credentials
from include.settings import Settings, update_secrets
from include.warehouse.connect import connect_admin
from include.warehouse.tokens import KeptTokens
from tests.sources.company import NOW, account, served

NAME = "nightshift_shopify"


def signed_in(settings: Settings, given: str, rotated: str) -> str:
    """The token that was used."""
    with KeptTokens(settings, NAME, given).turn() as turn:
        used = turn.token
        turn.keep(rotated)
    return used


def test_the_next_night_signs_in_with_the_token_the_vendor_gave_tonight(
    warehouse: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    given = {
        "login": credentials.SHOPIFY_CLIENT_ID,
        "password": credentials.SHOPIFY_CLIENT_SECRET,
        "refresh_token": credentials.SHOPIFY_REFRESH_TOKEN,
    }
    with served(tmp_path) as company:
        for night in range(4):  # the sandbox forgives one token that was used before, not two
            shop = account(company, "shopify", credentials=given)
            tokens = KeptTokens(warehouse, NAME, given["refresh_token"])
            assert (
                pull(warehouse, replace(shop, tokens=tokens), "shop", run_id=f"{night}", now=NOW).records == 1
            )
        newest = company.sandbox.state.get("shopify_refresh", "token")["current"]
        with KeptTokens(warehouse, NAME, given["refresh_token"]).turn() as turn:
            assert turn.token == newest != given["refresh_token"]
    assert "shprt_" not in caplog.text
    assert "shprt_" not in repr(shop) + repr(tokens)


def test_of_many_who_sign_in_at_once_each_has_the_newest_token(warehouse: Settings):
    newest = ["given"]

    def sign_in(number: int) -> bool:
        with KeptTokens(warehouse, NAME, "given").turn() as turn:
            was_newest = turn.token == newest[-1]
            newest.append(f"rotated-{number}")
            turn.keep(newest[-1])
        return was_newest

    with ThreadPoolExecutor(8) as many:
        assert list(many.map(sign_in, range(24))) == [True] * 24


def test_a_turn_that_fails_leaves_the_token_as_it_was(warehouse: Settings):
    signed_in(warehouse, "given", "second")

    def fails() -> None:
        with KeptTokens(warehouse, NAME, "given").turn() as turn:
            turn.keep("third")
            raise Wait("the vendor went away")

    with pytest.raises(Wait):
        fails()
    assert signed_in(warehouse, "given", "x") == "second"


def test_a_token_that_somebody_enters_counts_from_then_on(warehouse: Settings):
    signed_in(warehouse, "given", "second")
    assert signed_in(warehouse, "entered", "third") == "entered"
    assert signed_in(warehouse, "entered", "fourth") == "third"


def test_the_warehouse_holds_no_token_one_could_read(warehouse: Settings):
    signed_in(warehouse, "canary-given", "canary-rotated")
    with connect_admin(warehouse, warehouse.database) as conn:
        (row,) = conn.execute("SELECT * FROM ops.refresh_token").fetchall()
    assert row[0] == NAME
    assert b"canary" not in row[1] + row[2]


def test_with_another_secret_the_entered_token_is_used_again(warehouse: Settings):
    signed_in(warehouse, "given", "second")
    update_secrets(warehouse.secrets_file, lambda known: {"refresh_token": "another"})
    assert signed_in(warehouse, "given", "third") == "given"
