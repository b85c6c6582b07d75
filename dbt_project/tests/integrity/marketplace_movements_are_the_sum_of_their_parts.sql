-- Fees, goods, tax and whatever else Amazon names give exactly what it says the movement adds to the account.
select
    movements.transaction_id,
    movements.total_amount,
    sum(parts.amount) as parts_amount
from {{ ref('stg_amazon__transactions') }} as movements
left join {{ ref('stg_amazon__transaction_lines') }} as parts
    on parts.transaction_id = movements.transaction_id
group by movements.transaction_id, movements.total_amount
having coalesce(sum(parts.amount), 0) <> movements.total_amount
