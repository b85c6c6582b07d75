{#- Statistics a model must not spell out itself: percentiles are Postgres' own, the rest is plain arithmetic. -#}

{#- A value held between two bounds. Nothing stays nothing: least and greatest by themselves would make a bound of it. -#}
{% macro bounded(value, lowest, highest) -%}
    case when {{ value }} is not null then least(greatest({{ value }}, {{ lowest }}), {{ highest }}) end
{%- endmacro %}

{% macro percentile(expression, fraction) -%}
    {{ return(adapter.dispatch('percentile')(expression, fraction)) }}
{%- endmacro %}

{% macro default__percentile(expression, fraction) -%}
    percentile_cont({{ fraction }}) within group (order by {{ expression }})
{%- endmacro %}

{#- The percentile only where at least `minimum` values stand behind it, else null: three parcels have no P95. -#}
{% macro percentile_if_enough(expression, fraction, minimum) -%}
    case when count({{ expression }}) >= {{ minimum }}
        then ({{ percentile(expression, fraction) }})::numeric end
{%- endmacro %}

{#- The same of values that were counted: `up_to` is how many values are as small as this one or smaller, `of_all` how many
    there are. Interpolated between two neighbours, as `percentile` does it. -#}
{% macro percentile_of_counts(value, up_to, of_all, fraction, minimum) -%}
    {%- set place = fraction ~ '::float8 * (' ~ of_all ~ ' - 1)' -%}
    {%- set below = 'min(' ~ value ~ ') filter (where ' ~ up_to ~ ' > floor(' ~ place ~ '))' -%}
    {%- set above = 'min(' ~ value ~ ') filter (where ' ~ up_to ~ ' > ceil(' ~ place ~ '))' -%}
    case when max({{ of_all }}) >= {{ minimum }}
        then ({{ below }} + max({{ place }} - floor({{ place }})) * ({{ above }} - {{ below }}))::numeric end
{%- endmacro %}

{#- Upper bound of the Wilson score interval for `successes` out of `trials` (z 1.96: 95 %, two-sided).
    90 on time of 100 gives 0.9448: a target of 0.95 is then breached, and 0.94 is not. Null without trials. -#}
{% macro wilson_upper(successes, trials, z=1.96) -%}
    case when {{ trials }} > 0 then
        least(1.0, (
            {{ successes }}::numeric / {{ trials }} + {{ z }} * {{ z }} / (2.0 * {{ trials }})
            + {{ z }} * sqrt(
                ({{ successes }}::numeric / {{ trials }}) * (1 - {{ successes }}::numeric / {{ trials }}) / {{ trials }}
                + {{ z }} * {{ z }} / (4.0 * {{ trials }} * {{ trials }})
            )
        ) / (1 + {{ z }} * {{ z }} / {{ trials }}))
    end
{%- endmacro %}

{#- Percentiles at several fractions in one sort, as an array in the order of the fractions. -#}
{% macro percentiles(expression, fractions) -%}
    {{ return(adapter.dispatch('percentiles')(expression, fractions)) }}
{%- endmacro %}

{% macro default__percentiles(expression, fractions) -%}
    percentile_cont(array[{{ fractions | join(', ') }}]) within group (order by {{ expression }})
{%- endmacro %}

{#- The running total `cumulated` some rows back, where how many differs from row to row. -#}
{% macro rows_back(cumulated, how_many, window) -%}
    {{ return(adapter.dispatch('rows_back')(cumulated, how_many, window)) }}
{%- endmacro %}

{% macro default__rows_back(cumulated, how_many, window) -%}
    lag({{ cumulated }}, {{ how_many }}) over ({{ window }})
{%- endmacro %}
