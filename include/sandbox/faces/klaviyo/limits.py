"""Klaviyo's two windows per endpoint, burst (a second) and steady (a minute), and the headers that tell of them."""

import math

from include.sandbox.faces.bucket import Bucket
from include.sandbox.faces.klaviyo.errors import throttled


class Limit:
    """`burst` requests a second and `steady` a minute, both times `scale`."""

    def __init__(self, burst: int, steady: int, scale: float):
        self._burst = Bucket(burst * scale, burst * scale)
        self._steady = Bucket(steady * scale / 60, steady * scale)
        self._wait = 0.0

    def take(self) -> dict[str, str]:
        """The headers of an allowed request. Refused (429) when either window is used up."""
        self._wait = self._burst.take() or self._steady.take()
        if self._wait:
            raise throttled(self._wait)
        burst, steady = int(self._burst.burst), int(self._steady.burst)
        return {
            "RateLimit-Limit": f"{burst}, {burst};w=1, {steady};w=60",
            "RateLimit-Remaining": str(int(min(self._burst.left(), self._steady.left()))),
            "RateLimit-Reset": str(math.ceil((steady - self._steady.left()) / self._steady.rate)),
        }

    def retry(self) -> dict[str, str]:
        """The header of a refused request, which tells no limits."""
        return {"Retry-After": str(math.ceil(self._wait))} if self._wait else {}
