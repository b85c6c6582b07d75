"""Gate *leaving*: is what was built fit to act on? Any failure stops the publish; readers keep yesterday.

dbt's own tests state what a model always promises. Here stands what only a whole night can show:
nothing lost between the sources and the marts, the marts agree with one another, and the night
resembles the nights before it.
"""

import great_expectations.expectations as gxe

from expectations.check import Check

CENT = 0.005


def _latest_orders(source: str, store: str, ordered_at: str) -> str:
    """(store_id, ordered_at) of every order of `source` as it was last read, by JSON paths into the payload."""
    return f"""
    select {store} as store_id, {ordered_at} as ordered_at from (
        select distinct on (o.account, o.scope) o.account, r.payload
        from raw.observation o
        join ops.build_load b using (load_id)
        join raw.load_log l using (load_id)
        join raw.{source}_orders r on (r.account, r.scope, r.content_hash) = (o.account, o.scope, o.content_hash)
        where b.build_id = {{build_id}} and o.stream = '{source}_orders'
        order by o.account, o.scope, o.source_updated_at desc nulls last, l.epoch desc
    ) latest"""


_LATEST_ORDERS = " union all ".join(
    (
        _latest_orders("shopify", "account", "(payload ->> 'createdAt')::timestamptz"),
        _latest_orders(
            "amazon",
            "'amazon:' || (payload #>> '{{salesChannel,marketplaceId}}')",
            "(payload ->> 'createdTime')::timestamptz",
        ),
    )
)

CHECKS = (
    Check(
        "orders_reach_the_marts",
        f"""
with sent as ({_LATEST_ORDERS}), due as (
    select store_id, count(*) as orders
    from sent
    where ordered_at < (select as_of_end from ops.build where build_id = {{build_id}})
    group by 1
)
select due.store_id, due.orders as sent_orders, count(f.order_id)::int as built_orders
from due left join build.fct_orders f on f.store_id = due.store_id
group by 1, 2
""",
        "store_id",
        (gxe.ExpectColumnPairValuesToBeEqual(column_A="sent_orders", column_B="built_orders"),),
    ),
    Check(
        "daily_sales_are_the_orders",
        """
select d.store_id || ' ' || d.business_date as store_day,
       (sum(d.gross_sales_amount) - coalesce(max(o.gross), 0))::float as gross_difference,
       (sum(d.discounts_amount) - coalesce(max(o.discounts), 0))::float as discounts_difference
from build.mart_daily_sales d
left join (
    select store_id, business_date, sum(gross_sales_amount) as gross, sum(discounts_amount) as discounts
    from build.fct_orders where is_sale group by 1, 2
) o using (store_id, business_date)
group by 1
""",
        "store_day",
        (
            gxe.ExpectColumnValuesToBeBetween(column="gross_difference", min_value=-CENT, max_value=CENT),
            gxe.ExpectColumnValuesToBeBetween(column="discounts_difference", min_value=-CENT, max_value=CENT),
        ),
    ),
    Check(
        "ad_spend_is_what_the_platform_said",
        """
select f.ad_date::text as ad_date, sum(f.spend_reporting_amount)::float - max(m.spend)::float as spend_difference
from build.fct_ad_performance_daily f
join (
    select business_date, sum(spend_reporting_amount) as spend
    from build.mart_marketing_efficiency_daily where channel <> 'blended' group by 1
) m on m.business_date = f.ad_date
group by 1
having count(*) = count(f.spend_reporting_amount)
""",
        "ad_date",
        (gxe.ExpectColumnValuesToBeBetween(column="spend_difference", min_value=-CENT, max_value=CENT),),
    ),
    Check(
        "yesterday_resembles_its_weekday",
        """
with days as (
    select business_date, sum(net_sales_amount) as net, sum(orders) as orders
    from build.mart_daily_sales group by 1
), night as (select as_of_day from ops.build where build_id = {build_id})
select night.as_of_day::text as business_date,
       (select orders from days where business_date = night.as_of_day)::float
           / nullif(percentile_cont(0.5) within group (order by days.orders), 0) as orders_ratio
from night
join days on days.business_date between night.as_of_day - 56 and night.as_of_day - 7
         and extract(isodow from days.business_date) = extract(isodow from night.as_of_day)
group by night.as_of_day
having count(*) >= 4
""",
        "business_date",
        (gxe.ExpectColumnValuesToBeBetween(column="orders_ratio", min_value=0.1, max_value=10),),
    ),
    Check(
        "stock_is_plausible",
        """
select f.location_id,
       count(*) filter (where f.on_hand < 0)::float / count(*) as negative_share,
       count(*)::float as rows_counted
from build.fct_inventory_snapshot_daily f
where f.business_date = (select as_of_day from ops.build where build_id = {build_id})
group by 1
""",
        "location_id",
        (gxe.ExpectColumnValuesToBeBetween(column="negative_share", max_value=0.02),),
    ),
    Check(
        "restock_is_affordable",
        """
select r.location_id,
       (sum(r.order_value_amount) filter (where r.advice = 'ORDER'))::float
           / nullif((select sum(cogs_amount) from build.fct_orders
                     where business_date > (select as_of_day from ops.build where build_id = {build_id}) - 91), 0)
           as orders_to_quarter_cogs
from build.mart_restock_recommendation r
group by 1
""",
        "location_id",
        (gxe.ExpectColumnValuesToBeBetween(column="orders_to_quarter_cogs", max_value=3),),
    ),
    Check(
        "rates_are_rates",
        """
select carrier || ' ' || service || ' ' || lane || ' ' || due_date as cohort,
       customer_on_time_delivered_rate::float as delivered_rate,
       carrier_on_time_attempt_rate::float as attempt_rate
from build.mart_carrier_sla_daily
""",
        "cohort",
        (
            gxe.ExpectColumnValuesToBeBetween(column="delivered_rate", min_value=0, max_value=1),
            gxe.ExpectColumnValuesToBeBetween(column="attempt_rate", min_value=0, max_value=1),
        ),
    ),
)
