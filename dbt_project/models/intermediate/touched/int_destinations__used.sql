-- From where this build sent to each destination, for the next one to compare with. Written when the difference to the
-- last one has been told: depends on {{ ref('int_touched__destinations') }}
select store_id, country, province, location_id from {{ ref('int_destinations__served') }}
