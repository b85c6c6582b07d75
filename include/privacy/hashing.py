"""Addresses as advertisers' platforms want them: each normalises its own way before SHA-256.

A hash is still personal data: it goes to the platform and nowhere else.
"""

import hashlib

from include.privacy.keys import normalise_email, normalise_phone


def meta_email(email: str | None) -> str | None:
    """Meta Custom Audiences, schema EMAIL: trimmed, lower case; dots and +tags stay.

    Meta's own example: John_Smith@gmail.com → 62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f
    """
    return _sha256(normalise_email(email))


def meta_phone(phone: str | None, country: str | None = None) -> str | None:
    """Meta Custom Audiences, schema PHONE: digits with the country code, no '+', no leading zeros.

    Meta's own example: (650)555-1212 in the US is 16505551212
    → e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176
    """
    number = normalise_phone(phone, country)
    return _sha256(number.lstrip("+")) if number else None


def google_email(email: str | None) -> str | None:
    """Google Customer Match: all blanks out, lower case; at gmail.com and googlemail.com also dots and +tags."""
    address = normalise_email("".join((email or "").split()))
    if not address:
        return None
    name, _, host = address.rpartition("@")
    if host in ("gmail.com", "googlemail.com"):
        name = name.partition("+")[0].replace(".", "")
    return _sha256(f"{name}@{host}")


def google_phone(phone: str | None, country: str | None = None) -> str | None:
    """Google Customer Match: E.164 with its '+'. +18005550100 is hashed as it stands."""
    return _sha256(normalise_phone(phone, country))


def _sha256(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if text else None
