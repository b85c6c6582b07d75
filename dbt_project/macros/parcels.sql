{#- A label that no carrier scanned for a month: there never was a parcel that could be late. -#}
{% macro was_never_handed_over(parcel) -%}
    (
        {{ parcel }}.picked_up_at is null
        and not {{ parcel }}.is_delivered
        and coalesce({{ parcel }}.label_created_at < {{ as_of_end() }} - interval '30 days', false)
    )
{%- endmacro %}
