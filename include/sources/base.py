"""What a source is: accounts, streams and the pages they yield.

Three kinds of stream, told apart by what one observation says:

* `log`        one record's newest version; scope = the record's key (orders, trackers)
* `statement`  everything the vendor says of one account-day; scope = 'YYYY-MM-DD' (ads)
* `snapshot`   a record as it is now; scope = its key; the past cannot be asked for (stock)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from include.clients.tokens import RefreshTokens
from include.errors import SkipRecord, Stop
from include.sources.fields import Tree, needed, tree

Kind = Literal["log", "statement", "snapshot"]
Record = dict[str, Any]
AT_ONCE = 2
"""Tasks that may talk to one vendor at the same time: as many as a night uses."""


@dataclass(frozen=True)
class Account:
    """One account at one vendor: where it answers and how to sign in. Never logged whole.

    `tokens` keep its refresh token from one run to the next; without them it is the one among the credentials. `refused`:
    why it is not read, when it is one more than its source can have.
    """

    source: str
    name: str
    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    tokens: RefreshTokens | None = field(default=None, repr=False, compare=False)
    refused: str | None = None


@dataclass(frozen=True)
class Page:
    """Records as the vendor sent them, decoded, or still text (`msgspec.Raw`) where nobody need look into them before

    `scope` is set for a statement: the account-day whose rows these are, all of them (none: an empty day).
    `total` is the vendor's own count of what the whole window holds, where it tells one. `bad` are records that the source
    itself could make nothing of.
    """

    records: list[Any]
    scope: str | None = None
    total: int | None = None
    bad: tuple[SkipRecord, ...] = ()


STRANGE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What code meets when an answer has a shape that nobody foresaw."""


def usable(
    source: str, records: Iterable[Any], make: Callable[[Any], Record], key: str = "id"
) -> tuple[list[Record], tuple[SkipRecord, ...]]:
    """`make` of every record, and apart those it fails on or raises SkipRecord of: one strange record does not cost its
    page."""
    made: list[Record] = []
    bad: list[SkipRecord] = []
    for record in records:
        try:
            made.append(make(record))
        except SkipRecord as skipped:
            bad.append(skipped)
        except STRANGE as strange:
            name = record.get(key) if isinstance(record, dict) else None
            shown = name[:200] if isinstance(name, str) and name.isprintable() else "?"
            reason = f"not of the shape we know ({type(strange).__name__})"
            bad.append(SkipRecord(source, shown, "$", reason))
    return made, tuple(bad)


@dataclass(frozen=True)
class Consent:
    """What a record says about one purpose: 'email', 'sms' or 'ads'."""

    purpose: str
    granted: bool
    effective_at: str | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Where a record names a person. The projection takes it out and leaves `customer_key`.

    `at` is the object that is the person ('' when the record itself is); the other paths start there.
    Only a person with `vault` set is written to the vault: orders merely refer to people. `whole`: without its person
    nothing of the record is left (a membership of a list), so it goes with them as the person's own record does.
    """

    at: str = ""
    id: str = "id"
    email: str = "defaultEmailAddress.emailAddress"
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    consents: Callable[[Record], list[Consent]] | None = None
    vault: bool = False
    whole: bool = False

    @property
    def is_the_record(self) -> bool:
        """Whether the record goes with the person."""
        return self.vault or self.whole


@dataclass(frozen=True)
class Stream:
    """One kind of record of a source.

    `key` and `updated_at` are dotted paths into the record. `fields` lists what is kept, written as GraphQL writes it,
    see `include.sources.fields.tree`; `unwanted` those we know and leave out: whatever else turns up is drift.
    `overlap` is how far each night reads back, because the vendor still changes the past. `from_the_first`: facts point
    to these records, so the first night asks for all of them, however old; today's catalogue is full of products that
    nobody touched for a year. `counted`: the vendor itself tells how many records a window holds. `false_is_null`: the
    vendor writes `false` where it means nothing (Odoo). `subjects`: the vendor lists nothing, it must be asked about each
    thing by name; this query (run as the loader) gives the names, and `pull(client, window, names)` asks about them. `keys`
    pulls like `pull`, records of their key alone: for whoever only asks what is still there.
    """

    name: str
    kind: Kind
    fields: str
    pull: Callable[..., Iterator[Page]]
    key: str = "id"
    updated_at: str | None = None
    person: Person | None = None
    overlap: timedelta = timedelta(0)
    counted: bool = False
    unwanted: str = ""
    false_is_null: bool = False
    from_the_first: bool = False
    subjects: str | None = None
    keys: Callable[..., Iterator[Page]] | None = None

    @property
    def askable_past(self) -> bool:
        """Whether the vendor can be asked what was true on a past day."""
        return self.kind != "snapshot" and self.subjects is None

    @property
    def keep(self) -> Tree:
        """The kept fields as a tree."""
        return tree(self.fields)

    @property
    def needed(self) -> frozenset[str]:
        """Dotted paths of kept fields that no record can do without."""
        return needed(self.fields)


@dataclass(frozen=True)
class Source:
    """A vendor: its streams, how to sign in (`connect`), and what a person must enter to do so.

    `after`: the source that tells what to ask this one about; it is pulled when that one has closed its day. `alone`: why a
    home can read one account only, and what to do with a second: its records would have the names of the first's.
    """

    name: str
    title: str
    streams: tuple[Stream, ...]
    connect: Callable[[Account], Any]
    connection_help: str
    after: str | None = None
    alone: str | None = None

    @property
    def pool(self) -> str:
        """Where everybody queues up who talks to this vendor, `AT_ONCE` at a time, whatever for."""
        return f"vendor_{self.name}"

    @contextmanager
    def opened(self, account: Account) -> Iterator[Any]:
        """A client signed in to an account; its connections are given back at the end. Stop when it is refused."""
        if account.refused:
            raise Stop(account.refused)
        client = self.connect(account)
        try:
            yield client
        finally:
            getattr(client, "session", client).close()

    def shares(self) -> list[list[str]]:
        """The streams' names for two workers: the longest stream, which stands first, and all others."""
        first, *others = (stream.name for stream in self.streams)
        return [[first], others] if others else [[first]]

    def stream(self, name: str) -> Stream:
        """The stream of that name. KeyError names those there are."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(
            f"{self.name} has no stream {name!r}; it has {', '.join(s.name for s in self.streams)}"
        )
