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
