"""Orders name their day, their currency and what was bought."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import mostly, never_null, new_payloads
from expectations.seen import record


def _money(name: str) -> str:
    return f"(r.payload #>> '{{{{{name},shopMoney,amount}}}}')::numeric as {name}"


_SUMS = new_payloads(
    "shopify_orders",
    ", ".join(
        _money(f"{name}Set") for name in ("subtotalPrice", "totalShippingPrice", "totalTax", "totalPrice")
    )
    + ", (r.payload ->> 'taxesIncluded')::bool as tax_is_inside",
)

_LINES = new_payloads(
    "shopify_orders",
    """(line ->> 'quantity')::numeric * (line #>> '{{originalUnitPriceSet,shopMoney,amount}}')::numeric
           - (line #>> '{{totalDiscountSet,shopMoney,amount}}')::numeric as explained,
       (line #>> '{{discountedTotalSet,shopMoney,amount}}')::numeric as told,
       (r.payload #>> '{{totalDiscountsSet,shopMoney,amount}}')::numeric as off""",
    "cross join lateral jsonb_array_elements(r.payload #> '{{lineItems,nodes}}') line",
)

# A product told again is compared with what was told of it last: its variants keep their ids and their SKUs.
_VARIANTS = new_payloads(
    "shopify_products",
    f"""variant ->> 'sku' as sku, count(*) over (partition by o.load_id, variant ->> 'sku') as so_named,
       (select earlier ->> 'sku'
        from raw.observation known
        join raw.load_log before on before.load_id = known.load_id and before.status <> 'held'
        {record("shopify_products", "known", "p")}
        cross join lateral jsonb_array_elements(p.payload #> '{{{{variants,nodes}}}}') earlier
        where known.stream = 'shopify_products' and (known.account, known.scope) = (o.account, o.scope)
          and known.load_id < o.load_id and earlier ->> 'id' = variant ->> 'id'
        order by known.load_id desc limit 1) as sku_before""",
    "cross join lateral jsonb_array_elements(r.payload #> '{{variants,nodes}}') variant",
)

CHECKS = (
    mostly(
        "order_sums",
        _SUMS,
        # tips and duties come on top
        "totalPriceSet - subtotalPriceSet - totalShippingPriceSet - case when tax_is_inside then 0 else totalTaxSet end"
        " between -0.05 - 0.01 * abs(totalPriceSet) and 0.05 + 0.3 * abs(totalPriceSet)",
        "the total is not subtotal, shipping and tax",
    ),
    mostly(
        "order_lines",
        _LINES,
        # a code's discount is told with the order
        "explained - told between -0.05 - 0.01 * abs(told) and 0.05 + 0.01 * abs(told) + coalesce(off, 0)",
        "a line is not its units times their price less discount",
    ),
    mostly(
        "variants_keep_their_sku",
        _VARIANTS,
        "coalesce(sku = sku_before, true) and (so_named = 1 or sku is null)",
        "variants have another SKU than before or share one",
        0.2,
    ),
    Check(
        "shopify_orders",
        new_payloads(
            "shopify_orders",
            """r.payload ->> 'createdAt' as created_at,
               r.payload ->> 'currencyCode' as currency,
               (r.payload #>> '{{totalPriceSet,shopMoney,amount}}')::float as total_amount,
               jsonb_array_length(r.payload #> '{{lineItems,nodes}}') as line_count""",
        ),
        "load_id",
        (
            *never_null("created_at", "currency", "total_amount"),
            gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
            gxe.ExpectColumnValuesToBeBetween(column="total_amount", min_value=0, mostly=0.9),
            gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1, mostly=0.8),
        ),
    ),
)
