-- From where this build walked, for the next one to compare with. Written when the difference to the last one has been told:
-- depends on {{ ref('int_touched__shelves') }}
select sku, location_id, first_day, offset_quantity from {{ ref('int_stock_walks__anchored') }}
