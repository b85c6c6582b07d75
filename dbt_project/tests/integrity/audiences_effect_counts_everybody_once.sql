-- Everybody noted before the as-of day is on exactly one side or still under observation.
with noted as (
    select
        journal.audience,
        count(distinct coalesce(aliases.customer_key, journal.customer_key)) as people
    from {{ source('ops', 'audience_exposure') }} as journal
    left join {{ source('ops', 'customer_alias') }} as aliases on journal.customer_key = aliases.alias_key
    where journal.first_eligible_on < {{ as_of_day() }}
    group by journal.audience
)

select
    noted.audience,
    noted.people,
    effects.treated_people,
    effects.held_out_people,
    effects.people_under_observation
from noted
full join {{ ref('mart_audience_effect') }} as effects on noted.audience = effects.audience
where noted.people is distinct from
    effects.treated_people + effects.held_out_people + effects.people_under_observation
    or effects.treated_buyers > effects.treated_people
    or effects.held_out_buyers > effects.held_out_people
