-- Units wanted per SKU, preferred location of the destination and business day: what people ordered there, whichever
-- warehouse it was shipped from, in our own SKUs (kits exploded). What a marketplace fulfils is wanted from its warehouses.
-- A store ahead of the company has begun its next day already: half a day is no day of demand, it counts tomorrow.
-- The price is what one unit brought that day, after discounts; of a kit's components nobody knows it.
select
    sku,
    location_id,
    business_date,
    sum(wanted_units) as units,
    sum(priced_reporting_amount) / nullif(sum(priced_units), 0) as price_amount
from {{ ref('int_units__sold') }}
where business_date > {{ as_of_day() }} - {{ restock_policy('history_days') }}
    and business_date <= {{ as_of_day() }}
    and location_id is not null
    and wanted_units > 0
group by sku, location_id, business_date
