"""The stored connections open the sandbox, and never replace a person's own."""

import pytest

from include.sandbox import credentials
from include.stack.sandbox import MARK, connections, still_simulated

HERE = "http://127.0.0.1:4000"


def by_name(url: str = HERE) -> dict[str, dict]:
    return {c["connection_id"].removeprefix("nightshift_"): c for c in connections(url, 2525, "shop.example")}


def test_credentials_are_those_the_sandbox_takes() -> None:
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


def test_the_sandboxs_destinations_may_act_and_its_sources_need_no_mode() -> None:
    acting = {name for name, connection in by_name().items() if connection["extra"].get("mode") == "act"}
    assert acting == {"odoo", "meta", "slack", "smtp"}


def test_every_connection_carries_the_mark_by_which_it_may_be_replaced() -> None:
    assert {connection["description"] for connection in by_name().values()} == {MARK}


def test_airflows_form_can_edit_every_connection() -> None:
    kinds = {connection["conn_type"] for connection in by_name().values()}
    assert kinds == {"generic", "smtp"}, "a type without its provider cannot be opened in Admin → Connections"


def test_plain_http_to_another_host_is_asked_for_in_so_many_words_and_carries_no_mail_password() -> None:
    elsewhere = by_name("http://sandbox:8000")
    assert elsewhere["shopify"]["extra"]["allow_http"] is True
    assert "allow_http" not in by_name()["shopify"]["extra"]
    assert elsewhere["smtp"]["host"] == "sandbox"
    assert "password" not in elsewhere["smtp"]


@pytest.mark.parametrize(
    ("real", "left"),
    [
        (set(), ("ads", "costs", "parcels", "stock")),
        ({"nightshift_easypost"}, ("ads", "costs", "stock")),
        ({"nightshift_odoo", "nightshift_google_ads"}, ("parcels",)),
        ({"nightshift_slack"}, ("ads", "costs", "parcels", "stock")),
    ],
    ids=["none", "carriers", "erp and ads", "a destination"],
)
def test_a_real_account_makes_its_inputs_real(real: set[str], left: tuple[str, ...]) -> None:
    assert still_simulated(("ads", "costs", "parcels", "stock"), real) == left
