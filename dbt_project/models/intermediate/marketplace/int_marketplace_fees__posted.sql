{{ config(
    materialized='incremental',
    indexes=[{'columns': ['transaction_id']}, {'columns': ['order_id']}, {'columns': ['posted_date']}],
    pre_hook="{{ forget_touched('transactions') }}",
) }}

-- Every fee line the marketplace has posted by the end of the as-of day, as a cost: what it keeps is positive, what it
-- gives back (a commission after a refund) negative. Money it still holds (deferred) counts, marked as an estimate:
-- the final line replaces it under the same id.
with lines as (
    select * from {{ of_touched(ref('stg_amazon__transaction_lines'), 'transactions') }} as lines
    where kind = 'fee' and posted_at < {{ as_of_end() }}
),

-- What is told of no marketplace (a subscription to all of them) is told of the account's usual one.
usual as (
    select distinct on (account) account, store_id
    from {{ ref('stg_amazon__transactions') }}
    where store_id is not null
    group by account, store_id
    order by account, count(*) desc, store_id
),

dated as (
    select
        lines.transaction_line_id as fee_id,
        coalesce(transactions.store_id, usual.store_id, 'amazon') as store_id,
        coalesce(lines.order_id, transactions.order_id) as order_id,
        lines.order_line_id,
        lines.seller_sku,
        lines.fee_type,
        lines.posted_at,
        {{ local_date('lines.posted_at', "coalesce(stores.iana_timezone, " ~ company('timezone') ~ ")") }} as posted_date,
        -lines.amount as amount,
        coalesce(lines.currency, stores.currency, {{ company('currency') }}) as currency,
        lines.transaction_id,
        transactions.transaction_type,
        coalesce(transactions.is_deferred, false) as is_estimated
    from lines
    inner join {{ ref('stg_amazon__transactions') }} as transactions
        on transactions.transaction_id = lines.transaction_id
    left join usual on usual.account = transactions.account
    left join {{ ref('dim_store') }} as stores on stores.store_id = coalesce(transactions.store_id, usual.store_id)
)

select
    dated.*,
    {{ in_reporting('dated.amount', fx_rate('fx', 'dated.currency')) }} as reporting_amount,
    {{ fx_rate('fx', 'dated.currency') }} as fx_rate,
    dated.posted_date as fx_date
from dated
{{ join_fx('fx', 'dated.currency', 'dated.posted_date') }}
