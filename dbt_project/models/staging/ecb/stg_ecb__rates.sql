select
    days.scope::date as rate_date,
    rates.currency,
    rates.units_per_euro
from {{ latest('ecb', 'rates') }} as days
cross join lateral {{ shred_once('days.payload', '$[*]', 'currency', {
    'currency': 'text $.currency',
    'units_per_euro': 'numeric $.rate',
}) }} as rates
