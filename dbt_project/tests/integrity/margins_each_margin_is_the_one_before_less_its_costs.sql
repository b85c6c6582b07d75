-- CM1 less the five costs is CM2, CM2 less advertising is CM3; and no margin is told without the one before it.
select store_id, channel_group, business_date, cm1_amount, cm2_amount, cm3_amount
from {{ ref('mart_daily_pnl') }}
where cm1_amount - shipping_cost_amount - handling_amount - payment_fees_amount - marketplace_fees_amount
        - return_handling_amount is distinct from cm2_amount
    or cm2_amount - ad_spend_amount is distinct from cm3_amount
    or cm2_reporting_amount - ad_spend_reporting_amount is distinct from cm3_reporting_amount
    or (cost_coverage_pct < 100 and cm1_amount is not null)
