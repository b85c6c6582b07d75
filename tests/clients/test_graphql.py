"""GraphQL: errors before data, and a budget that is kept."""

import pytest

from include.clients.graphql import GraphQL, TooCostly
from include.clients.session import Session
from include.errors import FixCredentials, Stop, Wait
from tests.clients.conftest import Time
from tests.clients.faulty import Faulty, Say


def cost(requested: float, available: float, restore: float = 100) -> dict:
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": restore}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}}


def refused(code: str, message: str = "canary", **more) -> dict:
    return {"errors": [{"message": message, "extensions": {"code": code}, **more}]}


@pytest.fixture
def graphql(vendor: Faulty, time: Time) -> GraphQL:
    return GraphQL(Session("shop", vendor.url, clock=time.clock()), "/graphql.json")


def test_the_data_of_a_whole_answer(vendor: Faulty, graphql: GraphQL):
    vendor.will(Say.json({"data": {"shop": {"id": 1}}, "extensions": cost(12, 1988)}))
    answer = graphql.run("query Q { shop { id } }", {"first": 5})
    assert (answer.data, answer.cost) == ({"shop": {"id": 1}}, 12)
    assert vendor.asked[0].json() == {"query": "query Q { shop { id } }", "variables": {"first": 5}}


@pytest.mark.parametrize("status", [200, 429])
def test_throttled_waits_until_the_budget_reaches(vendor: Faulty, time: Time, graphql: GraphQL, status: int):
    headers = {"Retry_After": "6"} if status == 429 else {}
    vendor.will(
        Say.json({**refused("THROTTLED"), "extensions": cost(752, 152)}, status, **headers),
        Say.json({"data": {"ok": 1}, "extensions": cost(752, 0)}),
    )
    assert graphql.run("{ ok }").data == {"ok": 1}
    assert time.naps == [6.0]


def test_the_next_query_is_paced_by_what_is_left(vendor: Faulty, time: Time, graphql: GraphQL):
    vendor.will(Say.json({"data": {"ok": 1}, "extensions": cost(500, 200)}))
    graphql.run("{ ok }")
    assert time.naps == []
    graphql.run("{ ok }")
    assert time.naps == [3.0]


def test_throttled_for_ever_ends_in_wait(vendor: Faulty, time: Time, graphql: GraphQL):
    vendor.will(Say.json({**refused("THROTTLED"), "extensions": cost(800, 0, restore=10)}))
    with pytest.raises(Wait, match="THROTTLED"):
        graphql.run("{ ok }")
    assert time.passed <= 300


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"data": {"orders": None}, **refused("undefinedField")}, id="errors-beside-data"),
        pytest.param({"data": None, **refused("argumentLiteralsIncompatible")}, id="no-data"),
        pytest.param({"errors": "everything is broken: canary"}, id="errors-of-another-shape"),
        pytest.param({"errors": [{"message": "canary"}]}, id="no-code"),
    ],
)
def test_part_of_an_answer_is_no_answer(vendor: Faulty, graphql: GraphQL, answer: dict):
    vendor.will(Say.json(answer))
    with pytest.raises(Stop) as failure:
        graphql.run("{ ok }")
    assert "canary" not in str(failure.value)
    assert len(vendor.asked) == 1


def test_a_missing_scope_is_named(vendor: Faulty, graphql: GraphQL):
    error = {"message": "denied", "path": ["customers"]}
    extensions = {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope."}
    vendor.will(Say.json({"data": {"customers": None}, "errors": [{**error, "extensions": extensions}]}))
    with pytest.raises(FixCredentials, match="grant the app read_customers"):
        graphql.run("{ ok }")


def test_a_query_that_costs_too_much_says_so(vendor: Faulty, graphql: GraphQL):
    vendor.will(Say.json(refused("MAX_COST_EXCEEDED")))
    with pytest.raises(TooCostly):
        graphql.run("{ ok }")


@pytest.mark.parametrize("answer", [refused("INTERNAL_SERVER_ERROR"), {"data": None}, {}])
def test_trouble_on_their_side_is_tried_again(vendor: Faulty, graphql: GraphQL, answer: dict):
    vendor.will(Say.json(answer), Say.json({"data": {"ok": 1}}))
    assert graphql.run("{ ok }").data == {"ok": 1}
    vendor.will(Say.json(answer))
    with pytest.raises(Wait):
        graphql.run("{ ok }")


def test_an_answer_that_is_a_list_stops(vendor: Faulty, graphql: GraphQL):
    vendor.will(Say.json([1]))
    with pytest.raises(Stop):
        graphql.run("{ ok }")
