-- What this build's walks find at the opening of its last day, for the next one to compare with: the days before stay as they
-- are. Written when the difference to the last one has been told: depends on {{ ref('int_touched__shelves') }}
select sku, location_id, first_day, opening_quantity from {{ walks_until(as_of_day()) }} as walks
