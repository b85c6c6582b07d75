{#-
    Costs from the shop's own tables (seeds payment_fees, handling_costs, shipping_costs): rows with dates, '*' for
    whatever has no row of its own, and each in its own currency.
-#}

{#- Whether a dated row holds on a day: from valid_from on, and no more from valid_to on. -#}
{% macro holds_on(row, day) -%}
    {{ day }} >= {{ row }}.valid_from and ({{ row }}.valid_to is null or {{ day }} < {{ row }}.valid_to)
{%- endmacro %}

{#- Of rows that are equally specific, first the one in the amount's own currency, then the company's, then the newest. -#}
{% macro nearest_currency(row, currency) -%}
    ({{ row }}.currency is distinct from {{ currency }}),
    ({{ row }}.currency is distinct from {{ company('currency') }}),
    {{ row }}.currency,
    {{ row }}.valid_from desc
{%- endmacro %}

{#- An amount of one currency in another, through the company's own and rounded to the minor unit; NULL without a rate.
    1.00 EUR at 1.10 is 0.88 GBP at 1.25. -#}
{% macro in_currency(amount, currency, rate, wanted_currency, wanted_rate) -%}
    {{ round_money(
        'case when ' ~ currency ~ ' = ' ~ wanted_currency ~ ' then (' ~ amount ~ ')'
        ~ ' else (' ~ amount ~ ') * (' ~ rate ~ ') / nullif(' ~ wanted_rate ~ ', 0) end',
        wanted_currency
    ) }}
{%- endmacro %}
