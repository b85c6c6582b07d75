{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['store_id', 'channel_group', 'business_date'], 'history': 'replace'
}}) }}

{%- set kinds = [
    'net_sales', 'cogs', 'shipping_cost', 'handling', 'payment_fees', 'marketplace_fees', 'return_handling', 'ad_spend',
    'goodwill'
] %}

-- Entries become columns: one row of a kind a day, zero where there is none, null where it is not known. A margin is
-- null while one of its parts is.
with days as (
    select
        store_id,
        channel_group,
        business_date,
        {%- for kind in kinds %}{% for column in ['amount', 'reporting_amount'] %}
        case
            when count(*) filter (where kind = '{{ kind }}') = 0 then 0
            else max({{ column }}) filter (where kind = '{{ kind }}')
        end as {{ kind }}_{{ column }},
        {%- endfor %}{% endfor %}
        sum(units) as units,
        sum(costed_units) as costed_units,
        bool_or(is_estimate) as is_cost_estimated,
        bool_or(is_provisional) as is_provisional
    from {{ ref('int_pnl_entries__booked') }}
    group by store_id, channel_group, business_date
),

cm1 as (
    select
        days.*,
        case when costed_units = units then net_sales_amount - cogs_amount end as cm1_amount,
        case when costed_units = units then net_sales_reporting_amount - cogs_reporting_amount end
            as cm1_reporting_amount
    from days
),

cm2 as (
    select
        cm1.*,
        cm1_amount - shipping_cost_amount - handling_amount - payment_fees_amount - marketplace_fees_amount
            - return_handling_amount as cm2_amount,
        cm1_reporting_amount - shipping_cost_reporting_amount - handling_reporting_amount
            - payment_fees_reporting_amount - marketplace_fees_reporting_amount
            - return_handling_reporting_amount as cm2_reporting_amount
    from cm1
)

select
    ---------- keys
    cm2.store_id,
    cm2.channel_group,
    cm2.business_date,

    ---------- in the store's currency, without tax
    stores.currency,
    cm2.net_sales_amount,
    cm2.cogs_amount,
    cm2.cm1_amount,
    cm2.shipping_cost_amount,
    cm2.handling_amount,
    cm2.payment_fees_amount,
    cm2.marketplace_fees_amount,
    cm2.return_handling_amount,
    cm2.cm2_amount,
    cm2.ad_spend_amount,
    cm2.cm2_amount - cm2.ad_spend_amount as cm3_amount,
    cm2.goodwill_amount,
    100 * {{ ratio('cm2.costed_units', 'cm2.units') }} as cost_coverage_pct,

    ---------- in the company's
    {{ company('currency') }} as reporting_currency,
    cm2.net_sales_reporting_amount,
    cm2.cm1_reporting_amount,
    cm2.cm2_reporting_amount,
    cm2.ad_spend_reporting_amount,
    cm2.cm2_reporting_amount - cm2.ad_spend_reporting_amount as cm3_reporting_amount,

    ---------- how far to trust it
    cm2.is_cost_estimated,
    cm2.is_provisional,
    {{ day_end('cm2.business_date', 'stores.iana_timezone') }} <= {{ as_of_end() }} as is_complete
from cm2
inner join {{ ref('dim_store') }} as stores on stores.store_id = cm2.store_id
