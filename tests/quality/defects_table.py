"""The data defects that are tried, vendor by vendor; each is one night's load of one stream gone wrong."""

from tests.quality.defects_of_goods import ERP, PARCELS, RATES
from tests.quality.defects_of_sellers import ADS, AMAZON, MAIL
from tests.quality.defects_of_shops import SHOPIFY

DEFECTS = (*SHOPIFY, *AMAZON, *ADS, *MAIL, *PARCELS, *ERP, *RATES)
