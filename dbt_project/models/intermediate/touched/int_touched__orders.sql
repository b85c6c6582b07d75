{{ config(indexes=[{'columns': ['order_id'], 'unique': true}]) }}

-- Orders that must be computed anew: told again, or hanging on something that is not what it was. Too many do no harm but
-- cost; one too few is a wrong number.
{% if builds_anew() %}
select cast(null as text) as order_id where false
{% else %}
with inputs as (
    select kind, key from {{ ref('int_touched__inputs') }}
),

told as (
    select scope as order_id from {{ touched_scopes('shopify', 'orders') }} as touched
    union
    select scope from {{ touched_scopes('amazon', 'orders') }} as touched
    union
    select transactions.order_id
    from {{ ref('stg_amazon__transactions') }} as transactions
    inner join {{ touched_scopes('amazon', 'transactions') }} as touched on touched.scope = transactions.transaction_id
    union
    select returns.order_id
    from {{ ref('stg_amazon__returns') }} as returns
    inner join {{ touched_scopes('amazon', 'returns') }} as touched on touched.scope = returns.return_id
    union
    select order_id from {{ ref('int_touched__amazon_before') }}
),

happened as (
    select order_id from {{ ref('stg_shopify__orders') }} where ordered_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_shopify__orders') }} where cancelled_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_shopify__transactions') }} where processed_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_shopify__fulfillments') }} where created_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_shopify__refunds') }} where refunded_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_shopify__return_lines') }} where requested_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__orders') }} where ordered_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__orders') }} where updated_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__orders') }} where shipped_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__packages') }} where shipped_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__transactions') }} where posted_at {{ since_then() }}
    union
    select order_id from {{ ref('stg_amazon__returns') }} where returned_at {{ since_then() }}
),

-- People who turned out to be others; goods whose cost changed or that we have only now heard of; whole stores and places.
depending as (
    select orders.order_id
    from {{ ref('stg_shopify__orders') }} as orders
    inner join inputs on inputs.kind = 'alias' and inputs.key = orders.customer_key
    union
    select units.order_id
    from {{ as_it_was('int_order_units__mapped', 'order_id text, sku text, channel_sku text') }} as units
    inner join inputs on inputs.kind = 'cost' and inputs.key = units.sku
    union
    select units.order_id
    from {{ as_it_was('int_order_units__mapped', 'order_id text, sku text, channel_sku text') }} as units
    inner join inputs on inputs.kind = 'sku' and inputs.key = units.channel_sku
    union
    select lines.order_id
    from {{ ref('stg_shopify__order_lines') }} as lines
    inner join inputs on inputs.kind = 'variant' and inputs.key = lines.variant_id
    union
    -- Whole stores and places are rare: their orders are read only when there is one.
    select order_id from {{ ref('stg_shopify__orders') }}
    where exists (select from inputs where kind = 'store') and store_id in (select key from inputs where kind = 'store')
    union
    select order_id from {{ ref('stg_amazon__orders') }}
    where exists (select from inputs where kind = 'store') and store_id in (select key from inputs where kind = 'store')
    union
    select order_id from {{ ref('stg_shopify__orders') }} where exists (select from inputs where kind = 'location')
    union
    select order_id from {{ ref('stg_amazon__orders') }} where exists (select from inputs where kind = 'location')
),

-- By which tracking codes orders travel, or travelled by the last build's knowledge: looked up, never read whole.
parcels as not materialized (
    {{ told_parcels(as_it_was('int_parcels__sent', 'order_id text, tracking_code text')) }}
),

-- A parcel may be told by its tracker, and two orders may share one box or one tracking code.
trackers as (
    select tracking_code from {{ ref('int_touched__tracker_codes') }}
    union
    select parcels.tracking_code
    from (select * from told union select * from happened) as orders
    inner join parcels on parcels.order_id = orders.order_id
)

select order_id from (
    select * from told
    union
    select * from happened
    union
    select * from depending
    union
    select carried.order_id
    from trackers
    cross join lateral (
        -- (`offset` keeps the planner from reading all parcels there ever were to find those of a few codes)
        select order_id from parcels where parcels.tracking_code = trackers.tracking_code offset 0
    ) as carried
) as touched
where order_id is not null
{% endif %}
