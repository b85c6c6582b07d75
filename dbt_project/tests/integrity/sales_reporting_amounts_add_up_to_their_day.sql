-- Every day's amounts in the reporting currency are those of its orders and of the refunds made on it.
with orders as (
    select
        store_id,
        channel,
        business_date,
        {{ whole_sum('gross_sales_reporting_amount - discounts_reporting_amount') }} as sold_amount,
        {{ whole_sum('net_sales_reporting_amount') }} as cohort_amount
    from {{ of_touched(ref('fct_orders'), 'days') }} as fct_orders
    where is_sale
    group by store_id, channel, business_date
),

refunds as (
    select
        refunds.store_id,
        orders.channel,
        refunds.refund_date as business_date,
        {{ whole_sum_or_zero('refunds.reporting_amount', "refunds.kind <> 'adjustment'") }} as amount
    from {{ of_touched(ref('fct_refund_lines'), 'days', 'store_id, refund_date') }} as refunds
    inner join {{ ref('fct_orders') }} as orders on orders.order_id = refunds.order_id
    where refunds.is_sale_line
    group by refunds.store_id, orders.channel, refunds.refund_date
)

select days.store_id, days.channel, days.business_date, days.net_sales_reporting_amount, orders.sold_amount, refunds.amount
from {{ of_touched(ref('mart_daily_sales'), 'days') }} as days
left join orders
    on orders.store_id = days.store_id
    and orders.channel = days.channel
    and orders.business_date = days.business_date
left join refunds
    on refunds.store_id = days.store_id
    and refunds.channel = days.channel
    and refunds.business_date = days.business_date
where days.net_sales_reporting_amount is distinct from
    {{ zero_without('orders.store_id', 'orders.sold_amount') }} - {{ zero_without('refunds.store_id', 'refunds.amount') }}
    or days.net_sales_cohort_reporting_amount is distinct from
    {{ zero_without('orders.store_id', 'orders.cohort_amount') }}
