{{ config(
    materialized='incremental',
    pre_hook="{{ forget_scopes('easypost', 'trackers', 'tracker_id') }}",
) }}

-- The carrier moves its estimate as it goes: only the first one was a promise.
select distinct on (scope)
    scope as tracker_id,
    left(payload ->> 'est_delivery_date', 10)::date as first_estimated_date
from {{ versions('easypost', 'trackers', is_incremental()) }} as versions
where not is_deleted and payload ->> 'est_delivery_date' is not null
order by scope, version
