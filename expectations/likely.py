"""What the marts tell of a night held against what they told before: the past stays, and yesterday keeps its proportions.

Both are set aside when a person has asked for something out of the ordinary: a load let in by `make release`, a backfill,
a replay.
"""

import great_expectations.expectations as gxe

from expectations.check import Check

_NIGHT = """
    select as_of_day from ops.build where build_id = {build_id} and not exists (
        select from ops.build_load b join raw.load_log l using (load_id)
        where b.build_id = {build_id} and b.is_new and (l.status = 'released' or l.mode <> 'nightly')
    )
"""

# Whoever writes down at last what goods cost adds to the past. Returns, restated ads and late costs move the last days; ten days back a sum of seven weeks moves by a few per cent.
_PAST = f"""
with night as ({_NIGHT}),
told as (
    select subject, measure, count(*) as days, sum(now.amount) as now, sum(before.amount) as before
    from night
    cross join lateral ops.days_told('build', night.as_of_day - 60) now
    join ops.days_told('mart', night.as_of_day - 60) before using (subject, measure, day)
    where day <= night.as_of_day - 10
    group by 1, 2
)
select subject || ' ' || measure as figure, now::float / nullif(before, 0)::float as ratio,
       measure || ' of ' || subject || ' over ' || days || ' days that are long past add up to ' || round(now, 2)
           || ', until last night to ' || round(before, 2) as told
from told where days >= 14 and before > 0 and (now < before or measure <> 'cost of goods')
"""

# Each figure per unit of another, over the days of the last eight weeks that have enough to tell: orders, not money, which is
# little in a small shop; clicks or impressions, which may have changed places. A tenth of the median is added, for a day
# without any discount is a day without any discount. One wholesale order, or half the price on everything, turns a day's
# figures by more than any habit, upwards most; the discounts of a first sale and a new tax are what they are. Downwards a
# figure ends at nothing, which is never within habit where no day came near it.
# What is usual is what readers have been told: of a report told anew, all days may be wrong alike.
_PROPORTIONS = f"""
with night as ({_NIGHT}),
told as materialized (
    select distinct on (subject, measure, day) subject, measure, day, amount
    from (
        select t.*, 1 as turn from night cross join lateral ops.days_told('mart', as_of_day - 56) t where day < as_of_day
        union all
        select t.*, 2 from night cross join lateral ops.days_told('build', as_of_day - 56) t
    ) both_told
    order by subject, measure, day, turn
), days as (
    select subject, day, jsonb_object_agg(measure, amount) as amounts from told group by 1, 2
), figures as (
    select subject, above || ' per ' || below as figure, day, (amounts ->> above)::numeric / (amounts ->> below)::numeric as value
    from days
    cross join (values ('gross sales', 'orders', array['orders'], 8), ('units', 'orders', array['orders'], 8),
                       ('discounts', 'gross sales', array['orders'], 8), ('tax', 'gross sales', array['orders'], 8),
                       ('cost of goods', 'gross sales', array['orders'], 8),
                       ('gross sales in the reporting currency', 'gross sales', array['orders'], 8),
                       ('spend', 'clicks', array['clicks'], 20), ('clicks', 'impressions', array['clicks', 'impressions'], 200))
        as pair (above, below, counted, fewest)
    where (amounts ->> below)::numeric > 0 and amounts ? above
      and exists (select from unnest(counted) as name where (amounts ->> name)::numeric >= fewest)
), usual as materialized (
    select subject, figure, percentile_cont(0.5) within group (order by value)::numeric as middle
    from figures, night where day < as_of_day group by 1, 2 having count(*) >= 14
), turned as (
    select figures.*, middle, ln((value + 0.1 * middle) / (1.1 * middle)) as turn
    from figures join usual using (subject, figure) where middle > 0 and value >= 0
), habits as materialized (
    select subject, figure, percentile_cont(0.5) within group (order by abs(turn)) as habit, -min(turn)::float as lowest
    from turned, night where day < as_of_day group by 1, 2
)
select subject || ' ' || figure as figure,
       abs(turn)::float
           / case when turn > 0 then ln(6) + 6 * habit else ln(2.5) + least(6 * habit, 1.3 * lowest) end as distance,
       figure || ' of ' || subject || ' on ' || day || ' is ' || round(value, 3) || ', usually ' || round(middle, 3)
           as told
from turned join habits using (subject, figure) join night on day = as_of_day
where turn < 0 or figure not in ('discounts per gross sales', 'tax per gross sales')
"""

# A place that is emptied into another is no loss: the whole is as it was.
_STOCK = f"""
with night as ({_NIGHT}),
told as (
    select t.subject, sum(amount) filter (where day = as_of_day) as now, sum(amount) filter (where day = as_of_day - 1) as before
    from night cross join lateral ops.days_told('build', night.as_of_day - 1) t where measure = 'units on hand' group by 1
), whole as (
    select sum(now) / nullif(sum(before), 0) as ratio from told
)
select subject, (now / before)::float as ratio,
       'units on hand at ' || subject || ' are ' || now || ', the day before ' || before as told
from told, whole where before >= 50 and (now > before or whole.ratio < 0.9)
"""

CHECKS = (
    Check("the_past_stays", _PAST, "figure",
          (gxe.ExpectColumnValuesToBeBetween(column="ratio", min_value=0.75, max_value=1.33),), tells="told"),
    Check("yesterday_keeps_its_proportions", _PROPORTIONS, "figure",
          (gxe.ExpectColumnValuesToBeBetween(column="distance", max_value=1),), tells="told"),
    Check("stock_moves_slowly", _STOCK, "subject",
          (gxe.ExpectColumnValuesToBeBetween(column="ratio", min_value=0.4, max_value=8),), tells="told"),
)  # fmt: skip
