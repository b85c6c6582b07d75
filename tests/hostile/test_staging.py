"""What the edge lets in, the models can read: one odd value must not end the build of everybody else's numbers."""

import os
import random
from collections.abc import Callable, Iterator

import pytest

from include import dbt_runner
from include.sandbox.world import WorldConfig
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.build import holding_build
from include.warehouse.connect import connect_admin
from tests.flows.company import Company, company
from tests.hostile.odd_values import let_in, spoiled
from tests.hostile.staging_sql import breaking, down_to_raw, reads
from tests.hostile.twins import doubled
from tests.sandbox.worlds import TODAY

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

SMALL = WorldConfig(today=TODAY, history_days=30, assortment=40, household_share=0.04)
GATED = {"ecb.rates"}
"""Whose odd values the gate keeps out, load and all: a rate of nothing."""
SEED = int(os.environ.get("ODD_SEED", "1"))
Readers = tuple[int, dict[str, dict[str, str]]]
STREAMS = [f"{source.name}.{stream.name}" for source in REGISTRY.values() for stream in source.streams]


@pytest.fixture(scope="module")
def shop(module_warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), SMALL) as shop:
        shop.pull()
        assert shop.failures == {}
        yield shop


@pytest.fixture(scope="module")
def readers(shop: Company) -> Iterator[Readers]:
    """The build under way, and by stream the SQL of all staging models that read it, down to raw."""
    with holding_build(shop.settings, shop.day) as build_id:
        made = dbt_runner.run(
            shop.settings, "build", "--select", "+path:models/staging", "--full-refresh",
            "--exclude-resource-type", "test", "unit_test",
        )  # fmt: skip
        assert dbt_runner.failing_nodes(made) == []
        told = dbt_runner.run(shop.settings, "compile", "--select", "path:models/staging", "--full-refresh")
        nodes = {
            each.node.unique_id: each.node
            for each in told.result.results
            if each.node.resource_type == "model"
        }
        found = {
            name: {node.name: node for node in nodes.values() if reads(nodes, node, name)} for name in STREAMS
        }
        assert min(map(len, found.values())) > 0
        yield (
            build_id,
            {
                name: {model: down_to_raw(nodes, node, name) for model, node in those.items()}
                for name, those in found.items()
            },
        )


@pytest.mark.parametrize("name", STREAMS)
def test_whatever_the_edge_lets_into_a_field_no_model_breaks_on_it(
    shop: Company, readers: Readers, name: str, record_property: Callable[[str, str], None]
) -> None:
    build_id, queries = readers
    source, stream = name.split(".")
    wanted = REGISTRY[source].stream(stream)
    with connect_admin(shop.settings, shop.settings.database) as conn:
        conn.execute("SELECT set_config('nightshift.build_id', %s, false)", [str(build_id)])
        lines = dict(let_in(shop, conn, source, wanted))
        broken = {
            what: error
            for model, sql in queries[name].items()
            for what, error in breaking(conn, source, wanted, model, sql, lines)
        }
    record_property("tried", f"{len(lines)} values that the edge let in, through {', '.join(queries[name])}.")
    assert lines
    assert broken == {}


def test_a_company_full_of_odd_values_can_be_built(
    shop: Company, readers: Readers, record_property: Callable[[str, str], None]
) -> None:
    dice, done = random.Random(SEED), []
    with connect_admin(shop.settings, shop.settings.database) as conn:
        for name in (name for name in STREAMS if name not in GATED):
            done += [f"{name}.{what}" for what in spoiled(shop, conn, dice, name)]
    assert_can_be_built(shop, done)
    assert len(done) > 150
    record_property("tried", f"Seed {SEED}: {len(done)} values of {len(STREAMS)} streams in one company.")


def test_two_things_of_one_name_stop_no_build(
    shop: Company, readers: Readers, record_property: Callable[[str, str], None]
) -> None:
    dice, done = random.Random(SEED), []
    with connect_admin(shop.settings, shop.settings.database) as conn:
        for name in STREAMS:
            done += [f"{name}.{what}" for what in doubled(conn, dice, name)]
    assert_can_be_built(shop, done)
    record_property(
        "tried", f"Seed {SEED}: {len(done)} things of a name that another has too, in one company."
    )


def assert_can_be_built(shop: Company, done: list[str]) -> None:
    made = dbt_runner.run(
        shop.settings, "build", "--full-refresh", "--exclude-resource-type", "test", "unit_test", "exposure"
    )
    failing = dbt_runner.failing_nodes(made)
    assert not failing, "\n".join([*failing, *done])
