{{ config(indexes=[{'columns': ['business_date'], 'unique': true}]) }}

-- Days whose stock moves must be summed anew: of moves told again (when they were and when they are), those since the day
-- published last, and all when the ERP calls a product or a place something else.
{% if builds_anew() %}
select cast(null as date) as business_date where false
{% else %}
with told as (
    select moved_at from {{ ref('int_touched__moves_before') }}
    union all
    select moves.moved_at
    from {{ ref('stg_odoo__stock_moves') }} as moves
    inner join {{ touched_scopes('odoo', 'stock_moves') }} as touched on touched.scope = moves.stock_move_id
    union all
    select moved_at from {{ ref('stg_odoo__stock_moves') }} where moved_at >= {{ published_end() }}
    union all
    select moved_at from {{ ref('stg_odoo__stock_moves') }}
    where exists (select from {{ ref('int_touched__inputs') }} where kind in ('erp_product', 'location'))
)

select distinct {{ local_date('moved_at', company('timezone')) }} as business_date
from told
where moved_at is not null
{% endif %}
