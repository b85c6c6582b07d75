"""Orders name their time, their currency and what was bought; the money of a transaction is there."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_payloads

CHECKS = (
    Check(
        "amazon_orders",
        new_payloads(
            "amazon_orders",
            """r.payload ->> 'createdTime' as created_at,
               r.payload #>> '{{salesChannel,marketplaceId}}' as marketplace,
               jsonb_array_length(r.payload -> 'orderItems') as line_count""",
        ),
        "load_id",
        (
            *never_null("created_at", "marketplace"),
            gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1, mostly=0.8),
        ),
    ),
    Check(
        "amazon_transactions",
        new_payloads("amazon_transactions", "r.payload ->> 'postedDate' as posted_at"),
        "load_id",
        (*never_null("posted_at"),),
    ),
)
