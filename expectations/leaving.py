"""Gate *leaving*: is what was built fit to act on? Any failure stops the publish; readers keep yesterday.

dbt's own tests state what a model always promises. Here stands what only a whole night can show:
nothing lost between the sources and the marts, the marts agree with one another, and the night
resembles the nights before it.
"""

import great_expectations.expectations as gxe

from expectations import likely
from expectations.check import Check
from expectations.seen import record

CENT = 0.005


# A night built anew is looked at whole, else what it touched: a check costs what changed, as the build does. The planner
# sees to the other half by a one-time filter.
_ANEW = "(select full_refresh from ops.build where build_id = {build_id})"


def _sent_orders(source: str, store: str, ordered_at: str) -> str:
    """(store_id, order_id, is_due) of orders of `source` as last read, by JSON paths into the payload."""
    observed = """
        select o.account, o.scope, o.content_hash, o.source_updated_at, l.epoch, l.taken_at
        from raw.observation o
        join ops.build_load b using (load_id)
        join raw.load_log l using (load_id)"""
    of_build = f"b.build_id = {{build_id}} and o.stream = '{source}_orders'"
    return f"""
    select {store} as store_id, latest.scope as order_id,
           {ordered_at} < building.as_of_end and coalesce(t.detected_at <= latest.taken_at, true) as is_due
    from (
        select distinct on (account, scope) * from (
            {observed}
            where {of_build} and {_ANEW}
            union all
            {observed}
            join ops.touched_scope touched on (touched.source, touched.stream, touched.account, touched.scope)
                = ('{source}', 'orders', o.account, o.scope)
            where {of_build} and not {_ANEW}
        ) observed
        order by account, scope, source_updated_at desc nulls last, epoch desc
    ) latest
    {record(f"{source}_orders", "latest")}
    join ops.build building on building.build_id = {{build_id}}
    left join ops.tombstone t on (t.source, t.stream, t.account, t.scope)
         = ('{source}', 'orders', latest.account, latest.scope)"""


_SENT_ORDERS = " union all ".join(
    (
        _sent_orders("shopify", "latest.account", "(payload ->> 'createdAt')::timestamptz"),
        _sent_orders(
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
with sent as ({_SENT_ORDERS})
select sent.store_id,
       count(*) filter (where sent.is_due)::int as sent_orders,
       count(f.order_id)::int as built_orders
from sent left join build.fct_orders f on f.order_id = sent.order_id
group by 1
""",
        "store_id",
        (gxe.ExpectColumnPairValuesToBeEqual(column_A="sent_orders", column_B="built_orders"),),
    ),
    Check(
        "daily_sales_are_the_orders",
        f"""
with days as (
    select store_id, business_date from build.mart_daily_sales where {_ANEW}
    union
    select store_id, business_date from build.int_touched__days where not {_ANEW}
), sold as (
    select store_id, business_date, gross_sales_amount as gross, discounts_amount as discounts, 0 as told, 0 as told_off
    from build.fct_orders join days using (store_id, business_date)
    where is_sale
    union all
    select store_id, business_date, 0, 0, gross_sales_amount, discounts_amount
    from build.mart_daily_sales join days using (store_id, business_date)
)
select store_id || ' ' || business_date as store_day,
       (sum(told) - sum(gross))::float as gross_difference,
       (sum(told_off) - sum(discounts))::float as discounts_difference
from sold
group by 1
""",
        "store_day",
        (
            gxe.ExpectColumnValuesToBeBetween(column="gross_difference", min_value=-CENT, max_value=CENT),
            gxe.ExpectColumnValuesToBeBetween(column="discounts_difference", min_value=-CENT, max_value=CENT),
        ),
    ),
    # Vendors may disagree with us, and the morning page says so; our own sums may not, by more than half a cent a day.
    Check(
        "our_own_sums_agree",
        """
select check_name || ' ' || subject || ' ' || business_date as compared, unexplained_amount::float as unexplained,
       differing_records
from build.mart_reconciliation
where severity = 'error'
""",
        "compared",
        (
            gxe.ExpectColumnValuesToBeBetween(column="unexplained", min_value=-CENT, max_value=CENT),
            gxe.ExpectColumnValuesToBeBetween(column="differing_records", max_value=0),
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
    # A day on which nobody orders anywhere is a holiday; one source alone that falls silent is not.
    Check(
        "yesterday_resembles_its_weekday",
        """
with night as (select as_of_day from ops.build where build_id = {build_id}),
days as (
    select source, business_date, sum(orders) as orders from build.mart_daily_sales group by 1, 2
), sources as (
    select days.source, night.as_of_day,
           coalesce(sum(orders) filter (where business_date = night.as_of_day), 0)::float as orders,
           percentile_cont(0.5) within group (order by days.orders)
               filter (where business_date between night.as_of_day - 56 and night.as_of_day - 7) as typical
    from night
    join days on extract(isodow from days.business_date) = extract(isodow from night.as_of_day)
    where business_date >= night.as_of_day - 56
    group by 1, 2
    having count(*) filter (where business_date between night.as_of_day - 56 and night.as_of_day - 7) >= 4
)
select source, orders / typical as orders_ratio,
       source || ' has ' || orders || ' orders on ' || as_of_day || ', on that weekday usually ' || typical as told
from sources
where typical >= 15 and (orders > typical or exists (
    select from sources other where other.source <> sources.source and other.typical >= 5
                                and other.orders > 0.3 * other.typical
))
""",
        "source",
        (gxe.ExpectColumnValuesToBeBetween(column="orders_ratio", min_value=0.1, max_value=30),),
        tells="told",
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
        (gxe.ExpectColumnValuesToBeBetween(column="negative_share", max_value=0.5),),
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
where (select min(business_date) from build.fct_orders)
    <= (select as_of_day from ops.build where build_id = {build_id}) - 91
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
    *likely.CHECKS,
)
