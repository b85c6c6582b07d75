"""A statement holds rows of its own day, and nothing earns money by being shown."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_rows

CHECKS = (
    Check(
        "google_ads_campaigns_daily",
        new_rows(
            "google_ads_campaigns_daily",
            """row_of #>> '{{segments,date}}' as row_day,
               (row_of #>> '{{metrics,costMicros}}')::float as cost_micros""",
        ),
        "load_id",
        (
            *never_null("row_day"),
            gxe.ExpectColumnPairValuesToBeEqual(column_A="row_day", column_B="scope"),
            gxe.ExpectColumnValuesToBeBetween(column="cost_micros", min_value=0),
        ),
    ),
)
