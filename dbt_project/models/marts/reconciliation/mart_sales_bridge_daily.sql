{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id', 'business_date', 'line_no'], 'history': 'replace'}}) }}

-- From our net sales to the figure the vendor shows for the same day, step by step. Every line of a bridge is there every
-- day, so that a step of nothing is told too; what the steps do not reach is a line of its own.
with amounts as (
    select * from {{ ref('int_bridge_steps__summed') }}
    union all
    select store_id, business_date, 'shown' as line_name, shown_amount as amount
    from {{ ref('int_vendor_totals__shown') }}
),

days as (
    select distinct store_id, business_date from amounts
),

lines as (
    select
        days.store_id,
        days.business_date,
        bridge_lines.to_figure,
        bridge_lines.line_no,
        bridge_lines.line_name,
        bridge_lines.kind,
        bridge_lines.line_label,
        stores.currency,
        stores.iana_timezone,
        coalesce(amounts.amount, 0) as amount
    from days
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = days.store_id
    inner join {{ ref('bridge_lines') }} as bridge_lines
        on bridge_lines.to_figure = case stores.source
            when 'shopify' then 'Shopify: Total sales' else 'Amazon: Ordered product sales'
        end
    left join amounts
        on amounts.store_id = days.store_id
        and amounts.business_date = days.business_date
        and amounts.line_name = bridge_lines.line_name
),

reached as (
    select
        lines.*,
        sum(amount) filter (where kind in ('ours', 'step')) over (
            partition by store_id, business_date order by line_no
        ) as reached_amount,
        sum(amount) filter (where kind = 'shown') over (partition by store_id, business_date) as shown_amount
    from lines
)

select
    store_id,
    business_date,
    line_no,
    line_name,
    'Our net sales' as from_figure,
    to_figure,
    line_label,
    kind,
    case when kind = 'unexplained' then shown_amount - reached_amount else amount end as amount,
    case when kind in ('unexplained', 'shown') then shown_amount else reached_amount end as running_amount,
    currency,
    {{ day_end('business_date', 'iana_timezone') }} <= {{ as_of_end() }} as is_complete
from reached
