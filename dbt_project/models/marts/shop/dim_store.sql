{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id'], 'history': 'replace'}}) }}

select
    store_id,
    source,
    marketplace_id,
    store_name,
    iana_timezone,
    currency,
    {{ company('currency') }} as reporting_currency,
    country,
    {{ company('simulated') }} as simulated_inputs
from {{ ref('int_stores__known') }}
