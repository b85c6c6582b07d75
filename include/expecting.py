"""Great Expectations asked about rows: each check's query is run once, its rows are judged in memory.

Its file context writes every definition anew for each one added, and asks the warehouse for every metric: seconds of work
for what is milliseconds here. What failed is kept as pages for a browser.
"""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from copy import copy
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from expectations.check import Check

# while it is imported it tells of every function it registers: hundreds of lines before the first check
logging.getLogger("great_expectations").setLevel(logging.WARNING)


def judged(
    conn: psycopg.Connection, build_id: int, checks: Iterable["Check"], pages: Path
) -> Iterator[tuple["Check", Any]]:
    """Each check with GX's result, None where there was no row to judge, or the error that kept it from being asked; then
    pages of what failed, in a folder.

    The connection has to be in autocommit mode, so that one failed query leaves the others alone.
    """
    import great_expectations as gx

    context = _context(pages)
    rows = context.data_sources.add_pandas("warehouse").add_dataframe_asset("rows")
    tonight = rows.add_batch_definition_whole_dataframe("tonight")
    failed = False
    for check in checks:
        try:
            told = {"dataframe": _asked(conn, check.query.format(build_id=build_id))}
        except psycopg.Error as error:
            yield check, error
            continue
        if told["dataframe"].empty:  # most of a small night's are; what holds of every row holds
            yield check, None
            continue
        suite = gx.ExpectationSuite(check.name, expectations=[copy(each) for each in check.expectations])
        # to say where something broke is most of the work, and next to nothing does
        result = tonight.get_batch(told).validate(suite, result_format="BOOLEAN_ONLY")
        if not result.success:
            failed = True
            result = context.validation_definitions.add(
                gx.ValidationDefinition(name=check.name, data=tonight, suite=context.suites.add(suite))
            ).run(batch_parameters=told, result_format=_where(check))
        yield check, result
    if failed:
        context.build_data_docs()


def _where(check: "Check") -> dict[str, Any]:
    """The result format that names every row in which something broke."""
    return {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": [check.row, check.tells] if check.tells else [check.row],
        "return_unexpected_index_query": False,
    }


def _asked(conn: psycopg.Connection, query: str) -> Any:
    from pandas import DataFrame

    cursor = conn.execute(query)
    names = [column.name for column in cursor.description or ()]
    found = [[float(one) if isinstance(one, Decimal) else one for one in row] for row in cursor]
    return DataFrame(found, columns=names)


def _context(pages: Path) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(pages)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        # a result shows what was expected as well
        "site_section_builders": {"expectations": "none"},
    }
    config = DataContextConfig(
        data_docs_sites={"pages": site},
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    return context
