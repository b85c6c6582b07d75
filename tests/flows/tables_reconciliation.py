"""What the world knows of the way from our figures to everybody else's, as the rows of each mart."""

from collections.abc import Mapping
from typing import Any

from include.sandbox import truth
from include.sandbox.truth.ad_bridges import ad_bridges
from include.sandbox.truth.bridges import sales_bridges
from include.sandbox.truth.reconciliation import reconciliation
from tests.flows.company import Company
from tests.flows.tables import Rows, Table, books


def bridges(shop: Company) -> Rows:
    return sales_bridges(books(shop))


def claims(shop: Company) -> Mapping[Any, Mapping[str, Any]]:
    return truth.Restated(shop.world, shop.asked).performance()


def claimed(shop: Company) -> Rows:
    return ad_bridges(books(shop).shops[0], claims(shop))


def reconciled(shop: Company) -> Rows:
    return reconciliation(books(shop), claims(shop))


RECONCILIATION = (
    Table("mart_sales_bridge_daily", ("store_id", "business_date", "line_no"), bridges),
    Table("mart_ad_bridge_daily", ("platform", "business_date", "line_no"), claimed),
    Table("mart_reconciliation", ("check_name", "subject", "business_date"), reconciled),
)
