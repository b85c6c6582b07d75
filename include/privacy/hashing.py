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


def google_email(email: str | None, *, keep_suffix: bool = False) -> str | None:
    """Google Customer Match: all blanks out, lower case; at gmail.com and googlemail.com also dots and +suffixes.

    Google's own examples: AlexZ@example.com → 509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a, and
    Cloudy.SanFrancisco+shopping@googlemail.com is hashed as cloudysanfrancisco@googlemail.com. `keep_suffix` leaves
    +suffixes in place, as Google's own code did before 2026.
    """
    address = normalise_email("".join((email or "").split()))
    if not address:
        return None
    name, _, host = address.rpartition("@")
    if host in ("gmail.com", "googlemail.com"):
        name = (name if keep_suffix else name.partition("+")[0]).replace(".", "")
    return _sha256(f"{name}@{host}") if name else None


def google_phone(phone: str | None, country: str | None = None) -> str | None:
    """Google Customer Match: E.164 with its '+'.

    Google's own example: +1 800-555-0100 is +18005550100
    → fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30
    """
    return _sha256(normalise_phone(phone, country))


def _sha256(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if text else None
