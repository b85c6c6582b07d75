"""All marts that are held against the world."""

from tests.flows.tables_catalogue import CATALOGUE
from tests.flows.tables_operations import EFFECT, OPERATIONS
from tests.flows.tables_reconciliation import RECONCILIATION
from tests.flows.tables_sales import SALES

__all__ = ["EFFECT", "TABLES"]

TABLES = (*SALES, *RECONCILIATION, *CATALOGUE, *OPERATIONS)
