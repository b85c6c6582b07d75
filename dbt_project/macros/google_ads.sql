{#- The rows of one account-day as Google's REST API words them: int64 as strings, cost in micros. -#}
{% macro campaign_rows(document) -%}
    {{ shred(document, '$[*]', {
        'campaign_id': 'text $.campaign.id',
        'campaign_name': 'text $.campaign.name',
        'channel_type': 'text $.campaign.advertisingChannelType',
        'currency': 'text $.customer.currencyCode',
        'account_timezone': 'text $.customer.timeZone',
        'impressions': 'bigint $.metrics.impressions',
        'clicks': 'bigint $.metrics.clicks',
        'cost_micros': 'bigint $.metrics.costMicros',
        'conversions': 'numeric $.metrics.conversions',
        'conversion_value_amount': 'numeric $.metrics.conversionsValue',
    }) }}
{%- endmacro %}
