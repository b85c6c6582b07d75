{{ config(indexes=[{'columns': ['kind', 'key'], 'unique': true}]) }}

-- What this build used, for the next one to compare with. Written when the difference to the last one has been told, and who
-- had been one person: depends on {{ ref('int_touched__inputs') }} and {{ ref('int_touched__people') }}
select kind, key, hash from {{ ref('int_inputs__hashed') }}
