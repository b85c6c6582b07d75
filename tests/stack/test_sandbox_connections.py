"""The stored connections open the sandbox, and never replace a person's own."""

from dataclasses import asdict, replace

import pytest

from include.sandbox import credentials
from include.sandbox.control import connections as face_connections
from include.sandbox.faces import FACES
from include.sandbox.server import open_sandbox
from include.stack.sandbox import MARK, connections, not_taken, still_simulated
from tests.sandbox import tiny

HERE = "http://127.0.0.1:4000"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory) -> list[dict]:
    """What the faces of a company with one branch say of themselves."""
    branch = replace(tiny.world(), company=replace(tiny.world().company, shop_domain="eu.example"))
    sandbox = open_sandbox(replace(tiny.world(), branches=[branch]), tmp_path_factory.mktemp("sandbox"))
    return [asdict(each) for each in face_connections(sandbox, FACES)]


@pytest.fixture
def by_name(accounts):
    def named(url: str = HERE) -> dict[str, dict]:
        wanted = connections(url, 2525, accounts)
        return {c["connection_id"].removeprefix("nightshift_"): c for c in wanted}

    return named


def test_credentials_are_those_the_sandbox_takes(by_name) -> None:
    ours = by_name()
    ads = ours["google_ads"]["extra"]
    assert ours["shopify"]["password"] == credentials.SHOPIFY_TOKEN
    assert ours["easypost"]["password"] == credentials.EASYPOST_API_KEY
    assert ours["odoo"]["password"] == credentials.ODOO_API_KEY
    assert ours["odoo"]["extra"]["account"] == credentials.ODOO_DATABASE
    assert ours["meta"]["password"] == credentials.META_ACCESS_TOKEN
    assert ours["meta"]["extra"]["account"] == credentials.META_AD_ACCOUNT_ID
    assert ours["meta"]["extra"]["credentials"]["app_secret"] == credentials.META_APP_SECRET
    assert ours["slack"]["password"] == credentials.SLACK_WEBHOOK_PATH
    assert (ours["smtp"]["login"], ours["smtp"]["password"]) == (
        credentials.SMTP_USER,
        credentials.SMTP_PASSWORD,
    )
    assert ads["account"] == credentials.GOOGLE_ADS_CUSTOMER_ID
    assert ads["login_customer_id"] == credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID
    assert ads["credentials"] == {
        "developer_token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
        "client_id": credentials.GOOGLE_CLIENT_ID,
        "client_secret": credentials.GOOGLE_CLIENT_SECRET,
        "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
    }


def test_the_sandboxs_destinations_may_act_and_its_sources_need_no_mode(by_name) -> None:
    acting = {name for name, connection in by_name().items() if connection["extra"].get("mode") == "act"}
    assert acting >= {"odoo", "meta", "slack", "smtp"}
    assert not acting & {"shopify", "google_ads", "easypost"}


def test_a_branch_is_a_second_account_of_its_source(by_name) -> None:
    second = by_name()["shopify_2"]
    assert second["host"] == f"{HERE}/branches/2/shopify"
    assert second["extra"]["account"] == "eu.example"


def test_addresses_inside_the_extras_are_the_sandboxs_own(by_name) -> None:
    assert by_name()["google_ads"]["extra"]["token_url"] == f"{HERE}/google-oauth/token"


def test_where_a_person_connected_a_shop_the_sandboxs_branches_go_too(by_name) -> None:
    left = {each["connection_id"] for each in not_taken(by_name().values(), ["nightshift_shopify"])}
    assert not left & {"nightshift_shopify", "nightshift_shopify_2"}
    assert "nightshift_odoo" in left


def test_every_connection_carries_the_mark_by_which_it_may_be_replaced(by_name) -> None:
    assert {connection["description"] for connection in by_name().values()} == {MARK}


def test_airflows_form_can_edit_every_connection(by_name) -> None:
    kinds = {connection["conn_type"] for connection in by_name().values()}
    assert kinds == {"generic", "smtp"}, "a type without its provider cannot be opened in Admin → Connections"


def test_plain_http_to_another_host_is_asked_for_in_so_many_words_and_carries_no_mail_password(
    by_name,
) -> None:
    elsewhere = by_name("http://sandbox:8000")
    assert elsewhere["shopify"]["extra"]["allow_http"] is True
    assert "allow_http" not in by_name()["shopify"]["extra"]
    assert elsewhere["smtp"]["host"] == "sandbox"
    assert "password" not in elsewhere["smtp"]


@pytest.mark.parametrize(
    ("real", "left"),
    [
        (set(), {"ads", "costs", "parcels", "stock"}),
        ({"nightshift_easypost"}, {"ads", "costs", "stock"}),
        ({"nightshift_odoo"}, {"ads", "parcels"}),
        ({"nightshift_google_ads"}, {"ads", "costs", "parcels", "stock"}),
        ({"nightshift_google_ads", "nightshift_meta"}, {"costs", "parcels", "stock"}),
        ({"nightshift_slack"}, {"ads", "costs", "parcels", "stock"}),
    ],
    ids=["none", "carriers", "erp", "one of two ad platforms", "both", "a destination"],
)
def test_an_input_is_real_when_every_account_that_brings_it_is(accounts, real, left) -> None:
    brought = [each for each in accounts if each["name"] != "ups"]
    assert set(still_simulated(("ads", "costs", "parcels", "stock"), brought, real)) == left
