"""Two that tell the same thing agree: the ERP's moves with its stock, the mail platform's time of an order with the shop's.

Where they do not, nobody knows which is wrong: both loads are held until a person says so.
"""

from expectations.entering.payloads import mostly
from expectations.seen import record

_TONIGHT = """
    select l.* from raw.load_log l join ops.build_load b using (load_id)
    where b.build_id = {build_id} and b.is_new and l.mode = 'nightly' and l.status <> 'released'
"""

# Every unit counted more or less has come or gone by a move. Moves told since the last count, compared place by place with
# how the count changed; places outside (suppliers, customers) are not counted. Both counts are of nights whose moves came
# too, some seconds earlier or later: of a night without them nobody knows what moved until its count.
_STOCK = f"""
with tonight as ({_TONIGHT}),
counted_with_moves as (
    select count.*, count.window_end + interval '1 hour' as moves_told
    from raw.load_log count
    where (count.source, count.stream) = ('odoo', 'stock_quants') and count.mode = 'nightly' and count.status <> 'held'
      and exists (
          select from raw.load_log m
          where (m.source, m.stream, m.account) = ('odoo', 'stock_moves', count.account) and m.mode = 'nightly'
            and m.status <> 'held'
            and m.window_end between count.window_end - interval '1 hour' and count.window_end + interval '1 hour'
      )
), counts as (
    select now.account, now.load_id, before.load_id as before, before.moves_told as since
    from tonight join counted_with_moves now using (load_id)
    cross join lateral (
        select * from counted_with_moves earlier
        where earlier.account = now.account and earlier.load_id < now.load_id
        order by earlier.load_id desc limit 1
    ) before
), counted as (
    select c.account, r.payload #>> '{{{{product_id,0}}}}' as product, r.payload #>> '{{{{location_id,0}}}}' as place,
           coalesce((r.payload ->> 'quantity')::numeric, 0) * case o.load_id when c.load_id then 1 else -1 end as units
    from counts c
    join raw.observation o on o.load_id in (c.load_id, c.before)
    {record("odoo_stock_quants")}
), moves as (
    select distinct on (o.account, o.scope) o.account, r.payload
    from counts c
    join raw.load_log l on (l.source, l.account, l.stream) = ('odoo', c.account, 'stock_moves')
        and l.window_end > c.since and l.status <> 'held'
    join raw.observation o on o.load_id = l.load_id
    {record("odoo_stock_moves")}
    where not exists (
        select from raw.observation told join raw.load_log earlier using (load_id)
        where (told.stream, told.account, told.scope) = (o.stream, o.account, o.scope)
          and earlier.window_end <= c.since and earlier.status <> 'held'
    )
    order by o.account, o.scope, o.source_updated_at desc, o.load_id desc
), moved as (
    select account, payload #>> '{{{{product_id,0}}}}' as product, place,
           sign * coalesce((payload ->> 'quantity')::numeric, 0) as units
    from moves cross join lateral (values (payload #>> '{{{{location_id,0}}}}', -1),
                                          (payload #>> '{{{{location_dest_id,0}}}}', 1)) as way (place, sign)
), places as (
    select account, product, place, sum(counted) as counted, sum(moved) as moved
    from (
        select account, product, place, units as counted, 0 as moved from counted
        union all
        select account, product, place, 0, units from moved
        where exists (select from counted where counted.place = moved.place)
    ) both_told
    group by 1, 2, 3
    having sum(counted) <> 0 or sum(moved) <> 0
)
select n.load_id, places.counted, places.moved
from places join tonight n on (n.source, n.account) = ('odoo', places.account) and n.stream in ('stock_quants', 'stock_moves')
"""

_ORDERS = f"""
with tonight as ({_TONIGHT}),
heard as (
    select e.load_id, 'gid://shopify/Order/' || (mail.payload #>> '{{{{attributes,order_id}}}}') as scope,
           (mail.payload #>> '{{{{attributes,datetime}}}}')::timestamptz as heard_at
    from tonight join raw.observation e using (load_id) {record("klaviyo_events", "e", "mail")}
    where (tonight.source, tonight.stream) = ('klaviyo', 'events')
), told as (
    select o.load_id, o.scope, (shop.payload ->> 'createdAt')::timestamptz as placed_at
    from tonight join raw.observation o using (load_id) {record("shopify_orders", alias="shop")}
    where (tonight.source, tonight.stream) = ('shopify', 'orders')
)
select both_loads.load_id, heard_at, placed_at
from heard join told using (scope)
cross join lateral (values (heard.load_id), (told.load_id)) both_loads (load_id)
"""

CHECKS = (
    mostly(
        "moves_make_the_stock",
        _STOCK,
        "abs(counted - moved) < 0.01",
        "the stock of a product in a place changed otherwise than by the moves",
    ),
    mostly(
        "orders_at_one_time",
        _ORDERS,
        "heard_at between placed_at - interval '1 hour' and placed_at + interval '1 hour'",
        "an order was placed at another hour than the mail platform heard of it",
    ),
)
