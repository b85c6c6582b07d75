-- What the marketplace took and gave back in its transactions is what the mart holds, by currency and kind of
-- transaction, and nothing is counted twice.
with posted as (
    select
        transactions.store_id,
        transactions.transaction_type,
        lines.currency,
        count(*) as fees,
        -sum(lines.amount) as amount
    from {{ ref('stg_amazon__transaction_lines') }} as lines
    inner join {{ ref('stg_amazon__transactions') }} as transactions
        on transactions.transaction_id = lines.transaction_id
    where lines.kind = 'fee' and lines.posted_at < {{ as_of_end() }}
    group by transactions.store_id, transactions.transaction_type, lines.currency
),

booked as (
    select store_id, transaction_type, currency, count(*) as fees, sum(amount) as amount
    from {{ ref('fct_marketplace_fees') }}
    group by store_id, transaction_type, currency
)

select coalesce(posted.store_id, booked.store_id) as store_id, posted.amount, booked.amount as booked_amount
from posted
full outer join booked
    on booked.store_id = posted.store_id
    and booked.transaction_type = posted.transaction_type
    and booked.currency = posted.currency
where (posted.fees, posted.amount) is distinct from (booked.fees, booked.amount)
