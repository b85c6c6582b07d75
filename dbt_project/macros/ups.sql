{#- The instant of a UPS scan. GMT where it is told: '20260304' and '74700', which lost its leading zero, are 07:47:00Z.
    Else the local clock with its offset; without an offset it is read as UTC, as EasyPost does. -#}
{% macro ups_instant(scan) -%}
    case
        when {{ scan }}.gmt_date <> ''
            then ({{ scan }}.gmt_date || ' ' || {{ _ups_clock(scan ~ '.gmt_time') }} || '+00')::timestamptz
        when {{ scan }}.local_date <> ''
            then (
                {{ scan }}.local_date || ' ' || {{ _ups_clock(scan ~ '.local_time') }}
                || coalesce(nullif({{ scan }}.gmt_offset, ''), '+00')
            )::timestamptz
    end
{%- endmacro %}

{#- '74700', '07:47:00' and '074700' are all 07:47:00; no time is midnight. -#}
{% macro _ups_clock(written) -%}
    to_char(lpad(coalesce(regexp_replace({{ written }}, '\D', '', 'g'), ''), 6, '0')::int, 'FM00":"00":"00')
{%- endmacro %}

{#- The scans of a UPS payload, one row each. -#}
{% macro ups_scans(document) -%}
    {{ shred(document, '$.package[0].activity[*]', {
        'gmt_date': 'text $.gmtDate',
        'gmt_time': 'text $.gmtTime',
        'gmt_offset': 'text $.gmtOffset',
        'local_date': 'text $.date',
        'local_time': 'text $.time',
        'status_type': 'text $.status.type',
        'status_code': 'text $.status.code',
        'city': 'text $.location.address.city',
        'province': 'text $.location.address.stateProvince',
        'country': 'text $.location.address.countryCode',
    }) }}
{%- endmacro %}

{#- The dates of a UPS payload: 'SDD' scheduled, 'RDD' rescheduled, 'DEL' delivered; NULL when it tells none. -#}
{% macro ups_date(document, kind) -%}
    nullif(
        jsonb_path_query_first({{ document }}, '$.package[0].deliveryDate[*] ? (@.type == "{{ kind }}").date') #>> '{}', ''
    )::date
{%- endmacro %}
