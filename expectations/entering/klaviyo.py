"""An event names what happened and when."""

from expectations.check import Check
from expectations.entering.payloads import never_null, new_payloads

CHECKS = (
    Check(
        "klaviyo_events",
        new_payloads("klaviyo_events", "r.payload #>> '{{attributes,datetime}}' as happened_at"),
        "load_id",
        (*never_null("happened_at"),),
    ),
)
