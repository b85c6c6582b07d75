"""What a person is searched by, in any text: addresses, numbers, keys and ids, each as a whole word.

`gid://shopify/Customer/1` is not found in `gid://shopify/Customer/12`. Bytes columns are searched by their hex digits.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from include.privacy.people import SHORTEST

# `\n` in JSON is a letter, and no part of the address that follows it
_BEFORE = rb"(?:(?<![0-9a-z])|(?<=\\[nrtbf]))"
_BEFORE_ADDRESS = rb"(?:(?<![0-9a-z._%+-])|(?<=\\[nrtbf]))"
_AFTER = rb"(?![0-9a-z]|[.-][0-9a-z])"


@dataclass(frozen=True)
class Marks:
    """Compiled values, in lower case; text is searched whatever its case. `digits`: how bytes columns show them."""

    values: tuple[bytes, ...] = field(repr=False)
    digits: tuple[bytes, ...] = field(repr=False)
    pattern: "re.Pattern[bytes]" = field(repr=False)

    @classmethod
    def of(cls, values: Iterable[str]) -> "Marks":
        kept = {value.lower() for value in values if len(value) >= SHORTEST}
        kept |= {json.dumps(value)[1:-1].lower() for value in kept}
        ordered = tuple(value.encode() for value in sorted(kept, key=lambda value: (-len(value), value)))
        digits = tuple(value.hex().encode() for value in ordered)
        return cls(ordered, digits, re.compile(_expression(ordered), re.IGNORECASE))

    def are_in(self, text: bytes, as_digits: bool = False) -> bool:
        """Whether any of them stands in the text; a quick look first, for almost nothing holds any."""
        low = text.lower()
        if as_digits and any(value in low for value in self.digits):
            return True
        return any(value in low for value in self.values) and self.pattern.search(low) is not None


def _expression(values: Iterable[bytes]) -> bytes:
    """An address ends where another's could not go on: `ann@x.org` is neither in `jo.ann@x.org` nor in `ann@x.org.uk`."""
    words = [(_BEFORE_ADDRESS if b"@" in value else _BEFORE) + re.escape(value) + _AFTER for value in values]
    return b"|".join(words) or rb"(?!)"
