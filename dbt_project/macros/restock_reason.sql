{#- Why this advice, in one plain sentence with the numbers in it; null when nothing is to be done. -#}
{% macro restock_reason(row, location, donor, supplier) -%}
case {{ row }}.advice
    when 'TRANSFER' then {{ restock_state(row, location) }}
        || '; ' || {{ donor }} || ' can send ' || {{ spoken_number(row ~ '.offered_qty') }}
        || ' and stays above its own reorder point.'
    when 'EXPEDITE' then {{ restock_state(row, location) }}
        || '; ' || {{ row }}.expedite_po_name
        || case
            when {{ row }}.expedite_expected_date is null
                then coalesce(' is overdue since ' || {{ spoken_date(row ~ '.expedite_promised_date') }}, ' was promised for no day')
                || ' and past what this supplier ever needs: ask where it is.'
            else ' arrives only on ' || {{ spoken_date(row ~ '.expedite_expected_date') }}
                || ': ask ' || coalesce({{ supplier }}, 'the supplier') || ' to hurry it.'
        end
    when 'ORDER' then {{ restock_state(row, location) }}
        || '; its position of ' || {{ spoken_number(row ~ '.confirmed_position') }}
        || case when {{ row }}.on_order > 0 then ' (' || {{ spoken_number(row ~ '.on_order') }} || ' on order)' else '' end
        || ' is not above the reorder point of ' || {{ spoken_number(row ~ '.reorder_point') }}
        || case
            when {{ row }}.is_awaiting_approval and {{ row }}.advised_qty = 0
                then ': approve draft ' || {{ row }}.draft_po_name || ' (' || {{ spoken_number(row ~ '.draft_on_order') }} || ' units)'
            else ': order ' || {{ spoken_number(row ~ '.advised_qty') }}
                || coalesce(' from ' || {{ supplier }}, ' (no supplier is known)')
        end
        || case
            when {{ row }}.latest_order_date is null then '.'
            when {{ row }}.latest_order_date > {{ as_of_day() }}
                then ' by ' || {{ spoken_date(row ~ '.latest_order_date') }} || '.'
            else ' now, though it takes ' || {{ row }}.lead_time_days || ' days and comes too late.'
        end
        || case
            when {{ row }}.severity in ('out', 'late')
                then coalesce(' Hurry ' || {{ row }}.expedite_po_name || ' as well.', '')
            else ''
        end
end
{%- endmacro %}

{#- 'CMH1 has 12, sells 3.4 a day and runs out on 24 Nov'. -#}
{% macro restock_state(row, location) -%}
case
    when {{ row }}.available <= 0
        then {{ location }} || ' is out of stock and sells ' || {{ spoken_rate(row ~ '.daily_demand') }}
    else {{ location }} || ' has ' || {{ spoken_number(row ~ '.available') }}
        || ', sells ' || {{ spoken_rate(row ~ '.daily_demand') }}
        || coalesce(' and runs out on ' || {{ spoken_date(row ~ '.stockout_date') }}, '')
end
{%- endmacro %}

{#- 3.4 a day; what sells less than once in two days is told by the week, then by the month, then by the year. -#}
{% macro spoken_rate(daily) -%}
case
    when {{ daily }} >= 0.5 then trim(to_char({{ daily }}, 'FM999999990.0')) || ' a day'
    when {{ daily }} * 7 >= 0.5 then trim(to_char({{ daily }} * 7, 'FM999999990.0')) || ' a week'
    when {{ daily }} * 30 >= 0.5 then trim(to_char({{ daily }} * 30, 'FM999999990.0')) || ' a month'
    else trim(to_char({{ daily }} * 365, 'FM999999990.0')) || ' a year'
end
{%- endmacro %}

{% macro spoken_number(number) -%}
rtrim(to_char({{ number }}, 'FM999999999990.9'), '.')
{%- endmacro %}

{#- Whether any of these inputs is made up (ops.company.simulated is a comma list). -#}
{% macro is_simulated(inputs) -%}
    {{ return(adapter.dispatch('is_simulated')(inputs)) }}
{%- endmacro %}

{% macro default__is_simulated(inputs) -%}
    (string_to_array({{ company('simulated') }}, ',') && array['{{ inputs | join("', '") }}'])
{%- endmacro %}
