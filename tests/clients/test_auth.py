"""Signing in, and staying signed in while a long read goes on."""

import pytest

from include.clients.auth import Basic, OAuth
from include.clients.session import Session
from include.clients.tokens import InMemory
from include.errors import FixCredentials, Stop, Wait
from tests.clients.conftest import Time
from tests.clients.faulty import Faulty, Say

REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "c",
    "client_secret": "canary-client",
    "refresh_token": "r-one",
}


def token(name: str, **more) -> Say:
    return Say.json({"access_token": name, "expires_in": 100, **more})


def signed_in(vendor: Faulty, time: Time, **more) -> Session:
    auth = OAuth(f"{vendor.url}/token", REFRESH, clock=time.clock(), **more)
    return Session("acme", vendor.url, auth, clock=time.clock())


def test_the_token_is_renewed_at_half_its_life(vendor: Faulty, time: Time):
    vendor.will(token("one"), Say(), token("two"), Say())
    session = signed_in(vendor, time)
    session.get("/x")
    time.passed += 51
    session.get("/x")
    assert [asked.headers.get("authorization") for asked in vendor.asked] == [
        None,
        "Bearer one",
        None,
        "Bearer two",
    ]


def test_a_token_that_dies_in_between_is_renewed_once_and_the_request_repeated(vendor: Faulty, time: Time):
    vendor.will(token("one"), Say(status=401), token("two"), Say.json([1]))
    assert signed_in(vendor, time).get("/x") == [1]
    assert vendor.asked[-1].headers["authorization"] == "Bearer two"


def test_refused_with_a_fresh_token_asks_for_a_person(vendor: Faulty, time: Time):
    vendor.will(token("one"), Say(status=401), token("two"), Say(status=401))
    with pytest.raises(FixCredentials):
        signed_in(vendor, time).get("/x")
    assert len(vendor.asked) == 4


def test_a_retry_is_signed_anew(vendor: Faulty, time: Time):
    vendor.will(token("one"), Say(status=429, headers={"Retry-After": "55"}), token("two"), Say())
    signed_in(vendor, time).get("/x")
    assert vendor.asked[-1].headers["authorization"] == "Bearer two"


def test_a_rotated_refresh_token_is_kept_and_used(vendor: Faulty, time: Time):
    kept = InMemory("r-one")
    vendor.will(token("one", refresh_token="r-two"), Say(), token("two"), Say())
    session = signed_in(vendor, time, tokens=kept)
    session.get("/x")
    assert kept.token == "r-two"
    time.passed += 60
    session.get("/x")
    assert b"refresh_token=r-two" in vendor.asked[2].body


def test_a_rotated_token_is_kept_although_the_answer_is_of_no_use(vendor: Faulty, time: Time):
    kept = InMemory("r-one")
    vendor.will(Say.json({"refresh_token": "r-two"}))
    with pytest.raises(Stop, match="access_token"):
        signed_in(vendor, time, tokens=kept).get("/x")
    assert kept.token == "r-two"


@pytest.mark.parametrize("life", ["soon", 0, -1, None, [], 1e308, "1e999", "nan"])
def test_a_life_of_nonsense_is_no_life_of_nothing(vendor: Faulty, time: Time, life: object):
    vendor.will(Say.json({"access_token": "one", "expires_in": life}), Say())
    session = signed_in(vendor, time)
    session.get("/x")
    time.passed += 20
    session.get("/x")
    assert [asked.path for asked in vendor.asked] == ["/token", "/x", "/x"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Say.json({"error": "invalid_grant"}, 400), FixCredentials, id="revoked"),
        pytest.param(Say(status=401), FixCredentials, id="wrong-client"),
        pytest.param(Say(status=503), Wait, id="away"),
        pytest.param(Say(b"<html>"), Wait, id="html"),
        pytest.param(Say.json({"token": "x"}), Stop, id="no-token"),
        pytest.param(Say.json(["x"]), Stop, id="no-object"),
        pytest.param(Say(status=302, headers={"Location": "http://evil/"}), FixCredentials, id="redirected"),
    ],
)
def test_a_grant_that_fails_says_who_must_act(
    vendor: Faulty, time: Time, answer: Say, error: type[Exception]
):
    vendor.will(answer)
    with pytest.raises(error) as failure:
        signed_in(vendor, time).get("/x")
    assert "canary" not in str(failure.value)


def test_a_stumbling_grant_is_asked_for_again(vendor: Faulty, time: Time):
    vendor.will(Say(status=500), Say(b"<html>"), Say(reset=True), token("one"), Say.json([1]))
    assert signed_in(vendor, time).get("/x") == [1]


def test_every_token_ever_had_is_a_secret(vendor: Faulty, time: Time):
    vendor.will(token("canary-one"))
    auth = OAuth(f"{vendor.url}/token", REFRESH, clock=time.clock())
    auth.headers()
    assert {"canary-one", "canary-client", "r-one"} <= set(auth.secrets())


def test_basic_sends_the_key_as_the_user(vendor: Faulty, time: Time):
    Session("acme", vendor.url, Basic("EZKEY"), clock=time.clock()).get("/x")
    assert vendor.asked[0].headers["authorization"] == "Basic RVpLRVk6"


def test_a_netrc_of_the_machine_is_not_used(
    vendor: Faulty, time: Time, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    Session("acme", vendor.url, clock=time.clock()).get("/x")
    vendor_headers = vendor.asked[0].headers
    assert "authorization" not in vendor_headers
    vendor.will(token("one"), Say())
    signed_in(vendor, time).get("/x")
    assert "authorization" not in vendor.asked[0].headers


def test_the_request_for_a_token_may_itself_be_signed(vendor: Faulty, time: Time):
    vendor.will(token("one"), Say())
    grant = {"grant_type": "client_credentials"}
    auth = OAuth(f"{vendor.url}/token", grant, sign_in=Basic("id", "canary"), clock=time.clock())
    Session("acme", vendor.url, auth, clock=time.clock()).get("/x")
    asked = [(one.body, one.headers["authorization"]) for one in vendor.asked]
    assert asked == [(b"grant_type=client_credentials", "Basic aWQ6Y2FuYXJ5"), (b"", "Bearer one")]
    assert "canary" in auth.secrets()
