"""Traps of everything but sales: ads, parcels, stock, tickets of time, sources, audiences."""

from tests.traps.table import MARTS, MODELS, Mutation, code, model

BETWEEN = f"{MODELS}/intermediate"
MACROS = "dbt_project/macros"
DELETIONS = "tests/warehouse/test_deletions.py"

MUTATIONS: tuple[Mutation, ...] = (
    model(
        "6 ads restated to nothing", "a campaign that is no longer listed counts as zero from then on",
        f"{BETWEEN}/marketing/int_ad_days__observed", "left join observations", "inner join observations",
        "a_campaign_taken_back_counts_as_zero_from_then_on",
    ),
    model(
        "6 ads restated up and down", "every later claim that differs is told",
        f"{MARTS}/marketing/fct_ad_restatement", "where claim is distinct from claim_before", "where claim_before is null",
        "a_restatement_is_a_claim_that_differs_from_the_one_before",
    ),
    model(
        "6 first value kept", "the first report is the first after the day was over",
        f"{MARTS}/marketing/fct_ad_performance_daily", "where days_after >= 1", "where days_after >= 0",
        "the_first_report_is_the_first_after_the_day_was_over",
    ),
    model(
        "7 keys of ads", "a placement is part of the key", f"{BETWEEN}/marketing/int_ad_days__observed",
        "    and observations.placement = campaigns.placement\n", "", "placements_together_are_one_campaign",
    ),
    model(
        "10 promises are days", "on time is judged by the day at the destination",
        f"{BETWEEN}/delivery/int_shipments__judged", "{{ local_date('delivered_at', 'destination_timezone') }}",
        "(delivered_at at time zone 'UTC')::date", "on_time_is_judged_by_the_destinations_day",
    ),
    model(
        "13 late scans", "scans count by when they happened, not by when they were told",
        f"{BETWEEN}/delivery/int_trackers__scanned", "partition by events.tracker_id order by events.occurred_at",
        "partition by events.tracker_id order by events.first_told_at", "a_scan_that_is_told_late_undoes_nothing_that_happened_after_it",
    ),
    model(
        "15 clocks of promises", "what is paid after the cut-off leaves the next day",
        f"{BETWEEN}/delivery/int_orders__due_to_ship", ">= cutoffs.cutoff_time then 1 else 0", ">= cutoffs.cutoff_time then 0 else 0",
        "orders_after_the_cut_off_leave_the_next_open_day",
    ),
    model(
        "16 spines", "a SKU has days only where it was stocked or wanted", f"{BETWEEN}/restock/int_demand__observed",
        "select sku, location_id, business_date from demand\n",
        "select demand.sku, locations.location_id, business_date from demand cross join locations\n",
        "days_are_counted_only_where_a_sku_was_stocked_or_wanted",
    ),
    model(
        "18 restock fires twice", "drafts count in the quantity", f"{BETWEEN}/restock/int_restock__needs",
        "{{ quantity_wanted('position', ", "{{ quantity_wanted('confirmed_position', ",
        "quantity_respects_position_moq_pack_and_drafts",
    ),
    model(
        "18 restock fires twice", "late orders and drafts are in the position", f"{BETWEEN}/restock/int_restock__positions",
        "    + coalesce(orders.draft_on_order, 0) as position", "    as position", "drafts_and_late_orders_are_in_the_position",
    ),
    model(
        "8 platforms' claims", "what platforms claim is never added up", f"{MARTS}/marketing/mart_marketing_efficiency_daily",
        "cast(null as numeric) as platform_value_amount", "sum(platform_value_amount) as platform_value_amount",
        "every_rate_is_a_ratio_of_sums_and_null_without_a_denominator",
    ),
    code(
        "9 missing rate", "without a rate there is no amount, never the same number", f"{MACROS}/fx.sql",
        "else {{ alias }}.rate end", "else coalesce({{ alias }}.rate, 1) end",
        "a_line_costs_what_is_in_it_in_two_currencies",
    ),
    code(
        "9 missing rate", "a total with an unknown part is unknown", f"{MACROS}/fx.sql",
        "when count(*) filter (where {{ among }}) = count({{ amount }}) filter (where {{ among }})\n            then",
        "when true\n            then", "paid_orders_of_all_shops_add_up_in_the_reporting_currency",
    ),
    code(
        "10 DST", "a day ends at its zone's next midnight", f"{MACROS}/calendar.sql",
        "(cast({{ day }} + 1 as timestamp) at time zone {{ zone }})",
        "((cast({{ day }} as timestamp) at time zone {{ zone }}) + interval '24 hours')", "a_day_of_25_hours_ends_an_hour_later", "a_day_of_23_hours_ends_an_hour_earlier",
    ),
    code(
        "10 DST", "a day is 23, 24 or 25 hours long", "include/window.py", "midnight(day + timedelta(days=1), zone))",
        "midnight(day, zone) + timedelta(hours=24))", "tests/test_window.py::test_days_are_as_long_as_their_clocks_say",
    ),
    code(
        "6 ads asked again", "each night asks for the days a platform still changes", "include/pull.py",
        "day_began - stream_of(account, stream).overlap", "day_began", "tests/sources/test_pull.py::test_the_second_night_begins_where_the_first_ended",
    ),
    code(
        "6 newest observation", "of a day's statements the newest wins whole", f"{MACROS}/raw.sql",
        "            loads.epoch desc,\n            loads.load_id desc", "            loads.epoch,\n            loads.load_id",
        "tests/warehouse/test_raw_macros.py::test_winners_are_chosen_by_what_a_stream_is",
    ),
    code(
        "11 incremental", "what an incremental model held of a touched record goes first", f"{MACROS}/touched.sql",
        "where {{ key }} in (select scope from", "where false and {{ key }} in (select scope from",
        "tests/warehouse/test_raw_macros.py::test_building_little_by_little_equals_building_everything",
    ),
    code(
        "12 now", "no model looks at the clock", f"{MARTS}/shop/dim_store.sql", "select", "select current_date as today,",
        "tests/dbt/test_model_rules.py::test_no_sql_looks_at_the_clock",
    ),
    code(
        "13 lost rows", "a report that was cancelled is empty, one that failed is not", "include/sources/amazon/reports.py",
        'if status == "CANCELLED":', 'if status in ("CANCELLED", "FATAL"):',
        "tests/sources/test_amazon_reports.py::test_a_cancelled_report_is_an_empty_answer_and_a_fatal_one_is_not",
    ),
    code(
        "13 ties on update time", "of two versions of one moment the last read counts", "include/warehouse/staging.py",
        "source_updated_at DESC NULLS LAST, place DESC", "source_updated_at DESC NULLS LAST, place",
        "tests/warehouse/test_load.py::test_of_two_versions_of_one_moment_the_one_read_last_counts",
    ),
    code(
        "13 ties across page edges", "a window holds its start", "include/sources/shopify/client.py",
        "updated_at:>='{_second(window.start)}'", "updated_at:>'{_second(window.start)}'",
        "tests/sources/test_shopify.py::test_a_window_holds_its_start_and_not_its_end",
    ),
    code(
        "13 ties across page edges", "the next page is asked for by the cursor of the last one",
        "include/sources/shopify/client.py", '{**variables, "after": after}', '{**variables, "after": None}',
        "tests/sources/test_shopify_ties.py::test_forty_orders_of_one_second_are_read_once_each",
    ),
    code(
        "13 sets that change while paged", "the next page begins after the last key, full pages are not the last",
        "include/clients/pages.py", "if len(records) < size:", "if len(records) <= size:",
        "tests/clients/test_pages.py::test_a_set_that_changes_between_pages_loses_nothing_that_stays",
    ),
    code(
        "13 deleted records", "a scan that finds nothing is not believed", "include/deletions.py",
        "if missed and not found:", "if False:", f"{DELETIONS}::test_a_scan_that_finds_nothing_at_all_marks_nothing",
        f"{DELETIONS}::test_an_empty_catalogue_of_few_is_not_believed_either",
    ),
    code(
        "13 deleted records", "a scan that misses too much is not believed", "include/deletions.py",
        "elif missed > max(FEW, known // MOST):", "elif False:",
        f"{DELETIONS}::test_a_scan_that_was_cut_at_half_marks_nothing_and_unmarks_nothing",
    ),
    code(
        "14 duplicate e-mails", "blanks and case make no second person", "include/privacy/keys.py",
        ".strip().lower()", ".strip()", "tests/privacy/test_keys.py::test_blanks_and_case_never_make_a_second_person",
    ),
    code(
        "19 audience removals", "removals wait for no stale source", "include/activation/membership.py",
        "remove = [key for key", "remove = [] if is_stale else [key for key",
        "tests/activation/test_audiences.py::test_opting_out_removes_even_when_a_source_is_stale",
    ),
    code(
        "17 schema drift", "what cannot be used is put aside, and the rest lands", "include/extract.py",
        "                spool.add_bad(_bad(bad, bad.record))\n                continue", "                raise",
        "tests/sources/test_pull.py::test_a_record_that_cannot_be_used_is_put_aside_and_the_rest_lands",
    ),
)  # fmt: skip
