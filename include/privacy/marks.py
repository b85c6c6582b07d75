"""What a person is searched by, in any text: addresses, numbers, keys and ids, each as a whole word.

`gid://shopify/Customer/1` is not found in `gid://shopify/Customer/12`. Bytes columns are searched by their hex digits.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from include.privacy.people import SHORTEST

_BEFORE, _BEFORE_ADDRESS, _AFTER = "(?<![0-9a-z])", "(?<![0-9a-z._%+-])", "(?![0-9a-z]|[.-][0-9a-z])"


@dataclass(frozen=True)
class Marks:
    """Compiled values, in lower case; text is searched whatever its case."""

    values: tuple[str, ...] = field(repr=False)
    pattern: "re.Pattern[bytes]" = field(repr=False)

    @classmethod
    def of(cls, values: Iterable[str]) -> "Marks":
        kept = {value.lower() for value in values if len(value) >= SHORTEST}
        ordered = tuple(sorted(kept, key=lambda value: (-len(value), value)))
        return cls(ordered, re.compile(_expression(ordered, re.escape).encode(), re.IGNORECASE))

    def are_in(self, text: bytes) -> bool:
        """Whether any of them stands in the text."""
        return self.pattern.search(text) is not None

    @property
    def like(self) -> list[str]:
        """Patterns for SQL's LIKE over lower-case text: what they do not match holds none of the values."""
        found = [value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for value in self.values]
        return [f"%{value}%" for value in (*found, *self._digits)]

    @property
    def posix(self) -> str:
        """The same as a regular expression of PostgreSQL, over lower-case text."""
        return "|".join([_expression(self.values, _posix_escape), *self._digits])

    @property
    def _digits(self) -> list[str]:
        """How bytes columns show them."""
        return [value.encode().hex() for value in self.values]


def _expression(values: Iterable[str], escape: Callable[[str], str]) -> str:
    """An address ends where another's could not go on: `ann@x.org` is neither in `jo.ann@x.org` nor in `ann@x.org.uk`."""
    words = [f"{_BEFORE_ADDRESS if '@' in value else _BEFORE}{escape(value)}{_AFTER}" for value in values]
    return "|".join(words) or "(?!)"


def _posix_escape(value: str) -> str:
    return re.sub(r"([^0-9a-z\u0080-\U0010ffff])", r"\\\1", value)
