"""A statement holds rows of its own day, each with a placement, and nothing earns money by being shown."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_rows

CHECKS = (
    Check(
        "meta_campaigns_daily",
        new_rows(
            "meta_campaigns_daily",
            """row_of ->> 'date_start' as row_day,
               row_of ->> 'publisher_platform' as placement,
               (row_of ->> 'spend')::float as spend""",
        ),
        "load_id",
        (
            *never_null("row_day", "placement"),
            gxe.ExpectColumnPairValuesToBeEqual(column_A="row_day", column_B="scope"),
            gxe.ExpectColumnValuesToBeBetween(column="spend", min_value=0),
        ),
    ),
)
