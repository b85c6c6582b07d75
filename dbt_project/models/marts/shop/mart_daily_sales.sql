{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['store_id', 'channel', 'business_date'], 'history': 'replace', 'touched': 'int_touched__days'}},
    materialized='incremental',
    pre_hook="{{ forget_touched('days') }}",
) }}

-- Booked view: sales on the day of the order, returns and cancellations on the day they were refunded, so a
-- published day never changes. The cohort column beside it puts refunds back on the day of their order.
with sold as (
    select
        orders.store_id,
        orders.channel,
        orders.business_date,
        min(orders.currency) as currency,
        min(orders.fx_rate) as fx_rate,
        {{ whole_sum('orders.gross_sales_reporting_amount') }} as gross_sales_reporting_amount,
        {{ whole_sum('orders.discounts_reporting_amount') }} as discounts_reporting_amount,
        {{ whole_sum('orders.net_sales_reporting_amount') }} as net_sales_cohort_reporting_amount,
        {{ whole_sum('orders.charged_tax_reporting_amount') }} as tax_reporting_amount,
        {{ whole_sum('orders.shipping_reporting_amount') }} as shipping_reporting_amount,
        {{ whole_sum_or_zero('orders.cost_reporting_amount', 'orders.costed_units > 0') }} as cost_reporting_amount,
        count(*) as orders,
        count(*) filter (where orders.paid_at is not null) as paid_orders,
        sum(orders.units) as units,
        sum(orders.gross_sales_amount) as gross_sales_amount,
        sum(orders.discounts_amount) as discounts_amount,
        sum(orders.net_sales_amount) as net_sales_cohort_amount,
        sum(orders.charged_tax_amount) as tax_amount,
        sum(orders.shipping_amount) as shipping_amount,
        sum(orders.cost_amount) as cost_amount,
        sum(orders.costed_units) as costed_units,
        count(*) filter (where orders.is_own_shop and ranked.is_new_customer) as new_customer_orders,
        count(*) filter (where orders.is_own_shop and not ranked.is_new_customer) as returning_customer_orders
    from {{ of_touched(ref('int_orders__totalled'), 'days') }} as orders
    left join {{ ref('int_orders__ranked') }} as ranked on ranked.order_id = orders.order_id
    where orders.is_sale
    group by orders.store_id, orders.channel, orders.business_date
),

refunded as (
    select
        store_id,
        channel,
        refund_date as business_date,
        min(currency) as currency,
        min(fx_rate) as fx_rate,
        {{ whole_sum_or_zero('reporting_amount', "kind in ('return', 'damaged')") }} as returns_reporting_amount,
        {{ whole_sum_or_zero('reporting_amount', "kind = 'cancel'") }} as cancellations_reporting_amount,
        {{ whole_sum_or_zero('reporting_amount', "kind <> 'adjustment'") }}
            - {{ whole_sum_or_zero('order_rate_amount', "kind <> 'adjustment'") }} as fx_gain_loss_amount,
        {{ whole_sum_or_zero(
            'cost_back_reporting_amount', "kind in ('return', 'cancel') and unit_cost_amount is not null"
        ) }} as cost_back_reporting_amount,
        sum(amount) filter (where kind in ('return', 'damaged')) as returns_amount,
        sum(amount) filter (where kind = 'cancel') as cancellations_amount,
        sum(amount) filter (where kind = 'adjustment') as goodwill_amount,
        sum(tax_amount) as tax_amount,
        {{ whole_sum_or_zero(in_reporting('tax_amount', 'fx_rate'), "kind <> 'adjustment'") }} as tax_reporting_amount,
        sum(unit_cost_amount * quantity) filter (where kind in ('return', 'cancel')) as cost_back_amount
    from {{ of_touched(ref('int_refund_lines__booked'), 'days', 'store_id, refund_date') }} as refund_lines
    where is_sale_line
    group by store_id, channel, refund_date
),

booked as (
    select
        coalesce(sold.store_id, refunded.store_id) as store_id,
        coalesce(sold.channel, refunded.channel) as channel,
        coalesce(sold.business_date, refunded.business_date) as business_date,
        coalesce(sold.currency, refunded.currency) as currency,
        coalesce(sold.fx_rate, refunded.fx_rate) as fx_rate,
        {{ zero_without('sold.store_id', 'sold.gross_sales_reporting_amount') }} as gross_sales_reporting_amount,
        {{ zero_without('sold.store_id', 'sold.discounts_reporting_amount') }} as discounts_reporting_amount,
        {{ zero_without('sold.store_id', 'sold.net_sales_cohort_reporting_amount') }} as net_sales_cohort_reporting_amount,
        {{ zero_without('sold.store_id', 'sold.tax_reporting_amount') }}
            - {{ zero_without('refunded.store_id', 'refunded.tax_reporting_amount') }} as tax_reporting_amount,
        {{ zero_without('sold.store_id', 'sold.shipping_reporting_amount') }} as shipping_reporting_amount,
        {{ zero_without('refunded.store_id', 'refunded.returns_reporting_amount') }} as returns_reporting_amount,
        {{ zero_without('refunded.store_id', 'refunded.cancellations_reporting_amount') }} as cancellations_reporting_amount,
        {{ zero_without('refunded.store_id', 'refunded.fx_gain_loss_amount') }} as fx_gain_loss_amount,
        {{ zero_without('sold.store_id', 'sold.cost_reporting_amount') }}
            - {{ zero_without('refunded.store_id', 'refunded.cost_back_reporting_amount') }} as cogs_reporting_amount,
        coalesce(sold.orders, 0) as orders,
        coalesce(sold.paid_orders, 0) as paid_orders,
        coalesce(sold.units, 0) as units,
        coalesce(sold.gross_sales_amount, 0) as gross_sales_amount,
        coalesce(sold.discounts_amount, 0) as discounts_amount,
        coalesce(refunded.returns_amount, 0) as returns_amount,
        coalesce(refunded.cancellations_amount, 0) as cancellations_amount,
        coalesce(sold.net_sales_cohort_amount, 0) as net_sales_cohort_amount,
        coalesce(sold.tax_amount, 0) - coalesce(refunded.tax_amount, 0) as tax_amount,
        coalesce(sold.shipping_amount, 0) as shipping_amount,
        coalesce(refunded.goodwill_amount, 0) as goodwill_amount,
        coalesce(sold.cost_amount, 0) - coalesce(refunded.cost_back_amount, 0) as cogs_amount,
        {{ ratio('sold.costed_units', 'sold.units') }} as cost_coverage,
        coalesce(sold.new_customer_orders, 0) as new_customer_orders,
        coalesce(sold.returning_customer_orders, 0) as returning_customer_orders
    from sold
    full outer join refunded
        on refunded.store_id = sold.store_id
        and refunded.channel = sold.channel
        and refunded.business_date = sold.business_date
),

netted as (
    select
        booked.*,
        gross_sales_amount - discounts_amount - returns_amount - cancellations_amount as net_sales_amount,
        gross_sales_reporting_amount - discounts_reporting_amount
            - returns_reporting_amount - cancellations_reporting_amount as net_sales_reporting_amount
    from booked
)

select
    netted.store_id,
    stores.source,
    netted.channel,
    netted.business_date,
    netted.orders::int as orders,
    netted.paid_orders::int as paid_orders,
    netted.units::int as units,
    netted.gross_sales_amount,
    netted.discounts_amount,
    netted.returns_amount,
    netted.cancellations_amount,
    netted.net_sales_amount,
    netted.net_sales_cohort_amount,
    netted.tax_amount,
    netted.shipping_amount,
    netted.net_sales_amount + netted.tax_amount + netted.shipping_amount as total_sales_amount,
    netted.goodwill_amount,
    netted.cogs_amount,
    netted.cost_coverage,
    {{ ratio('netted.gross_sales_amount - netted.discounts_amount', 'netted.paid_orders', 4) }}
        as aov_gross_of_returns_amount,
    {{ ratio('netted.net_sales_cohort_amount', 'netted.paid_orders', 4) }} as aov_net_amount,
    netted.new_customer_orders::int as new_customer_orders,
    netted.returning_customer_orders::int as returning_customer_orders,
    netted.currency,
    {{ company('currency') }} as reporting_currency,
    netted.fx_rate,
    netted.business_date as fx_date,
    netted.gross_sales_reporting_amount,
    netted.discounts_reporting_amount,
    netted.returns_reporting_amount,
    netted.cancellations_reporting_amount,
    netted.net_sales_reporting_amount,
    netted.net_sales_cohort_reporting_amount,
    netted.tax_reporting_amount,
    netted.shipping_reporting_amount,
    netted.net_sales_reporting_amount + netted.tax_reporting_amount + netted.shipping_reporting_amount
        as total_sales_reporting_amount,
    netted.cogs_reporting_amount,
    netted.fx_gain_loss_amount,
    {{ day_end('netted.business_date', 'stores.iana_timezone') }} <= {{ as_of_end() }} as is_complete
from netted
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = netted.store_id
