"""The registry: every source Nightshift can pull, in the order people see them."""

from include.sources.amazon import AMAZON
from include.sources.base import Source
from include.sources.easypost import EASYPOST
from include.sources.ecb import ECB
from include.sources.google_ads import GOOGLE_ADS
from include.sources.klaviyo import KLAVIYO
from include.sources.meta import META
from include.sources.odoo import ODOO
from include.sources.shopify import SHOPIFY
from include.sources.ups import UPS

REGISTRY: dict[str, Source] = {
    source.name: source for source in (SHOPIFY, AMAZON, GOOGLE_ADS, META, KLAVIYO, EASYPOST, UPS, ODOO, ECB)
}
"""Source name → source. A new source is one module here and one entry in this line."""
