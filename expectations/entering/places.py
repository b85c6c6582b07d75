"""What was told before is told again, nothing comes from outside the window or from another account's shelf.

Every window reaches back into the one before, so two nights overlap: what both must hold is compared record by record.
Distances are in units of what is allowed, 1 being just so.
"""

import great_expectations.expectations as gxe

from expectations.check import Check

_TONIGHT = """
    select l.*, o.tz from raw.load_log l join ops.build_load b using (load_id)
    cross join (select timezone as tz from ops.company) o
    where b.build_id = {build_id} and b.is_new and l.mode = 'nightly' and l.status <> 'released'
"""

# Of records with a time of change it is known which must come again; of others, those of a busy day may leave at once.
# `slide` is the share of the night before that has left the window since; where that is most of it and records have no
# time of change, nothing need come again. A day of a statement counts as many rows as it has.
_AGAIN = f"""
with tonight as ({_TONIGHT}),
pairs as (
    select n.*, p.load_id as before, p.window_end as before_end,
           greatest(0, extract(epoch from n.window_start - p.window_start)
               / extract(epoch from p.window_end - p.window_start))::float as slide
    from tonight n cross join lateral (
        select * from raw.load_log p
        where (p.source, p.account, p.stream) = (n.source, n.account, n.stream) and p.mode = 'nightly'
          and p.load_id < n.load_id and p.status <> 'held'
        order by p.load_id desc limit 1
    ) p
), compared as (
    select n.load_id, n.kind, bool_and(k.source_updated_at is not null) as timed,
           case when n.slide < 0.5 then n.slide else 0 end as slide,
           sum(k.row_count) as known,
           sum(greatest(k.row_count - coalesce(s.row_count, 0), 0)) as lost,
           sum(greatest(s.row_count - k.row_count, 0))
               filter (where k.scope < (n.before_end - interval '3 days')::date::text) as grown
    from pairs n
    join raw.observation k on k.load_id = n.before
    left join raw.observation s on s.load_id = n.load_id and s.scope = k.scope
    where case n.kind
        when 'snapshot' then true
        when 'statement' then k.scope > n.window_start::date::text
        else k.source_updated_at >= n.window_start or (k.source_updated_at is null and n.slide < 0.5) end
    group by 1, 2, n.slide
    having sum(k.row_count) >= 10
)
select load_id, lost::float / known / case
           when kind = 'snapshot' then 0.25
           when kind = 'statement' then 0.05 + 2.0 / known
           when timed then 0.15 + 2.0 / known
           else 0.3 + 3 * slide end as distance,
       lost || ' of ' || known || ' records that were told the night before are missing, usually next to none' as told
from compared
union all
select load_id, grown::float / known / 0.3, 'days of the past have ' || grown || ' rows more than the night before told, of '
       || known || ', usually next to none'
from compared where kind = 'statement' and grown > 0
"""

_OUTSIDE = f"""
with tonight as ({_TONIGHT})
select n.load_id,
       (count(*) filter (where not s.source_updated_at between n.window_start - interval '1 day'
                                                        and n.window_end + interval '1 hour'))::float
           / count(*) / 0.2 as distance,
       count(*) filter (where s.source_updated_at > n.window_end + interval '1 hour') || ' of ' || count(*)
           || ' records changed after the time that was asked for, '
           || count(*) filter (where s.source_updated_at < n.window_start - interval '1 day')
           || ' before it, usually none' as told
from tonight n join raw.observation s using (load_id)
where s.source_updated_at is not null
group by 1 having count(*) >= 5
"""

# The same id is not enough: every ERP has a product 1, and two marketplaces have the same SKUs.
_ELSEWHERE = f"""
with tonight as ({_TONIGHT}),
others as (select distinct source, stream, account from raw.load_log)
select n.load_id, count(other.account)::float / count(*) / 0.1 as distance,
       count(other.account) || ' of ' || count(*) || ' records are those of ' || max(other.account)
           || ', usually none' as told
from tonight n
join raw.observation s using (load_id)
join others on (others.source, others.stream) = (n.source, n.stream) and others.account <> n.account
left join lateral (
    select o.account from raw.observation o
    where (o.stream, o.account, o.scope, o.content_hash) = (s.stream, others.account, s.scope, s.content_hash) limit 1
) other on true
where n.kind = 'log'
group by 1 having count(*) >= 8
"""

# Banks publish on working days: the newest day may be as old as it ever was, and two thirds older (3 days of a weekend, 5
# of Easter).
_NEWEST = f"""
with tonight as ({_TONIGHT}),
aged as (
    select n.load_id, n.load_id = l.load_id as is_tonight,
           ((l.window_end at time zone n.tz)::date - max(s.scope)::date)::float as days
    from tonight n
    cross join lateral (
        select p.load_id, p.window_end from raw.load_log p
        where (p.source, p.account, p.stream) = (n.source, n.account, n.stream) and p.mode = 'nightly'
          and p.load_id <= n.load_id and p.status <> 'held'
        order by p.load_id desc limit 15
    ) l
    left join raw.observation s on s.load_id = l.load_id and s.row_count > 0
    where n.kind = 'statement'
    group by 1, 2, l.load_id, l.window_end, n.tz
)
select load_id,
       coalesce(max(days) filter (where is_tonight), 99) / nullif(1.67 * max(days) filter (where not is_tonight), 0)
           as distance,
       'the newest day is ' || coalesce(max(days) filter (where is_tonight)::text, 'more than 99')
           || ' days old, usually at most ' || max(days) filter (where not is_tonight) as told
from aged group by 1 having count(*) >= 7
"""


def _check(name: str, query: str) -> Check:
    within = gxe.ExpectColumnValuesToBeBetween(column="distance", max_value=1)
    return Check(name, query, "load_id", (within,), tells="told")


CHECKS = (
    _check("told_again", _AGAIN),
    _check("inside_the_window", _OUTSIDE),
    _check("own_records", _ELSEWHERE),
    _check("newest_day", _NEWEST),
)
