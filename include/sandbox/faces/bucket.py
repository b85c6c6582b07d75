"""A leaky bucket: how the faces keep the vendors' rate limits."""

import threading
import time
from collections.abc import Callable


class Bucket:
    """Holds up to `burst` tokens (at least one) and gains `rate` of them per second of real time."""

    def __init__(self, rate: float, burst: float, now: Callable[[], float] = time.monotonic):
        self.rate, self.burst, self._now = rate, max(burst, 1.0), now
        self._tokens, self._at = self.burst, now()
        self._lock = threading.Lock()

    def take(self, cost: float = 1.0) -> float:
        """0.0 when the tokens were there (and are gone now), else the seconds until they will be."""
        with self._lock:
            self._fill()
            if self._tokens < cost:
                return (cost - self._tokens) / self.rate
            self._tokens -= cost
            return 0.0

    def left(self) -> float:
        """How many tokens are there now."""
        with self._lock:
            self._fill()
            return self._tokens

    def _fill(self) -> None:
        moment = self._now()
        self._tokens = min(self.burst, self._tokens + (moment - self._at) * self.rate)
        self._at = moment
