"""People in an advertiser's list: each a set of hashes, told apart by them alone."""

import hashlib
from collections.abc import Iterable

from include.sandbox.state import State


def change(state: State, kind: str, people: Iterable[list[str]], is_removal: bool) -> None:
    """Add or remove people in the documents of this kind.

    People who share one hash are the same person: somebody added by e-mail and phone is removed by either. Adding twice
    and removing the absent change nothing.
    """
    members = state.items(kind)
    owner = {key: number for number, keys in members.items() for key in keys}
    gone: set[str] = set()
    added: dict[str, list[str]] = {}
    for keys in people:
        same = {owner[key] for key in keys if key in owner}
        gone |= same
        if not is_removal:
            merged = sorted(
                {*keys, *(key for number in same for key in (added.get(number) or members[number]))}
            )
            number = hashlib.sha256("".join(merged).encode()).hexdigest()
            for number_before in same:
                added.pop(number_before, None)
            added[number] = merged
            owner.update(dict.fromkeys(merged, number))
    state.delete_many(kind, gone - added.keys())
    state.put_many(kind, added)
