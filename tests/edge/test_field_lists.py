"""Field lists: what they mean, and those of every stream."""

import pytest

from include.sources import REGISTRY
from include.sources.fields import Many, needed, tree


def test_field_lists_read_as_graphql_does():
    assert [isinstance(tree("a*{ b }, c{ b }")[name], Many) for name in "ac"] == [True, False]
    marks = {"id": "", "total": {"amount": "#", "units": "+"}, "at": "@", "ok": "?", "tags": "*"}
    assert tree("id!, total { amount#! units+ } at@ ok? tags*") == marks
    assert needed("id!, total { amount#! units+ } at@ lines!{ id! }") == {
        "id",
        "total.amount",
        "lines",
        "lines.id",
    }


@pytest.mark.parametrize("text", ["a {", "a }", "{ a }", "a { b }}", "a $ b"])
def test_a_field_list_that_does_not_parse_says_so(text: str):
    with pytest.raises(ValueError, match="field list"):
        tree(text)


# Their vendors tell no time of the last change: what was read last is newest.
TIMELESS = {
    ("amazon", "transactions"),
    ("amazon", "feedback"),
    ("amazon", "returns"),
    ("ups", "tracking"),
}


@pytest.mark.parametrize(
    ("source", "name"),
    [(source.name, stream.name) for source in REGISTRY.values() for stream in source.streams],
)
def test_every_stream_keeps_its_key_and_time(source: str, name: str):
    wanted = REGISTRY[source].stream(name)
    for path in filter(None, (wanted.key, wanted.updated_at)):
        kept = wanted.keep
        for step in path.split("."):
            kept = kept[step]
        assert kept in ("", "@")
    assert wanted.updated_at or wanted.kind != "log" or (source, name) in TIMELESS
