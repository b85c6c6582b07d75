"""What each receiver's refusals and silences mean to us."""

import pytest
import requests

from include.activation import late_night, ledger
from include.activation.destinations.base import Destination, Identity, Unsure
from include.activation.destinations.meta import Meta
from include.activation.destinations.odoo import Erp, OrderLine
from include.activation.destinations.slack import Slack, escaped
from include.activation.destinations.smtp import Mail
from include.errors import FixCredentials, Stop, Wait
from include.sandbox.faces.odoo.fields import FIELDS
from tests.activation.house import DAY, House, actions


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)


def fault(house: House, vendor: str, kind: str, **more) -> None:
    body = {"vendor": vendor, "kind": kind, **more}
    requests.post(f"{house.running.url}/_sandbox/faults", json=body, timeout=5)


def mail(house) -> Mail:
    return Mail(house.destinations("smtp")["smtp"])


def letter(mail: Mail):
    return mail.compose(
        "<one@nightshift>", "A\nsubject", "text", "<p>text</p>", [("a.csv", "text/csv", "a\r\n")]
    )


def test_slack_retries_what_certainly_did_not_arrive(house):
    fault(house, "slack", "429", times=2, seconds=0)
    assert Slack(house.destinations("slack")["slack"]).post("hello") == {"answer": "ok"}
    assert len(house.sent("messages")) == 1


@pytest.mark.parametrize("kind", ["truncate", "reset", "500", "html"])
def test_slack_is_unsure_when_the_answer_is_lost_and_does_not_repeat(house, kind):
    fault(house, "slack", kind, times=1)
    with pytest.raises(Unsure, match="may or may not"):
        Slack(house.destinations("slack")["slack"]).post("hello")
    assert len(house.sent("messages")) <= 1


def test_a_wrong_webhook_is_a_matter_of_credentials_and_stays_secret(house):
    wrong = Destination("slack", "act", house.running.url, {"password": "/services/T000/B000/verysecret"})
    with pytest.raises(Stop) as refused:
        Slack(wrong).post("hello")
    assert "verysecret" not in str(refused.value)


def test_names_cannot_mention_or_link():
    assert escaped("<!here> *bold* a&b\n`x`") == "&lt;!here&gt;  bold  a&amp;b  x "


def test_mail_waits_when_refused_for_now_and_stops_for_good(house):
    fault(house, "mail", "429", times=1)
    with pytest.raises(Wait):
        mail(house).send(letter(mail(house)))
    fault(house, "mail", "500", times=1)
    with pytest.raises(Stop):
        mail(house).send(letter(mail(house)))
    assert mail(house).send(letter(mail(house)))["message_id"] == "<one@nightshift>"


def test_mail_is_unsure_when_the_connection_breaks_and_repeats_with_the_same_id(house):
    fault(house, "mail", "reset", times=1)
    with pytest.raises(Unsure):
        mail(house).send(letter(mail(house)))
    mail(house).send(letter(mail(house)))
    assert [kept["message_id"] for kept in house.sent("mails")] == ["<one@nightshift>"] * 2
    assert house.sent("mails")[0]["subject"] == "A subject"


def test_a_wrong_mail_password_is_a_matter_of_credentials(house):
    given = house.destinations("smtp")["smtp"]
    wrong = Destination("smtp", "act", given.base_url, {"login": "x", "password": "y"})
    with pytest.raises(FixCredentials):
        Mail(wrong).send(letter(Mail(wrong)))


def test_a_password_never_travels_in_the_clear():
    with pytest.raises(Stop, match="in the clear"):
        Mail(
            Destination(
                "smtp", "act", "smtp://mail.example.com", {"login": "x", "password": "y"}, {"starttls": False}
            )
        )


def test_no_mail_server_is_waited_for():
    with pytest.raises(Wait):
        Mail(Destination("smtp", "act", "smtp://127.0.0.1:1", {})).send(
            letter(Mail(Destination("smtp", "act", "smtp://127.0.0.1:1", {})))
        )


def test_a_draft_with_the_same_key_is_the_same_draft(house):
    erp = Erp(house.destinations("odoo")["odoo"])
    first = erp.draft("k", 31, 18, [OrderLine(401, 12, 4.0)])
    assert erp.draft("k", 31, 18, [OrderLine(401, 99, 4.0)]) == {**first, "created": False}
    assert first["created"]
    assert [order["picking_type_id"] for order in house.sent("purchase-orders")] == [18]


def test_an_erp_without_our_field_is_asked_for_the_key_in_its_origin(house, monkeypatch):
    monkeypatch.delitem(FIELDS["purchase.order"], "x_nightshift_key")
    erp = Erp(house.destinations("odoo")["odoo"])
    first = erp.draft("k", 31, 18, [OrderLine(401, 12, 4.0)])
    assert erp.draft("k", 31, 18, [OrderLine(401, 99, 4.0)]) == {**first, "created": False}
    assert [order["origin"] for order in house.sent("purchase-orders")] == ["k"]  # nothing there is unique


def test_an_erp_that_loses_every_answer_is_unsure(house):
    fault(house, "odoo", "500", path="/create")
    with pytest.raises(Unsure):
        Erp(house.destinations("odoo")["odoo"]).draft("k", 31, 18, [OrderLine(401, 12, 4.0)])
    assert house.sent("purchase-orders") == []


def test_a_refused_draft_stops(house):
    with pytest.raises(Stop, match="ValidationError"):
        Erp(house.destinations("odoo")["odoo"]).draft("k", 99, 18, [OrderLine(401, 12, 4.0)])


def test_meta_s_codes_say_whether_to_wait_or_to_fix(house):
    fault(house, "meta", "429", times=1)
    given = house.destinations("meta")["meta"]
    with pytest.raises(Wait):
        Meta(given).audience("carts")
    wrong = Destination("meta", "act", given.base_url, {"password": "EAAOTHER"}, given.options)
    with pytest.raises(FixCredentials):
        Meta(wrong).audience("carts")
    with pytest.raises(Stop, match="code 100/33"):
        Meta(given).add("123", [Identity("x", "0" * 64)], "batch")


def test_meta_audiences_are_found_again_by_name(house):
    meta = Meta(house.destinations("meta")["meta"])
    ids = {name: meta.audience(name) for name in ("a", "b")}
    assert {name: Meta(house.destinations("meta")["meta"]).audience(name) for name in ids} == ids


def test_destinations_have_a_mode_and_their_secrets_stay_out_of_sight(house):
    with pytest.raises(Stop, match="observe, propose, act"):
        Destination("slack", "shout", "https://x", {})
    assert "EAASANDBOX" not in repr(house.destinations("meta"))
    with pytest.raises(Stop, match="lacks api_key or password"):
        Erp(Destination("odoo", "act", "https://x", {}))


def test_a_late_night_is_said_once(settings, house):
    for _ in range(2):
        text = late_night.sound(settings, DAY, None, house.destinations("slack", "smtp"))
    assert [message["text"] for message in house.sent("messages")] == [text]
    assert house.sent("mails")[0]["subject"] == "The marts of Mon 9 Mar are late"
    assert {action["status"] for action in actions(settings)} == {"confirmed"}


def test_a_chat_that_lost_its_answer_is_repeated_and_marked(settings, house):
    fault(house, "slack", "reset", times=1)
    with pytest.raises(Wait):
        late_night.sound(settings, DAY, None, house.destinations("slack"))
    late_night.sound(settings, DAY, None, house.destinations("slack"))
    [action] = actions(settings)
    assert (action["status"], action["possibly_repeated"]) == ("confirmed", True)
    assert ledger.message_id(
        ledger.Action(1, "late_night", DAY.isoformat(), "slack", {}, DAY, 1, True)
    ) == ledger.message_id(ledger.Action(2, "late_night", DAY.isoformat(), "slack", {}, DAY, 2, False))
