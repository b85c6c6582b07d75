-- A warning that comes with the marketplace's own is none.
select marketplace, metric, target_rate, warn_rate
from {{ ref('marketplace_policies') }}
where (direction = 'max' and warn_rate >= target_rate)
    or (direction = 'min' and warn_rate <= target_rate)
