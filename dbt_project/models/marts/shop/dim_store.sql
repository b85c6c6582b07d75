{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id'], 'history': 'replace'}}) }}

select
    store_id,
    'shopify' as source,
    store_name,
    iana_timezone,
    currency,
    {{ company('country') }} as country,
    {{ company('simulated') }} as simulated_inputs
from {{ ref('int_stores__known') }}
