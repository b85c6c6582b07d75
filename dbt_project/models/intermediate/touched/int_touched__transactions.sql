{{ config(indexes=[{'columns': ['transaction_id'], 'unique': true}]) }}

-- The marketplace's money movements whose fees are told anew: told again, posted since the day published last ended or on a day
-- whose exchange rates are not what they were, or of a store that changed, or of none, which stand where most others do.
{% if builds_anew() %}
select cast(null as text) as transaction_id where false
{% else %}
with stores as (
    select key as store_id from {{ ref('int_touched__inputs') }} where kind = 'store'
)

select scope as transaction_id from {{ touched_scopes('amazon', 'transactions') }} as touched
union
select transaction_id from {{ ref('stg_amazon__transactions') }} where posted_at {{ since_then() }}
union
select transaction_id from {{ ref('stg_amazon__transactions') }} where store_id is null
union
-- Whole stores are rare: their money is read only when there is one.
select transaction_id from {{ ref('stg_amazon__transactions') }}
where exists (select from stores) and store_id in (select store_id from stores)
{% endif %}
