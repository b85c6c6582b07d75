"""Traps of sales: quantities, joins, refunds, eligibility, discounts, currencies, days, people."""

from tests.traps.table import MARTS, MODELS, SALES, Mutation, model, models

UTC_DAY = "(orders.ordered_at at time zone 'UTC')::date as business_date"

MUTATIONS: tuple[Mutation, ...] = (
    model(
        "1 quantity above one", "a line total is the unit price times the quantity",
        f"{SALES}/int_shop_lines__discounted",
        "lines.unit_price_amount * lines.quantity as list_total_amount", "lines.unit_price_amount as list_total_amount",
        "order_discount_is_shared_to_the_cent_and_lines_add_up",
    ),
    model(
        "1 quantity above one", "what is in a line is counted by its units",
        f"{SALES}/int_order_units__mapped",
        "lines.quantity * coalesce(mapped.units_per, 1) as units", "coalesce(mapped.units_per, 1) as units",
        "channels_names_become_our_skus_as_of_the_orders_day",
    ),
    model(
        "2 fan-out", "refunds are brought to the order's grain before they meet its lines",
        f"{SALES}/int_orders__totalled", "where is_sale_line\n    group by order_id",
        "where is_sale_line\n    group by order_id, amount", "two_lines_and_two_refunds_do_not_multiply_each_other",
    ),
    model(
        "2 split shipments", "an order's shipments are brought to its grain before they meet it",
        f"{SALES}/int_orders__dated",
        "where status = 'SUCCESS' and created_at < {{ as_of_end() }}\n    group by order_id",
        "where status = 'SUCCESS' and created_at < {{ as_of_end() }}\n    group by order_id, created_at",
        "a_split_shipment_is_one_order",
    ),
    models(
        "3 refund timing", "a refund moves the day it was made on, not the day of its order",
        f"{MARTS}/shop/mart_daily_sales",
        {"refund_date as business_date": "order_date as business_date",
         "group by store_id, channel, refund_date": "group by store_id, channel, order_date"},
        "a_refund_moves_the_day_it_was_made_not_the_day_of_its_order",
    ),
    model(
        "3 refund timing", "a refund is dated by when it was made",
        f"{SALES}/int_refund_lines__booked",
        "{{ local_date('booked.refunded_at', 'orders.iana_timezone') }} as refund_date",
        "orders.business_date as refund_date", "money_given_back_is_worth_what_it_is_on_its_own_day",
    ),
    model(
        "4 gift cards", "a gift card is a debt, not a sale", f"{SALES}/int_order_lines__priced",
        "            and not lines.is_gift_card\n", "", "one_flag_says_what_counts",
    ),
    model(
        "4 test orders", "a test order is no sale", f"{SALES}/int_order_lines__priced",
        "not orders.is_test\n            and ", "", "one_flag_says_what_counts",
    ),
    model(
        "4 cancelled before payment", "an order voided before it was paid is no sale", f"{SALES}/int_order_lines__priced",
        "            and not orders.is_voided\n", "", "one_flag_says_what_counts",
    ),
    model(
        "4 cancelled after payment", "an order that was paid is not voided by its cancellation",
        f"{SALES}/int_orders__dated", "known.paid_at is null\n            and (known.", "true\n            and (known.",
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day",
    ),
    model(
        "4 one eligibility", "discounts obey the flag that gross obeys", f"{SALES}/int_orders__totalled",
        "sum(discount_amount) filter (where is_sale_line) as discounts_amount",
        "sum(discount_amount) as discounts_amount", "what_is_no_sale_has_no_discount_either",
    ),
    model(
        "5 several discounts", "cents left over are given out, so that lines add up to their order",
        f"{SALES}/int_shop_lines__discounted", "floor(exact_share) + case when remainder_rank <= cents_left then 1 else 0 end",
        "floor(exact_share)", "order_discount_is_shared_to_the_cent_and_lines_add_up",
    ),
    model(
        "5 several discounts", "a line's own discount and its share of the order's both count",
        f"{SALES}/int_shop_lines__discounted", "line_discounted_amount - share_cents / minor_units",
        "line_discounted_amount", "two_kinds_of_discount_are_both_on_their_lines",
    ),
    model(
        "5 order edits", "units taken off before they left are cancelled, not returned",
        f"{SALES}/int_refund_lines__booked",
        "lines.restock_type = 'CANCEL'\n            or orders.first_shipped_at is null\n            or orders.first_shipped_at > lines.refunded_at",
        "false", "each_refunded_unit_reverses_once",
    ),
    model(
        "9 refund at another rate", "a refund is worth what it is on its own day", f"{SALES}/int_refund_lines__booked",
        "{{ join_fx('fx', 'dated.currency', 'dated.refund_date') }}", "{{ join_fx('fx', 'dated.currency', 'dated.order_date') }}",
        "money_given_back_is_worth_what_it_is_on_its_own_day",
    ),
    model(
        "9 currencies", "each day has its own rate", f"{MARTS}/shop/dim_fx_rate",
        "on priced.rate_date = reporting.rate_date", "on reporting.rate_date = (select max(rate_date) from quoted)",
        "two_currencies_are_crossed_within_one_publication",
    ),
    model(
        "9 missing rate", "a week without news, and the rate is nobody's any more", f"{MARTS}/shop/dim_fx_rate",
        "priced.rate_date + 7", "priced.rate_date + 700", "two_currencies_are_crossed_within_one_publication",
    ),
    model(
        "10 days", "an order belongs to the day of its store's clock", f"{SALES}/int_orders__dated",
        "{{ local_date('orders.ordered_at', 'stores.iana_timezone') }} as business_date", UTC_DAY,
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day", "a_marketplaces_order_is_dated_in_its_zone",
    ),
    model(
        "10 DST", "the day on which clocks go back has 25 hours", f"{SALES}/int_orders__dated",
        "{{ local_date('orders.ordered_at', 'stores.iana_timezone') }} as business_date",
        "((orders.ordered_at at time zone 'UTC') - interval '4 hours')::date as business_date",
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day",
    ),
    model(
        "12 as of the day", "what is cancelled later has not happened yet", f"{SALES}/int_orders__dated",
        "case when orders.cancelled_at < {{ as_of_end() }} then orders.cancelled_at end", "orders.cancelled_at",
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day",
    ),
    model(
        "13 deleted records", "an order that is gone at its source is no sale", f"{SALES}/int_orders__dated",
        "where ordered_at < {{ as_of_end() }} and not is_deleted", "where ordered_at < {{ as_of_end() }}",
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day",
    ),
    model(
        "14 duplicate e-mails", "two customers of one person are one row, the newest", f"{MODELS}/intermediate/customers/int_customers__merged",
        "order by person_key, updated_at desc nulls last", "order by person_key, updated_at",
        "the_newest_record_speaks_for_a_person",
    ),
    model(
        "14 guests", "an order under an old key is its person's", f"{SALES}/int_orders__dated",
        "coalesce(aliases.customer_key, known.customer_key)", "known.customer_key",
        "an_order_is_dated_by_its_stores_clock_and_known_as_of_the_day",
    ),
    model(
        "14 cohorts", "a person's first order is the first of all time and stores", f"{SALES}/int_orders__ranked",
        "partition by customer_key order by ordered_at, order_id", "partition by customer_key, order_id order by ordered_at",
        "only_the_first_paid_order_of_a_recognised_person_is_new",
    ),
    model(
        "20 abandoned", "who bought since is no lost cart", f"{MARTS}/customers/fct_abandoned_carts",
        "when recoveries.order_id is not null or carts.completed_at", "when carts.completed_at",
        "a_cart_is_lost_only_when_its_person_bought_nothing_since",
    ),
)  # fmt: skip
