{#- One row per day from `first` to `last`, both included, as column `date_day`. -#}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    (select day::date as date_day from generate_series(({{ first }})::timestamp, ({{ last }})::timestamp, interval '1 day') as day)
{%- endmacro %}

{#- 1 is Monday, 7 is Sunday. -#}
{% macro iso_weekday(day) -%}
    extract(isodow from {{ day }})::int
{%- endmacro %}

{#- The local calendar day of an instant. -#}
{% macro local_date(instant, timezone) -%}
    ({{ instant }} at time zone {{ timezone }})::date
{%- endmacro %}

{#- The names of all time zones. -#}
{% macro timezones() -%}
    {{ return(adapter.dispatch('timezones')()) }}
{%- endmacro %}

{% macro default__timezones() -%}
    (select name from pg_timezone_names)
{%- endmacro %}

{#- '21 Nov': how a date is written in a sentence. -#}
{% macro spoken_date(day) -%}
    to_char({{ day }}, 'FMDD Mon')
{%- endmacro %}

{#- A name reduced to what two systems agree on: 'DHL Express' and 'DHLExpress' are both 'dhlexpress'. -#}
{% macro plain_name(name) -%}
    {{ return(adapter.dispatch('plain_name')(name)) }}
{%- endmacro %}

{% macro default__plain_name(name) -%}
    regexp_replace(lower({{ name }}), '[^a-z0-9]', '', 'g')
{%- endmacro %}

{#- Hours from one instant to another, to a tenth; negative when `until` comes first. -#}
{% macro hours_between(since, until) -%}
    round((extract(epoch from {{ until }} - ({{ since }})) / 3600)::numeric, 1)
{%- endmacro %}

{#- '5 hours', or from two days on '3 days'. -#}
{% macro spoken_age(hours) -%}
case
    when {{ hours }} >= 48 then floor(({{ hours }}) / 24)::int || ' days'
    else greatest(round({{ hours }}), 1)::int || ' hours'
end
{%- endmacro %}

{#- The instant at which a local day ends: the next midnight of that zone. -#}
{% macro day_end(day, zone) -%}
    {{ return(adapter.dispatch('day_end')(day, zone)) }}
{%- endmacro %}

{% macro default__day_end(day, zone) -%}
    (cast({{ day }} + 1 as timestamp) at time zone {{ zone }})
{%- endmacro %}
