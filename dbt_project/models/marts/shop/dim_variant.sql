{{ config(meta={'publish': {'schema': 'mart', 'key': ['variant_id', 'valid_from'], 'history': 'replace'}}) }}

with versions as (
    select
        *,
        row_number() over (partition by variant_id order by version_at, epoch) = 1 as is_first,
        lag(row(sku, product_title, variant_title, price_amount)) over (
            partition by variant_id order by version_at, epoch
        ) as version_before,
        row(sku, product_title, variant_title, price_amount) as version
    from {{ ref('stg_shopify__variant_versions') }}
    where product_created_at < {{ as_of_end() }} and version_at < {{ as_of_end() }}
),

-- Only what this table shows makes a new version; the first one holds since the product was created. Of
-- versions with the same moment the one extracted last counts.
changes as (
    select distinct on (variant_id, valid_from)
        versions.*,
        case when is_first then least(product_created_at, version_at) else version_at end as valid_from
    from versions
    where is_first or version is distinct from version_before
    order by
        variant_id,
        case when is_first then least(product_created_at, version_at) else version_at end,
        epoch desc
),

periods as (
    select
        changes.*,
        lead(valid_from) over (partition by variant_id order by valid_from) as valid_to
    from changes
),

current_variants as (
    select variant_id, is_deleted from {{ ref('stg_shopify__variants') }}
)

select
    periods.variant_id,
    periods.valid_from,
    periods.valid_to,
    periods.valid_to is null as is_current,
    periods.store_id,
    periods.product_id,
    periods.sku,
    periods.product_title as title,
    -- The shop writes a variant's title as "14 OZ / Blue".
    nullif(nullif(trim(split_part(periods.variant_title, ' / ', 1)), ''), 'Default Title') as size,
    nullif(trim(split_part(periods.variant_title, ' / ', 2)), '') as colour,
    periods.price_amount,
    stores.currency,
    costs.unit_cost_amount,
    costs.unit_cost_currency,
    costs.cost_source,
    supplied.supplier_id,
    classes.abc_class,
    classes.xyz_class,
    -- A variant that its product no longer lists is gone as well.
    coalesce(current_variants.is_deleted, true) as is_deleted,
    supplied.erp_product_id
from periods
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = periods.store_id
left join current_variants on current_variants.variant_id = periods.variant_id
left join {{ ref('int_skus__costed') }} as costs on costs.sku = periods.sku
left join {{ ref('int_variants__supplied') }} as supplied on supplied.sku = periods.sku
left join {{ ref('int_variants__classified') }} as classes on classes.sku = periods.sku
