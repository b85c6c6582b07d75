{{ config(meta={'publish': {'schema': 'act', 'key': ['audience', 'customer_key'], 'history': 'replace'}}) }}

-- Whom we would like to reach, before consent, suppression and the holdout: those are asked when a list is sent. Whom a
-- mail flow already writes to for the same reason is left to it.
with members as (
    {% for audience, model in [
        ('abandoned_cart', 'int_people__left_carts'),
        ('viewed_not_bought', 'int_people__looked'),
        ('post_purchase', 'int_people__served'),
        ('lapsed_valuable', 'int_people__lapsed'),
    ] -%}
    select
        '{{ audience }}' as audience,
        customer_key,
        reason,
        value_amount,
        currency,
        last_order_at
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

in_flow as (
    select distinct
        flows.audience,
        coalesce(aliases.customer_key, listed.customer_key) as customer_key
    from {{ ref('stg_klaviyo__list_members') }} as listed
    inner join {{ ref('mail_flow_lists') }} as flows on listed.list_name = flows.list_name
    left join {{ source('ops', 'customer_alias') }} as aliases on listed.customer_key = aliases.alias_key
    where listed.customer_key is not null
        -- Our own lists are what a flow may answer to: that is no reason to leave them.
        and listed.list_name not like 'Nightshift: %'
)

select
    members.audience,
    members.customer_key,
    members.reason,
    members.value_amount,
    members.currency,
    members.last_order_at,
    {{ as_of_day() }} as as_of_day
from members
left join in_flow
    on members.audience = in_flow.audience
    and members.customer_key = in_flow.customer_key
where in_flow.customer_key is null
