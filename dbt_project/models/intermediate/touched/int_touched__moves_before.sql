-- When the stock moves that were told again had been, before they were.
-- from {{ source('odoo', 'stock_moves') }}
{% if builds_anew() %}
select cast(null as timestamptz) as moved_at where false
{% else %}
select moves.moved_at
from {{ as_it_was('stg_odoo__stock_moves', 'stock_move_id text, moved_at timestamptz') }} as moves
inner join {{ touched_scopes('odoo', 'stock_moves') }} as touched on touched.scope = moves.stock_move_id
{% endif %}
