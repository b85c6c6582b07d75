"""The registry: every source Nightshift can pull, in the order people see them."""

from include.sources.base import Source
from include.sources.easypost import EASYPOST
from include.sources.google_ads import GOOGLE_ADS
from include.sources.odoo import ODOO
from include.sources.shopify import SHOPIFY

REGISTRY: dict[str, Source] = {source.name: source for source in (SHOPIFY, GOOGLE_ADS, EASYPOST, ODOO)}
"""Source name → source. A new source is one module here and one entry in this line."""
