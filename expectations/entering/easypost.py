"""Trackers have a code and a status we know."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import changed_payloads, mostly, never_null, new_payloads

CHECKS = (
    mostly(
        "status_of_the_newest_scan",
        changed_payloads(
            "easypost_trackers",
            "r.payload ->> 'status' as told, r.payload #>> '{{tracking_details,-1,status}}' as scanned",
        ),
        "told = scanned",
        "the status of a parcel is not that of its newest scan",
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
