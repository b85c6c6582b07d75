-- The profit and loss as entries: what each store and channel earned and spent, by kind, on the day it happened: what orders
-- brought and cost, fees of the marketplace when it posts them, advertising on the ad day. An amount that is not wholly
-- known is null.
with fees as (
    -- Storage and subscriptions belong to no order, and to the marketplace's channel all the same.
    select
        fees.store_id,
        stores.source as channel_group,
        fees.posted_date as business_date,
        fees.reporting_amount,
        fees.is_estimated,
        {{ in_currency(
            'fees.amount', 'fees.currency', 'fees.fx_rate', 'stores.currency', fx_rate('store_fx', 'stores.currency')
        ) }} as amount
    from {{ ref('int_marketplace_fees__posted') }} as fees
    inner join {{ ref('dim_store') }} as stores on stores.store_id = fees.store_id
    {{ join_fx('store_fx', 'stores.currency', 'fees.posted_date') }}
),

spend as (
    select
        accounts.store_id,
        days.ad_date as business_date,
        days.spend_reporting_amount,
        days.is_provisional,
        {{ in_currency(
            'days.spend_amount', 'days.currency', 'days.fx_rate', 'stores.currency', fx_rate('store_fx', 'stores.currency')
        ) }} as amount
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    inner join {{ ref('dim_store') }} as stores on stores.store_id = accounts.store_id
    {{ join_fx('store_fx', 'stores.currency', 'days.ad_date') }}
)

select
    store_id, channel_group, business_date, kind, amount, reporting_amount, units, costed_units, is_estimate, is_provisional
from {{ ref('int_pnl_orders__booked') }}
union all
select
    store_id, channel_group, business_date, 'marketplace_fees',
    {{ whole_sum('amount') }}, {{ whole_sum('reporting_amount') }},
    0, 0, bool_or(is_estimated), bool_or(is_estimated)
from fees
group by store_id, channel_group, business_date
union all
select
    store_id, 'shop', business_date, 'ad_spend',
    {{ whole_sum('amount') }}, {{ whole_sum('spend_reporting_amount') }},
    0, 0, false, bool_or(is_provisional)
from spend
group by store_id, business_date
