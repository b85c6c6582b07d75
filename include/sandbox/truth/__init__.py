"""The oracle: the world's own metrics, in plain Python and straight from the definitions.

Nothing here shares code with the warehouse. Every figure is told as it can be known at an instant; facts
at or after that instant do not count.
"""

from include.sandbox.truth.ads import performance
from include.sandbox.truth.buying import open_orders, purchase_lines
from include.sandbox.truth.carts import states as cart_states
from include.sandbox.truth.delivery import Shipment, carrier_sla, shipments
from include.sandbox.truth.moments import day_end, local_day
from include.sandbox.truth.sales import Sales
from include.sandbox.truth.stock import on_hand, out_of_stock, reserved
from include.sandbox.truth.summary import summary

__all__ = [
    "Sales",
    "Shipment",
    "carrier_sla",
    "cart_states",
    "day_end",
    "local_day",
    "on_hand",
    "open_orders",
    "out_of_stock",
    "performance",
    "purchase_lines",
    "reserved",
    "shipments",
    "summary",
]
