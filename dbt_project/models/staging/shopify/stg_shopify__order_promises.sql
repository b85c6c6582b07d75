{{ config(
    materialized='incremental',
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

-- Apps move the tag as a delivery slips: only what it said first was a promise. After {{ ref('base_shopify__orders') }}, which
-- may touch more orders.
with versions as (
    select
        scope as order_id,
        version,
        {{ tag_date("(payload -> 'tags')", 'deliver-by:') }} as promised_date
    from {{ versions('shopify', 'orders', is_incremental()) }} as versions
)

select distinct on (order_id)
    order_id,
    promised_date as first_promised_date
from versions
where promised_date is not null
order by order_id, version
