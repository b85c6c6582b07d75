{#- The rows of one account-day as Google's REST API words them: int64 as strings, cost in micros. -#}
{% macro campaign_rows(document) -%}
    {{ shred_once(document, '$[*]', 'campaign_id', {
        'campaign_id': 'text $.campaign.id',
        'campaign_name': 'text $.campaign.name',
        'channel_type': 'text $.campaign.advertisingChannelType',
        'currency': 'text $.customer.currencyCode',
        'account_timezone': 'text $.customer.timeZone',
        'impressions': 'bigint $.metrics.impressions',
        'clicks': 'bigint $.metrics.clicks',
        'cost_micros': 'numeric $.metrics.costMicros',
        'conversions': 'numeric $.metrics.conversions',
        'conversion_value_amount': 'numeric $.metrics.conversionsValue',
    }) }}
{%- endmacro %}


{#- The rows of one account-day as Meta's Graph API words them, one per campaign and publisher platform.

    Every number is text. Of the clicks those that led to the shop count, not likes. A purchase is listed under several
    action types, of which `purchase` is read; it is counted 7 days after a click and 1 day after a view, as the
    question fixed it, and not by `value`, which follows each ad set's own setting. -#}
{% macro placement_rows(document) -%}
(
    select
        told.*,
        {{ meta_purchases('told.actions', '7d_click') }} as clicked_conversions,
        {{ meta_purchases('told.actions', '1d_view') }} as viewed_conversions,
        {{ meta_purchases('told.action_values', '7d_click') }} as clicked_value_amount,
        {{ meta_purchases('told.action_values', '1d_view') }} as viewed_value_amount
    from {{ shred_once(document, '$[*]', 'campaign_id, placement', {
        'campaign_id': 'text $.campaign_id',
        'placement': 'text $.publisher_platform',
        'campaign_name': 'text $.campaign_name',
        'channel_type': 'text $.objective',
        'currency': 'text $.account_currency',
        'account_timezone': 'text $.asked.timezone_name',
        'attribution': 'text $.asked.attribution_windows',
        'impressions': 'bigint $.impressions',
        'clicks': 'bigint $.inline_link_clicks',
        'spend_amount': 'numeric $.spend',
        'actions': 'jsonb $.actions',
        'action_values': 'jsonb $.action_values',
    }) }} as told
)
{%- endmacro %}

{#- What a list of actions says of purchases in a window; its first word, should it have two. -#}
{% macro meta_purchases(list, window) -%}
    {{ return(adapter.dispatch('meta_purchases')(list, window)) }}
{%- endmacro %}

{% macro default__meta_purchases(list, window) -%}
    (jsonb_path_query_first({{ list }}, '$[*] ? (@.action_type == "purchase")."{{ window }}"') #>> '{}')::numeric
{%- endmacro %}

{#- The share of a day's final value that must usually be known before anybody is advised to cut its campaign. -#}
{% macro mature_at() -%}
    0.8
{%- endmacro %}

{#- Days after which nothing of a day changes any more: how far back each night asks, see include/sources. -#}
{% macro settled_after(platform) -%}
    case {{ platform }} when 'meta' then 28 else 30 end
{%- endmacro %}
