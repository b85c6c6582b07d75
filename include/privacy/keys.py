"""Who a record is about, without saying so: customer keys from normalised e-mail addresses."""

import hmac
import unicodedata
from functools import cache

import phonenumbers

from include.errors import Stop

KEY_HEX = 32


def normalise_email(email: str | None) -> str | None:
    """Trimmed, lower case, NFC; None for what is not an address. Dots and +tags stay: they are other people's.

    ' John_Smith@Gmail.com ' is 'john_smith@gmail.com'.
    """
    if not email:
        return None
    text = unicodedata.normalize("NFC", email).strip().lower()
    name, at, host = text.rpartition("@")
    return text if at and name and "." in host and text.isprintable() and text.split() == [text] else None


def normalise_phone(phone: str | None, country: str | None = None) -> str | None:
    """E.164 ('+16505551212'); national numbers need `country` (ISO 3166 alpha-2). None when it is no number."""
    if not phone:
        return None
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def customer_key(
    secret: bytes, email: str | None = None, vendor_id: str | int | None = None, source: str | None = None
) -> str | None:
    """The 32 hex digits that stand for a person everywhere outside the vault.

    Made from the e-mail when there is a usable one (so that one person is one key in every source), else from
    the vendor's id; None when there is neither. Raises Stop for an id without its source.
    """
    address = normalise_email(email)
    if address:
        return _digest(secret, f"email:{address}")
    if vendor_id in (None, ""):
        return None
    if not source:
        raise Stop("a customer key from a vendor's id needs the source's name")
    return _digest(secret, f"id:{source}:{vendor_id}")


def _digest(secret: bytes, text: str) -> str:
    keyed = _keyed(secret).copy()
    keyed.update(text.encode(errors="surrogatepass"))
    return keyed.hexdigest()[:KEY_HEX]


@cache
def _keyed(secret: bytes) -> hmac.HMAC:
    """`hmac.digest` at once lets other threads run at every call, which costs three times as much beside a load."""
    return hmac.new(secret, digestmod="sha256")
