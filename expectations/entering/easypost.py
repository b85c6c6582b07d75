"""Trackers have a code, and a status that we know and a scan told."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import changed_payloads, mostly, never_null, new_payloads

CHECKS = (
    # The newest scan need not be the last told: one that comes late changes the status, too.
    mostly(
        "status_of_a_scan",
        changed_payloads(
            "easypost_trackers",
            "r.payload ->> 'status' as told, nullif(r.payload -> 'tracking_details', '[]') as scans",
        ),
        "scans @> jsonb_build_array(jsonb_build_object('status', told))",
        "no scan of a parcel says what its status is",
    ),
    Check(
        "easypost_trackers",
        new_payloads(
            "easypost_trackers",
            "r.payload ->> 'tracking_code' as tracking_code, r.payload ->> 'status' as status",
        ),
        "load_id",
        (
            *never_null("tracking_code"),
            gxe.ExpectColumnValuesToBeInSet(
                column="status",
                value_set=[
                    "unknown",
                    "pre_transit",
                    "in_transit",
                    "out_for_delivery",
                    "delivered",
                    "available_for_pickup",
                    "return_to_sender",
                    "failure",
                    "cancelled",
                    "error",
                ],
                mostly=0.8,
            ),
        ),
    ),
)
