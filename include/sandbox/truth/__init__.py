"""The oracle: the world's own metrics, in plain Python and straight from the definitions.

Nothing here shares code with the warehouse. Every figure is told as it can be known at an instant; facts
at or after that instant do not count.
"""

from include.sandbox.truth.ads import performance, placements
from include.sandbox.truth.audiences import audience_rows
from include.sandbox.truth.buying import open_orders, purchase_lines
from include.sandbox.truth.calendar import date_rows
from include.sandbox.truth.carts import cart_rows
from include.sandbox.truth.carts import states as cart_states
from include.sandbox.truth.catalogue import product_rows, variant_rows
from include.sandbox.truth.classes import sku_classes
from include.sandbox.truth.cohorts import ltv_cohorts
from include.sandbox.truth.company import Company
from include.sandbox.truth.daily_sales import daily_sales
from include.sandbox.truth.delivery import Shipment, shipments
from include.sandbox.truth.efficiency import efficiency_rows
from include.sandbox.truth.fees import marketplace_fees
from include.sandbox.truth.lines import line_rows
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import day_end, local_day
from include.sandbox.truth.orders import order_rows
from include.sandbox.truth.people import person_rows, rfm_rows
from include.sandbox.truth.pnl import contribution_margin, daily_pnl
from include.sandbox.truth.product_days import closings, product_days
from include.sandbox.truth.rates import Rates
from include.sandbox.truth.refunds import refund_rows
from include.sandbox.truth.restated import REACH, Restated
from include.sandbox.truth.sales import Sales
from include.sandbox.truth.seller_health import seller_health
from include.sandbox.truth.sessions import interest, viewed_not_bought, visits
from include.sandbox.truth.stock import on_hand, out_of_stock, reserved, shelf_rows
from include.sandbox.truth.summary import summary

__all__ = [
    "REACH",
    "Company",
    "MarketplaceSales",
    "Rates",
    "Restated",
    "Sales",
    "Shipment",
    "audience_rows",
    "cart_rows",
    "cart_states",
    "closings",
    "contribution_margin",
    "daily_pnl",
    "daily_sales",
    "date_rows",
    "day_end",
    "efficiency_rows",
    "interest",
    "line_rows",
    "local_day",
    "ltv_cohorts",
    "marketplace_fees",
    "on_hand",
    "open_orders",
    "order_rows",
    "out_of_stock",
    "performance",
    "person_rows",
    "placements",
    "product_days",
    "product_rows",
    "purchase_lines",
    "refund_rows",
    "rfm_rows",
    "reserved",
    "seller_health",
    "shelf_rows",
    "shipments",
    "sku_classes",
    "summary",
    "variant_rows",
    "viewed_not_bought",
    "visits",
]
