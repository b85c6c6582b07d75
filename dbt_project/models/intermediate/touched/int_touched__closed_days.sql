{{ config(indexes=[{'columns': ['business_date'], 'unique': true}]) }}

-- Days whose counted stock must be summed anew: those that another load closes now, and all when we have a new name for a
-- product or a place.
{% if builds_anew() %}
select cast(null as date) as business_date where false
{% else %}
select business_date from {{ ref('int_touched__closings') }}
union
select business_date from {{ ref('int_closings__chosen') }}
where exists (select from {{ ref('int_touched__inputs') }} where kind in ('erp_product', 'sku', 'location'))
{% endif %}
