"""The edge: what of a vendor's record comes in, and what stays outside.

Only listed fields are kept, in the order of the list, so that one content has one byte sequence. What is not listed is
dropped and noted as drift: its path and JSON type, never its value. Whoever a record names becomes a `customer_key`; the
person goes to the vault. A record that lacks its key, or holds something else than a field promises, is quarantined.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import Any

from msgspec import Raw

from include.clients.json import NotJson, loads
from include.errors import SkipRecord, place_of
from include.privacy.keys import customer_key
from include.privacy.line import LARGEST_KEY, Line, instant, usable_key
from include.privacy.storable import StorableText, plain_text
from include.privacy.typed import Reader
from include.privacy.usual import Unusual
from include.privacy.values import Wrong, json_type
from include.privacy.walk import Walk
from include.sources.base import STRANGE, Account, Person, Record, Stream
from include.sources.fields import paths, tree

_UNUSUAL = (Unusual, Wrong, AttributeError, TypeError, ValueError, OverflowError)
"""What the quick way raises where the walk has to look, and knows what to say."""


class Projection:
    """Projects the records of one stream of one account; `drift` and `stripped` say what was left out, `failures` how often
    our own code failed, by the kind of error and its place."""

    def __init__(self, stream: Stream, account: Account, secret: bytes):
        self.stream, self.account, self._secret = stream, account, secret
        self._text = StorableText(account.source)
        self.failures: Counter[str] = Counter()
        self._known = _personal_paths(stream.person) | paths(tree(stream.unwanted))
        self._walk = Walk(stream, self._known)
        # Odoo's `false` for nothing has to be written as null: that is the walk's work
        self._who = stream.person
        who_at = stream.person.at if stream.person else ""
        self._who_aside = bool(who_at) and "." not in who_at and who_at not in stream.keep
        self._typed, self._key_of, self._time_of = self._compiled(who_at if self._who_aside else None)

    @property
    def drift(self) -> Counter[tuple[str, str]]:
        """Fields that nobody listed: (path, JSON type) → times."""
        return self._walk.drift

    @property
    def stripped(self) -> int:
        """Characters that PostgreSQL does not take."""
        return self._text.stripped

    def lines(self, raws: Sequence[Any]) -> list[Line] | None:
        """Some records of a log or a snapshot, each decoded or `msgspec.Raw`, looked at all at once; None when something in
        them is out of the ordinary. Then `record` says of each what it is."""
        try:
            return self._lines(raws)
        except Exception:  # whatever it is, `record` meets it again
            return None

    def record(self, raw: Any) -> Line:
        """One of them by itself. SkipRecord when it cannot be used."""
        try:
            return self._lines([raw])[0]
        except _UNUSUAL:
            record = self._unread(raw)
            payload, scope = self._payload(record), self._scope(record)
            return Line(scope, self._updated_at(record, scope), self._text.encoded(payload, scope), 1)

    def statement(self, scope: str, rows: list[Any]) -> Line:
        """An account-day: one bad row spoils the day, for a statement says all or nothing."""
        try:
            kept = self._read(rows)
            for key in map(self._key_of, kept):
                usable_key(key)
            return Line(scope, None, plain_text(kept), len(rows))
        except _UNUSUAL:
            payload = []
            for row in map(self._unread, rows):
                self._scope(row)
                payload.append(self._payload(row))
            return Line(scope, None, self._text.encoded(payload, scope), len(rows))

    def person(self, raw: Record) -> Record | None:
        """The vault's row about the person a record is, None when the stream's records are not people.

        `alias_key` is the key the person had while no e-mail was known; null when that is the key still.
        """
        who = self.stream.person
        if who is None or not who.vault:
            return None
        raw = self._unread(raw)
        vendor_id, email = raw.get(who.id), _at(raw, who.email)
        key, by_id = self._key(email, vendor_id), self._key(None, vendor_id)
        try:
            consents = who.consents(raw) if who.consents else []
        except STRANGE:
            raise self._skipped(raw, "consent", "not of the shape we know") from None
        found = {
            "customer_key": key,
            "alias_key": by_id if by_id != key else None,
            "source": self.account.source,
            "account": self.account.name,
            "vendor_id": str(vendor_id),
            "email": email,
            **{
                name: _at(raw, getattr(who, name)) for name in ("phone", "first_name", "last_name", "country")
            },
            "updated_at": _at(raw, self.stream.updated_at),
            "consents": [vars(consent) for consent in consents],
        }
        return self._text.cleaned(
            {name: None if _is_odd(name, value) else value for name, value in found.items()}
        )

    def unusable(self, raw: Any, error: Exception) -> SkipRecord:
        """What to say of a record, or of an account-day's scope, that could not be projected. When it is our own code that
        failed, only the kind of error and its place: its words may quote the record."""
        if isinstance(error, SkipRecord):
            return error
        place = place_of(error)
        self.failures[place] += 1
        reason = f"our own code fails on it ({place})"
        if raw.__class__ is str:
            return SkipRecord(self.account.source, raw, "$", reason)
        try:
            return self._skipped(self._unread(raw), "$", reason)
        except SkipRecord:
            return SkipRecord(self.account.source, "?", "$", reason)

    # ------------------------------------------------------------------ the quick way

    def _lines(self, raws: Sequence[Any]) -> list[Line]:
        kept = self._read(raws)
        scopes = map(usable_key, map(self._key_of, kept))
        times = map(instant, map(self._time_of, kept)) if self._time_of else repeat(None)
        return [
            Line(scope, time, text, 1)
            for scope, time, text in zip(scopes, times, map(plain_text, kept), strict=False)
        ]

    def _read(self, raws: Sequence[Any]) -> list[Any]:
        """Records in which nothing is out of the ordinary, as objects to encode; Unusual when something is."""
        if self._typed is None:
            raise Unusual
        if not self._who:
            return self._typed.read(raws)
        if not self._who_aside:
            raws = list(map(self._unread, raws))
        found = self._typed.read(raws)
        for kept, raw in zip(found, raws, strict=True):
            told = {self._who.at: self._typed.set_aside(kept)} if self._who_aside else raw
            kept.customer_key = self._customer_key(told, self._who)
        return found

    # ------------------------------------------------------------------ one record

    def _unread(self, raw: Any) -> Record:
        """A record as `include.clients.json` decodes it. SkipRecord when it is none."""
        try:
            record = loads(bytes(raw)) if raw.__class__ is Raw else raw
        except NotJson:
            raise SkipRecord(self.account.source, "?", "$", "not JSON") from None
        if record.__class__ is not dict:
            raise SkipRecord(self.account.source, "?", "$", f"expected an object, found {json_type(record)}")
        return record

    def _payload(self, raw: Any) -> Record:
        try:
            kept = self._walk.keep(raw)
            if self.stream.person:
                kept["customer_key"] = self._customer_key(raw, self.stream.person)
            return kept
        except Wrong as wrong:
            raise self._skipped(raw, wrong.field, wrong.reason) from None

    def _scope(self, raw: Any) -> str:
        key = _at(raw, self.stream.key)
        try:
            return usable_key(key)
        except ValueError:
            reason = "missing" if key is None else "not a usable key"
            raise self._skipped(raw, self.stream.key, reason) from None

    def _updated_at(self, raw: Record, scope: str) -> str | None:
        if self.stream.updated_at is None:
            return None
        text = _at(raw, self.stream.updated_at)
        try:
            return instant(text)
        except (TypeError, ValueError):
            reason = "missing" if text in (None, False) else "not an instant"
            raise SkipRecord(self.account.source, scope, self.stream.updated_at, reason) from None

    def _customer_key(self, raw: Record, who: Person) -> str | None:
        person = raw.get(who.at) if who.at else raw
        if not person:
            return None
        if person.__class__ is not dict:
            raise Wrong(who.at, f"expected an object, found {json_type(person)}")
        return self._key(_at(person, who.email), person.get(who.id))

    def _key(self, email: Any, vendor_id: Any) -> str | None:
        return customer_key(
            self._secret, email if email.__class__ is str else None, vendor_id, self.account.source
        )

    def _skipped(self, raw: Any, field: str, reason: str) -> SkipRecord:
        key = _at(raw, self.stream.key)
        if key.__class__ is int and abs(key) < LARGEST_KEY:
            key = str(key)
        shown = key[:200] if key.__class__ is str and key.isprintable() and key else "?"
        return SkipRecord(self.account.source, shown, field, reason)

    # ------------------------------------------------------------------ compiled field lists

    def _compiled(self, aside: str | None) -> tuple[Reader | None, Any, Any]:
        """The quick way through, and what reads key and time of a record that went it. No reader where they are not among
        the kept fields, or where Odoo's `false` for nothing has to be written as null: that is the walk's work."""
        reader = Reader(self.stream.keep, self._known, aside, self.stream.needed)
        key = reader.at(self.stream.key)
        time = reader.at(self.stream.updated_at) if self.stream.updated_at else None
        usable = key and (time or not self.stream.updated_at) and not self.stream.false_is_null
        return (reader if usable else None), key, time


def _is_odd(name: str, value: Any) -> bool:
    """Whether something else than text stands where a person's text is due."""
    return name != "consents" and value is not None and value.__class__ is not str


def _at(node: Any, path: str | None) -> Any:
    """What lies at a dotted path, None when there is nothing."""
    for name in path.split(".") if path else ():
        if node.__class__ is not dict:
            return None
        node = node.get(name)
    return node if path else None


def _personal_paths(who: Person | None) -> frozenset[str]:
    """Paths that are read for the vault: their absence from the payload is no drift."""
    if who is None:
        return frozenset()
    if who.at:
        return frozenset({who.at})
    told = (who.email, who.phone, who.first_name, who.last_name)
    return frozenset(path for path in told if path)
