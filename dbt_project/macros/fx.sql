{#-
    Other currencies in the company's own, at the finest grain and at the row's own day.

        select
            {{ in_reporting('lines.net_amount', fx_rate('fx', 'lines.currency')) }} as net_reporting_amount,
            {{ fx_rate('fx', 'lines.currency') }} as fx_rate
        from lines
        {{ join_fx('fx', 'lines.currency', 'lines.business_date') }}

    100 EUR on a day when a euro is 1.0823 dollars are 108.2300 dollars. Without a rate they are NULL: never 100, and a
    sum over them is NULL as well (`whole_sum`), so that a missing rate is seen and not averaged away.
-#}

{#- Joins the day's rate of a row's currency as `alias`; finds nothing for the company's own currency. -#}
{% macro join_fx(alias, currency, day) -%}
    left join {{ ref('dim_fx_rate') }} as {{ alias }}
        on {{ alias }}.currency = {{ currency }} and {{ alias }}.rate_date = {{ day }}
{%- endmacro %}

{#- Units of the company's currency for one unit of the row's: 1 for its own, NULL when nobody published one. -#}
{% macro fx_rate(alias, currency) -%}
    case when {{ currency }} = {{ company('currency') }} then 1 else {{ alias }}.rate end
{%- endmacro %}

{#- An amount in the company's currency, to four decimals: rows are converted, sums are only added up. -#}
{% macro in_reporting(amount, rate) -%}
    round(({{ amount }}) * ({{ rate }}), 4)
{%- endmacro %}

{#- A sum of converted amounts: NULL as soon as one of them is, because a part of a total is not a total.
    `among` leaves rows out that need no amount. NULL, not zero, over no rows at all. -#}
{% macro whole_sum(amount, among='true') -%}
    case
        when count(*) filter (where {{ among }}) = count({{ amount }}) filter (where {{ among }})
            then sum({{ amount }}) filter (where {{ among }})
    end
{%- endmacro %}
