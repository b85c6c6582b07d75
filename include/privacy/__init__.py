"""Personal data: who is who without names, who said yes, who must be forgotten."""

from include.privacy.hashing import google_email, google_phone, meta_email, meta_phone
from include.privacy.keys import customer_key, normalise_email, normalise_phone

__all__ = [
    "customer_key",
    "google_email",
    "google_phone",
    "meta_email",
    "meta_phone",
    "normalise_email",
    "normalise_phone",
]
