-- Who looked at what on which day, for the next build to compare with. Written when the difference to the last one has been
-- told: depends on {{ ref('int_touched__looks') }}
{{ daily_looks() }}
