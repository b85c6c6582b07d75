{{ config(indexes=[{'columns': ['kind', 'key'], 'unique': true}]) }}

-- What this build used, for the next one to compare with. Written when the difference to the last one has been told:
-- depends on {{ ref('int_touched__inputs') }}
select kind, key, hash from {{ ref('int_inputs__hashed') }}
