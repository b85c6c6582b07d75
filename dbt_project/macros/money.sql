{#- Digits of a currency's minor unit (ISO 4217): 2 but for the yen and its like (0) and the dinars (3). -#}
{% macro minor_digits(currency) -%}
    case
        when {{ currency }} in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
            'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
        when {{ currency }} in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        else 2
    end
{%- endmacro %}


{#- An amount rounded half away from zero to its currency's minor unit. -#}
{% macro round_money(amount, currency) -%}
    round({{ amount }}, {{ minor_digits(currency) }})
{%- endmacro %}


{#- What falls of a line's amount to some of its units, of which `units_before` come before them, to the minor unit: the parts of
    all units together are the amount. 10.01 for two are 5.01 and 5.00. -#}
{% macro part_by_units(amount, part, all_units, currency) -%}
    case
        when {{ part }}.units_before + {{ part }}.units = {{ all_units }} then {{ amount }}
        else {{ round_money(amount ~ ' * (' ~ part ~ '.units_before + ' ~ part ~ '.units) / ' ~ all_units, currency) }}
    end - {{ round_money(amount ~ ' * ' ~ part ~ '.units_before / ' ~ all_units, currency) }}
{%- endmacro %}


{#- The part of a price that is not tax. 11.90 at a rate of 0.19 with the tax included is 10.00. -#}
{% macro without_tax(amount, rate, is_tax_included, currency) -%}
    case
        when {{ is_tax_included }} then {{ round_money(amount ~ ' / (1 + abs(' ~ rate ~ '))', currency) }}
        else {{ amount }}
    end
{%- endmacro %}


{#- A ratio of sums; NULL, not zero, when there is nothing to divide by. -#}
{% macro ratio(numerator, denominator, digits=6) -%}
    round(({{ numerator }})::numeric / nullif(({{ denominator }})::numeric, 0), {{ digits }})
{%- endmacro %}
