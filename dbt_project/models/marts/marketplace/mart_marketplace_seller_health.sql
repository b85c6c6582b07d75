{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['store_id', 'metric', 'as_of_day'], 'history': 'append', 'by': 'as_of_day'
}}) }}

-- Our standing as the marketplace counts it, by the day of the order, against its thresholds of the as-of day. We warn
-- at a rate of our own that is reached first: theirs is the one at which they act.
with measured as (
    select
        store_id, order_date, 'order_defect_rate' as metric,
        case when is_defective then 1 else 0 end as numerator, 1 as denominator
    from {{ ref('int_marketplace_orders__judged') }}
    union all
    select store_id, order_date, 'cancellation_rate', case when is_seller_cancelled then 1 else 0 end, 1
    from {{ ref('int_marketplace_orders__judged') }}
    where is_seller_cancelled is not null
    union all
    select store_id, order_date, periods.metric, case when is_shipped_late then 1 else 0 end, 1
    from {{ ref('int_marketplace_orders__judged') }}
    cross join (values ('late_shipment_rate_10d'), ('late_shipment_rate_30d')) as periods (metric)
    where is_shipped_late is not null
    union all
    select store_id, order_date, 'valid_tracking_rate', valid_packages, packages
    from {{ ref('int_marketplace_orders__judged') }}
    union all
    select store_id, order_date, 'on_time_delivery_rate', case when is_delivered_on_time then 1 else 0 end, 1
    from {{ ref('int_marketplace_orders__judged') }}
    where is_delivered_on_time is not null
),

policies as (
    select distinct on (stores.store_id, policies.metric)
        stores.store_id,
        policies.*
    from {{ ref('dim_store') }} as stores
    inner join {{ ref('marketplace_policies') }} as policies
        on policies.marketplace = stores.source and {{ holds_on('policies', as_of_day()) }}
    order by stores.store_id, policies.metric, policies.valid_from desc
),

counted as (
    select
        policies.store_id,
        policies.metric,
        policies.window_days,
        policies.direction,
        policies.target_rate,
        policies.warn_rate,
        policies.valid_from,
        coalesce(sum(measured.numerator), 0)::int as numerator,
        coalesce(sum(measured.denominator), 0)::int as denominator
    from policies
    left join measured
        on measured.store_id = policies.store_id
        and measured.metric = policies.metric
        and measured.order_date > {{ as_of_day() }} - policies.window_days
        and measured.order_date <= {{ as_of_day() }}
    group by
        policies.store_id, policies.metric, policies.window_days, policies.direction,
        policies.target_rate, policies.warn_rate, policies.valid_from
),

valued as (
    select
        counted.*,
        {{ ratio('numerator', 'denominator') }} as value
    from counted
)

select
    store_id,
    metric,
    {{ as_of_day() }} as as_of_day,
    window_days,
    numerator,
    denominator,
    value,
    target_rate,
    warn_rate,
    case
        when value is null then 'insufficient_data'
        when direction = 'max' and value >= target_rate then 'breach'
        when direction = 'min' and value < target_rate then 'breach'
        when direction = 'max' and value >= warn_rate then 'warn'
        when direction = 'min' and value < warn_rate then 'warn'
        else 'ok'
    end as status,
    direction,
    valid_from as target_valid_from
from valued
