"""Rates are prices, and no currency moves by more than an eighth in a day."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_rows
from expectations.seen import record

# The euro is what the others are told in. What was never told is no loss, and neither is a currency that nobody here uses.
_OURS = f"""
with told as (
    select o.load_id, b.is_new, o.scope, row_of ->> 'currency' as currency,
           max(o.scope) filter (where b.is_new) over () as newest
    from raw.observation o
    join ops.build_load b using (load_id)
    {record("ecb_rates")}
    cross join lateral jsonb_array_elements(r.payload) as row_of
    where b.build_id = {{build_id}} and o.stream = 'ecb_rates' and o.scope >= (
        select ((window_end - interval '14 days')::date)::text
        from raw.load_log join ops.build_load using (load_id)
        where build_id = {{build_id}} and is_new and source = 'ecb' order by load_id limit 1
    )
), ours as (
    select currency from ops.company
    union select payload ->> 'currencyCode' from raw.shopify_shop
)
select tonight.load_id, currency, bool_or(told.scope = newest and told.is_new) as is_told,
       'no rate of ' || currency || ' on ' || max(newest) || ', in which we sell or report' as told
from ours join told using (currency)
cross join (select distinct load_id from told where is_new) tonight
group by 1, 2
"""

CHECKS = (
    Check(
        "our_currencies_have_rates",
        _OURS,
        "load_id",
        (gxe.ExpectColumnValuesToBeInSet(column="is_told", value_set=[True]),),
        tells="told",
    ),
    Check(
        "ecb_rates",
        new_rows(
            "ecb_rates",
            "row_of ->> 'currency' as currency, (row_of ->> 'rate')::float as rate",
        ),
        "load_id",
        (
            *never_null("currency", "rate"),
            gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
            gxe.ExpectColumnValuesToBeBetween(column="rate", min_value=0, strict_min=True),
        ),
    ),
    Check(
        "ecb_rates_move_slowly",
        f"""
with told as (
    select o.load_id, b.is_new, o.scope, row_of ->> 'currency' as currency, (row_of ->> 'rate')::float as rate
    from raw.observation o
    join ops.build_load b using (load_id)
    {record("ecb_rates")}
    cross join lateral jsonb_array_elements(r.payload) as row_of
    where b.build_id = {{build_id}} and o.stream = 'ecb_rates' and o.scope >= (
        select (min(scope)::date - 14)::text
        from raw.observation join ops.build_load using (load_id)
        where build_id = {{build_id}} and is_new and stream = 'ecb_rates'
    )
), moved as (
    select *, rate / nullif(lag(rate) over (partition by currency order by scope, load_id), 0) as moved_by
    from told
)
select load_id, scope, currency, moved_by,
       currency || ' costs ' || round(moved_by::numeric, 2) || ' times what it did the working day before ('
           || scope || '), usually 0.98 to 1.02' as told
from moved where is_new and moved_by is not null
""",
        "load_id",
        # The franc moved by 15 % in a day in 2015, the lira by 18 % in 2021: a person may look at days like those.
        (gxe.ExpectColumnValuesToBeBetween(column="moved_by", min_value=0.88, max_value=1.14),),
        tells="told",
    ),
)
