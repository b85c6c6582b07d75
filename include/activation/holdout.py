"""One person in ten is left out of every audience, always the same ones, so that the true effect can be seen.

The draw is a keyed hash of the customer key: the same in all audiences and at all destinations, and nobody
outside can tell who is held out. Analyse as intended to treat: whoever would have been in the list counts.
"""

import hashlib
import hmac

from include.settings import Settings

SHARE = 0.10
SECRET = "holdout"  # noqa: S105


def secret(settings: Settings) -> bytes:
    """Made once; changing it would draw a new holdout."""
    settings.ensure_secrets((SECRET,))
    return settings.secret(SECRET)


def is_held_out(key: bytes, customer_key: str, share: float = SHARE) -> bool:
    """Whether this person is among the share left out."""
    digest = hmac.new(key, f"holdout:{customer_key}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def external_id(key: bytes, destination: str, customer_key: str) -> str:
    """What a platform calls the person for us: not our customer key, and another at every platform."""
    return hmac.new(key, f"external:{destination}:{customer_key}".encode(), hashlib.sha256).hexdigest()[:32]
