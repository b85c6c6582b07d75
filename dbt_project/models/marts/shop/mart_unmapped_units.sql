{{ config(meta={'publish': {'schema': 'mart', 'key': ['channel', 'channel_sku', 'currency'], 'history': 'replace'}}) }}

-- What a channel sold in the last 28 days under a name we cannot turn into a SKU of ours: no cost, no stock and no demand is
-- known of it until the seed sku_map says what it is.
with sold_lately as (
    select distinct channel, channel_sku
    from {{ ref('int_order_units__mapped') }}
    where not is_mapped and business_date > {{ as_of_day() }} - 28
),

unmapped as (
    select
        units.channel,
        units.channel_sku,
        units.currency,
        units.business_date,
        lines.is_sale_line and units.business_date > {{ as_of_day() }} - 28 as is_recent,
        units.units,
        lines.net_amount
    from sold_lately
    inner join {{ ref('int_order_units__mapped') }} as units
        on units.channel_sku = sold_lately.channel_sku
        and units.channel = sold_lately.channel
    inner join {{ ref('int_order_lines__priced') }} as lines on lines.order_line_id = units.order_line_id
    where not units.is_mapped
)

select
    channel,
    channel_sku,
    sum(units) filter (where is_recent) as units_28d,
    sum(net_amount) filter (where is_recent) as net_sales_28d_amount,
    currency,
    min(business_date) as first_seen_date,
    max(business_date) as last_seen_date
from unmapped
group by channel, channel_sku, currency
having bool_or(is_recent)
