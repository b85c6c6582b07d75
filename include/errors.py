"""What can go wrong, named by what the caller should do about it.

* NightshiftError
  + Wait             try again later: rate limits, outages, a lost connection
    - Busy           somebody else holds the lock (another load, another build)
  + FixCredentials   a person must act: token refused, scope missing
  + SkipRecord       quarantine this record, go on with the next
  + Stop             do not retry: the source broke its schema, a setting is wrong
    - Refused        the vendor will not answer this: an unknown thing, a wrong question
    - NotAskable     the source cannot be asked for its past; not a failure
    - GateFailed     the data is not good enough to publish
"""

import traceback
from datetime import timedelta
from pathlib import Path


class NightshiftError(Exception):
    """Base of every error we raise on purpose; the message says what to do next."""


class Wait(NightshiftError):
    """Try again later. `retry_after` is how long the other side asked us to wait, if it said."""

    def __init__(self, message: str, retry_after: timedelta | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class Busy(Wait):
    """Somebody else is at work on the same thing."""


class FixCredentials(NightshiftError):
    """The account's credentials were refused; retrying cannot help."""


class SkipRecord(NightshiftError):
    """One record cannot be used: names source, record and field."""

    def __init__(self, source: str, record: str, field: str, reason: str):
        super().__init__(f"{source}: record {record}: field {field}: {reason}")
        self.source, self.record, self.field, self.reason = source, record, field, reason


class Stop(NightshiftError):
    """Retrying cannot help and nothing may be half done."""


class Refused(Stop):
    """The vendor answered a 4xx (`status`) that neither time nor credentials will change."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class NotAskable(Stop):
    """A snapshot stream was asked for its past."""


class GateFailed(Stop):
    """A quality gate refused the data; the message lists what failed."""


def place_of(error: BaseException) -> str:
    """`KeyError at orders.py:52`: where our code met it. The error's own words may quote what a vendor said."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
