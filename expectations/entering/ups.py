"""A parcel has a number."""

from expectations.check import Check
from expectations.entering.payloads import never_null, new_payloads

CHECKS = (
    Check(
        "ups_tracking",
        new_payloads("ups_tracking", "r.payload ->> 'inquiryNumber' as inquiry_number"),
        "load_id",
        (*never_null("inquiry_number"),),
    ),
)
