"""Metrics: what Klaviyo calls the kinds of events, and who sends them.

Quirks kept: *Viewed Product* comes from a snippet on the page (integration "API"), the others from Shopify.
"""

from datetime import datetime
from typing import Any

from include.sandbox.faces.klaviyo.filters import Allowed, conditions
from include.sandbox.faces.klaviyo.pages import Asked, shown

PLACED = "Placed Order"
METRICS = {
    "Viewed Product": ("VwPrd7", "Viewed Product", "API"),
    "Added to Cart": ("AdCrt4", "Added to Cart", "Shopify"),
    "Started Checkout": ("ChSta9", "Checkout Started", "Shopify"),
    PLACED: ("PlOrd2", PLACED, "Shopify"),
}
"""The world's kind → Klaviyo's metric id, its name, and who sends it."""
METRIC_FILTERS: Allowed = dict.fromkeys(("integration.name", "integration.category"), ("equals",))
Row = dict[str, Any]


class Metrics:
    """The account's metrics, all made when the first event happened."""

    def __init__(self, created: datetime):
        self._created = created

    def page(self, asked: Asked) -> Row:
        """GET /metrics: all on one page."""
        wanted = conditions(asked.get("filter"), METRIC_FILTERS)
        rows = [self.one(kind, asked) for kind in METRICS]
        kept = [
            row
            for row in rows
            if all(
                condition.holds(
                    row["attributes"]["integration"][condition.field.removeprefix("integration.")]
                )
                for condition in wanted
            )
        ]
        return {"data": kept, "links": {"self": asked.self_link}}

    def one(self, kind: str, asked: Asked) -> Row:
        """The metric of a kind."""
        metric, name, sender = METRICS[kind]
        since = self._created.isoformat(timespec="seconds")
        category = "eCommerce" if sender == "Shopify" else "API"
        integration = {"object": "integration", "id": sender.lower(), "name": sender, "category": category}
        attributes = {"name": name, "created": since, "updated": since, "integration": integration}
        link = f"{asked.base}/metrics/{metric}"
        flows = {"self": f"{link}/relationships/flow-triggers", "related": f"{link}/flow-triggers"}
        return {
            "type": "metric",
            "id": metric,
            "attributes": shown(attributes, asked.many("fields[metric]")),
            "relationships": {"flow-triggers": {"data": [], "links": flows}},
            "links": {"self": link},
        }
