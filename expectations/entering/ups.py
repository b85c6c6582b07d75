"""A parcel has a number, and a scan one instant, however it is told."""

from expectations.check import Check
from expectations.entering.payloads import mostly, never_null, new_payloads

_SCANS = new_payloads(
    "ups_tracking",
    """to_timestamp(scan ->> 'gmtDate' || lpad(scan ->> 'gmtTime', 6, '0'), 'YYYYMMDDHH24MISS') as told,
       to_timestamp(scan ->> 'date' || lpad(scan ->> 'time', 6, '0'), 'YYYYMMDDHH24MISS')
           - (scan ->> 'gmtOffset')::interval as explained,
       (select window_end from raw.load_log l where l.load_id = o.load_id) as asked_until""",
    """cross join lateral jsonb_array_elements(r.payload -> 'package') package
cross join lateral (
    select scan from jsonb_array_elements(package -> 'activity') scan
    where scan ->> 'gmtDate' ~ '^[0-9]{{8}}$' and scan ->> 'gmtTime' ~ '^[0-9]{{1,6}}$'
      and scan ->> 'date' ~ '^[0-9]{{8}}$' and scan ->> 'time' ~ '^[0-9]{{1,6}}$'
      and scan ->> 'gmtOffset' ~ '^[+-][0-9]{{2}}:[0-9]{{2}}$'
    offset 0
) readable""",
)

CHECKS = (
    mostly(
        "scans_in_gmt", _SCANS, "told = explained", "the GMT of a scan is not its local time less the offset"
    ),
    mostly(
        "scans_of_their_time",
        _SCANS,
        "told between asked_until - interval '200 days' and asked_until + interval '2 days'",
        "a scan is older than any parcel or lies in the future",
    ),
    Check(
        "ups_tracking",
        new_payloads("ups_tracking", "r.payload ->> 'inquiryNumber' as inquiry_number"),
        "load_id",
        (*never_null("inquiry_number"),),
    ),
)
