import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import Stop
from include.privacy import (
    customer_key,
    google_email,
    google_phone,
    meta_email,
    meta_phone,
    normalise_email,
    normalise_phone,
)

SECRET = b"a secret"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_metas_own_examples_are_reproduced():
    assert (
        meta_email("John_Smith@gmail.com ")
        == "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
    )
    assert (
        meta_phone("(650)555-1212", "US")
        == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
    )


@pytest.mark.parametrize(
    ("phone", "country", "hashed"),
    [
        ("+1 650 555 1212", None, "16505551212"),
        ("+44 844 412 4653", None, "448444124653"),
        ("0844 412 4653", "GB", "448444124653"),
        ("030 123456", "DE", "4930123456"),
    ],
)
def test_meta_hashes_digits_with_the_country_code(phone, country, hashed):
    assert meta_phone(phone, country) == sha256(hashed)


def test_a_dotted_gmail_address_hashes_differently_for_meta_and_google():
    address = "Jane.Doe+shop@googlemail.com"
    assert meta_email(address) == sha256("jane.doe+shop@googlemail.com")
    assert google_email(address) == sha256("janedoe@googlemail.com")


def test_google_keeps_dots_of_other_hosts_and_the_plus_of_phones():
    assert google_email(" Jane.Doe+shop@Example.com") == sha256("jane.doe+shop@example.com")
    assert google_phone("1 (800) 555-0100", "US") == sha256("+18005550100")


@pytest.mark.parametrize("email", ["alexz@example.com", "  ALEXZ@example.com   ", "alexz@ EXAMPLE.com"])
def test_googles_own_examples_are_reproduced(email):
    assert google_email(email) == "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
    for phone in ("+18005550100", "   +1-800-555-0100", "1-800-555-0100   "):
        assert google_phone(phone, "US") == "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"


@pytest.mark.parametrize(
    ("email", "hashed"),
    [
        ("Jefferson.Loves.hiking@gmail.com", "jeffersonloveshiking@gmail.com"),
        ("Jefferson.LOVES.Hiking@googlemail.com", "jeffersonloveshiking@googlemail.com"),
        ("Cloudy.SanFrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
    ],
)
def test_google_normalises_its_own_hosts_alone(email, hashed):
    assert google_email(email) == sha256(hashed)


def test_googles_rule_for_suffixes_can_be_left_out_and_an_address_of_dots_is_none():
    assert google_email("c.sf+x@gmail.com", keep_suffix=True) == sha256("csf+x@gmail.com")
    assert google_email(" ...@gmail.com") is None
    assert google_email("+x@gmail.com") is None


@pytest.mark.parametrize("nothing", [None, "", "no address", "a@b", "@c.de", "ann@"])
def test_what_is_no_address_has_no_hash_and_no_key(nothing):
    assert normalise_email(nothing) is None
    assert meta_email(nothing) is None
    assert google_email(nothing) is None
    assert customer_key(SECRET, email=nothing) is None


@pytest.mark.parametrize("nothing", [None, "", "call me", "12", "5551212"])
def test_what_is_no_number_has_no_hash(nothing):
    assert normalise_phone(nothing) is None
    assert meta_phone(nothing) is None


def test_one_person_is_one_key_in_every_source():
    assert customer_key(SECRET, "Ann@Example.com ", 7, "shopify") == customer_key(
        SECRET, "ann@example.com", 9, "easypost"
    )


def test_without_an_address_the_key_is_the_vendors():
    keys = {customer_key(SECRET, None, number, source) for number in (7, 8) for source in ("shopify", "odoo")}
    assert len(keys) == 4
    assert customer_key(SECRET, None, 7, "shopify") == customer_key(SECRET, "", "7", "shopify")


def test_an_id_without_its_source_is_refused():
    with pytest.raises(Stop, match="source"):
        customer_key(SECRET, None, 7)


def test_another_secret_gives_other_keys():
    assert customer_key(SECRET, "ann@example.com") != customer_key(b"other", "ann@example.com")


@given(st.emails(), st.sampled_from(["", " ", "\t"]))
def test_blanks_and_case_never_make_a_second_person(address, blank):
    key = customer_key(SECRET, address)
    assert key == customer_key(SECRET, f"{blank}{address}{blank}")
    assert key == customer_key(SECRET, address.swapcase())
    assert key == customer_key(SECRET, normalise_email(address))
    assert key is None or len(key) == 32
