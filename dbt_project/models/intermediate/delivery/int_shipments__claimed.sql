{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

-- Late is not yet claimable. What went wrong with a parcel meets the terms its carrier had on the day of shipping:
-- a delay can be claimed only where the carrier guaranteed a day and broke it without an excuse of its own; lost and
-- damaged parcels are liable up to a limit. Each names its last day to file, or why there is nothing to file.
with troubled as (
    select
        *,
        case
            when is_lost then 'lost'
            when is_damaged then 'damaged'
            when is_late then 'late'
        end as claim_type
    from {{ of_touched(ref('int_shipments__judged'), 'shipments') }} as judged
),

termed as (
    select distinct on (troubled.shipment_id)
        troubled.*,
        terms.claim_type is not null as has_terms,
        coalesce(terms.is_guaranteed, false) as is_guaranteed,
        terms.days_to_file,
        case when terms.currency = troubled.currency then terms.max_liability_amount end as max_liability_amount,
        terms.exclusions,
        terms.evidence
    from troubled
    left join {{ ref('carrier_claim_terms') }} as terms
        on terms.carrier = troubled.carrier
        and terms.service in (troubled.service, '*')
        and terms.claim_type = troubled.claim_type
        and troubled.business_date >= terms.valid_from
        and (terms.valid_to is null or troubled.business_date < terms.valid_to)
    where troubled.claim_type is not null
    order by troubled.shipment_id, (terms.service = '*'), terms.valid_from desc
),

dated as (
    select
        *,
        case
            when claim_type = 'late' then coalesce(guaranteed_date, promised_date)
            else business_date
        end + days_to_file as file_by_date,
        -- What the buyer paid stands for the freight; where that was nothing, only the carrier's invoice knows the amount.
        case when claim_type = 'late' then nullif(total_shipping_amount, 0) else subtotal_amount end as worth_amount,
        case
            when not has_terms then carrier || ' has no terms on file for a ' || claim_type || ' parcel.'
            when not is_guaranteed then carrier || ' ' || service || ' is ' || coalesce(exclusions, 'not guaranteed') || '.'
            when claim_type = 'late' and guaranteed_date is null
                then carrier || ' guaranteed no day for this parcel.'
            when claim_type = 'late' and coalesce(attempt_date, {{ as_of_day() }}) <= guaranteed_date
                then carrier || ' kept its guaranteed day ' || {{ spoken_date('guaranteed_date') }} || '.'
            when claim_type = 'late' and is_carrier_excused
                then 'The terms exclude what delayed it: ' || coalesce(exclusions, 'see the terms') || '.'
        end as obstacle
    from termed
)

select
    shipment_id,
    order_id,
    claim_type,
    case when obstacle is null and file_by_date >= {{ as_of_day() }} + 1 then 'claimable' else 'ineligible' end as claim_status,
    case when obstacle is null then file_by_date end as claim_file_by_date,
    case
        when obstacle is null and file_by_date >= {{ as_of_day() }} + 1 and worth_amount is not null then round(least(
            worth_amount / parcels_of_order,
            coalesce(max_liability_amount, total_shipping_amount + subtotal_amount)
        ), 2)
    end as claim_amount,
    case
        when obstacle is not null then obstacle
        when file_by_date < {{ as_of_day() }} + 1 then 'The time to file ended on ' || {{ spoken_date('file_by_date') }} || '.'
        when claim_type = 'late' then 'Guaranteed for ' || {{ spoken_date('guaranteed_date') }} || '; send ' || evidence || '.'
        else 'Reported ' || claim_type || '; send ' || evidence || '.'
    end as claim_reason
from dated
