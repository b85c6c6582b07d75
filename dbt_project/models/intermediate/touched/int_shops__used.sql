-- Where this build placed what no store is known of, for the next one to compare with. Written when the difference to the last
-- one has been told: depends on {{ ref('int_touched__visitors') }}
select store_id from {{ ref('int_shops__usual') }}
