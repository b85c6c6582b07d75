"""Pages, cursors and searches: nothing lost, nothing twice, whatever shares an instant."""

from dataclasses import replace

import pytest

from tests.sandbox import tiny
from tests.sandbox.storefront import Client
from tests.sandbox.tiny import at, served

PAGE = """query($first: Int!, $after: String, $query: String, $reverse: Boolean) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT, reverse: $reverse) {
    nodes { id updatedAt } pageInfo { hasNextPage endCursor }
  }
}"""


def busy_world():
    """Sixty orders of which forty were touched in the same second."""
    tied = [tiny.order(7000 + number, at(5), []) for number in range(40)]
    spread = [tiny.order(7100 + number, at(4, 1, number), []) for number in range(20)]
    return replace(tiny.world(), orders=[*reversed(tied), *spread])


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("shop"), "shopify", of=busy_world()) as running:
        yield Client(running)


def walk(client, first, query=None, reverse=False):
    """All orders page by page, and how many pages it took."""
    nodes, after, pages = [], None, 0
    while True:
        found = client.data(PAGE, first=first, after=after, query=query, reverse=reverse)["orders"]
        nodes += found["nodes"]
        pages += 1
        if not found["pageInfo"]["hasNextPage"]:
            return nodes, pages
        after = found["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 7, 20, 60, 250])
def test_ties_across_page_edges_lose_nothing(client, first):
    nodes, pages = walk(client, first)
    ids = [node["id"] for node in nodes]
    assert (len(ids), len(set(ids)), pages) == (60, 60, -(-60 // first))
    assert nodes == sorted(nodes, key=lambda node: (node["updatedAt"], node["id"]))


def test_reverse_is_the_same_backwards(client):
    assert walk(client, 7, reverse=True)[0] == list(reversed(walk(client, 60)[0]))


def test_a_window_takes_its_start_and_leaves_its_end(client):
    query = "updated_at:>='2026-03-04T01:05:00Z' AND updated_at:<'2026-03-04T01:10:00Z'"
    found = [node["updatedAt"] for node in walk(client, 3, query)[0]]
    assert found == [f"2026-03-04T01:0{minute}:00Z" for minute in range(5, 10)]


def test_a_page_goes_on_where_the_last_one_ended_although_the_shop_moved(client):
    client.control("clock", now=at(4, 1, 10).isoformat())
    first = client.data(PAGE, first=5)["orders"]
    client.control("clock", now=None)
    rest = client.data(PAGE, first=100, after=first["pageInfo"]["endCursor"])["orders"]["nodes"]
    ids = [node["id"] for node in first["nodes"] + rest]
    assert (len(ids), len(set(ids))) == (60, 60)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("id:7000 OR id:7001 OR id:9", 2),
        ("id:>=7100", 20),
        ("(id:7000 OR id:7100) AND updated_at:>='2026-03-05'", 1),
        ("-id:7000", 59),
        ("NOT id:7000 NOT id:7001", 58),
        ("name:'#7003'", 1),
        ('financial_status:paid created_at:<"2026-03-04T23:00:00-05:00"', 20),
        ("status:open", 60),
        ("status:cancelled,closed", 0),
        ("updated_at:2026-03-04", 0),
        ("updated_at:2026-03-03", 20),
        ("", 60),
    ],
)
def test_searches_find(client, query, count):
    assert len(walk(client, 250, query)[0]) == count


def test_an_unknown_search_field_is_ignored_with_a_warning(client):
    answer = client.answer(PAGE, first=250, query="colour:blue id:7000")
    assert len(answer["data"]["orders"]["nodes"]) == 1
    told = answer["extensions"]["search"][0]
    assert (told["path"], told["warnings"][0]["field"]) == (["orders"], "colour")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("first: 251", "first cannot exceed 250"),
        ('first: 1, after: "x"', "Invalid cursor"),
    ],
    ids=["no size", "too large", "bad cursor"],
)
def test_bad_pages_are_errors_without_data(client, arguments, message):
    asked = f"({arguments})" if arguments else ""
    answer = client.answer(f"{{ orders{asked} {{ nodes {{ id }} }} }}")
    assert message in answer["errors"][0]["message"]
    assert answer["data"] is None


def test_nested_pages_have_cursors_of_their_own(tmp_path):
    base = tiny.order(5001, at(1), [])
    lines = [replace(base.lines[0], id=number) for number in range(1, 8)]
    world = replace(tiny.world(), orders=[replace(base, lines=lines)])
    query = """query($after: String) { node(id: "gid://shopify/Order/5001") { ... on Order {
        lineItems(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    with served(tmp_path, "shopify", of=world) as running:
        seen, after = [], None
        for _ in range(3):
            found = Client(running).data(query, after=after)["node"]["lineItems"]
            seen += [int(node["id"].rsplit("/", 1)[-1]) for node in found["nodes"]]
            after = found["pageInfo"]["endCursor"]
    assert (seen, found["pageInfo"]["hasNextPage"]) == (list(range(1, 8)), False)
