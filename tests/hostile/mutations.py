"""The protections against hostile vendors, each with a mutation that takes it away and the tests that notice."""

from tests.traps.table import Mutation, code

CLIENTS, SESSION = "include/clients", "tests/clients/test_session.py"
DESTINATIONS, RECEIPTS = "include/activation/destinations", "tests/activation/test_receipts.py"
ASIDE, PULL = "tests/edge/test_put_aside.py", "tests/sources/test_pull.py"

MUTATIONS: tuple[Mutation, ...] = (
    code(
        "elsewhere", "addresses stay on their origin", f"{CLIENTS}/urls.py",
        "if origin(target) != origin(base):", "if False:",
        f"{SESSION}::test_neither_a_next_page_nor_a_redirect_leads_elsewhere",
    ),
    code(
        "elsewhere", "files come from our vendor or the hosts it names", f"{CLIENTS}/session.py",
        "target = url if elsewhere else self.url(url)", 'target = url if "://" in url else self.url(url)',
        f"{SESSION}::test_a_download_leads_nowhere_else",
    ),
    code(
        "elsewhere", "files come over https alone, from hosts that are named", f"{CLIENTS}/session.py",
        'return scheme == "https" and port == 443 and host in hosts', "return True",
        f"{SESSION}::test_a_download_leads_nowhere_else",
    ),
    code(
        "elsewhere", "files elsewhere are fetched without credentials", f"{CLIENTS}/session.py",
        "signed=not elsewhere", "signed=True",
        f"{SESSION}::test_a_file_on_a_host_the_vendor_names_is_fetched_without_credentials",
    ),
    code(
        "elsewhere", "secrets are taken out of messages", f"{CLIENTS}/session.py",
        'text = text.replace(secret, "***")', "pass", f"{SESSION}::test_secrets_of_a_path_are_hidden",
    ),
    code(
        "bombs", "decoded bytes are counted", f"{CLIENTS}/exchange.py",
        "if size > most:", "if False:", f"{SESSION}::test_a_zip_bomb_stops_early",
    ),
    code(
        "bombs", "what unfolds too far is a bomb", f"{CLIENTS}/exchange.py",
        "if size > NO_BOMB and", "if False and", "tests/clients/test_exchange.py::test_what_unfolds_beyond_all_measure_is_refused",
    ),
    code(
        "bombs", "nesting has an end", f"{CLIENTS}/json.py",
        "except RecursionError:", "except ZeroDivisionError:", "tests/clients/test_json.py::test_bottomless_nesting_stops",
    ),
    code(
        "bombs", "values are counted", f"{CLIENTS}/json.py",
        'text.count(b",") > MOST_VALUES', "False", "tests/clients/test_json.py::test_too_many_values_stop",
    ),
    code(
        "time", "an exchange has an end", f"{CLIENTS}/exchange.py",
        "time.monotonic() + _longest.get()", "time.monotonic() + 1e6",
        "tests/clients/test_exchange.py::test_an_answer_that_drips_is_given_up_and_asked_for_again",
    ),
    code(
        "time", "nobody is believed who asks for more than an hour", f"{CLIENTS}/pace.py",
        "return min(seconds, LONGEST_RETRY_AFTER)", "return seconds",
        f"{SESSION}::test_a_long_retry_after_is_left_to_a_later_run",
    ),
    code(
        "time", "no sleep is longer than a minute", f"{CLIENTS}/session.py",
        "pause > min(LONGEST_WAIT, left)", "pause > 1e9", f"{SESSION}::test_a_long_retry_after_is_left_to_a_later_run",
    ),
    code(
        "bodies", "what is no JSON is asked for again", f"{CLIENTS}/reply.py",
        'raise Again("answered cut or broken JSON") from None', "pass",
        f"{SESSION}::test_an_answer_that_is_no_data_is_asked_for_again",
    ),
    code(
        "bodies", "errors are looked at before data", f"{CLIENTS}/graphql.py",
        'if not errors and isinstance(reply.get("data"), dict):', 'if isinstance(reply.get("data"), dict):',
        "tests/clients/test_graphql.py::test_part_of_an_answer_is_no_answer",
    ),
    code(
        "bodies", "a shape nobody foresaw is an error with a name", "include/extract.py",
        "except STRANGE as strange:", "except ZeroDivisionError as strange:",
        f"{PULL}::test_an_answer_of_a_shape_nobody_foresaw_names_the_stream_and_the_place_and_quotes_nothing",
    ),
    code(
        "pages", "the same page twice is not the next", f"{CLIENTS}/pages.py",
        "if records and records == before:", "if False:",
        "tests/clients/test_pages.py::test_the_same_page_twice_is_not_taken_for_the_next",
    ),
    code(
        "pages", "a lake's page is the one that was written", "include/lake/reading.py",
        'if hashlib.sha256(packed).hexdigest() != listed["sha256"]:', "if False:",
        "tests/test_lake.py::test_a_damaged_page_is_refused_before_a_line_of_it_is_read",
    ),
    code(
        "sign-in", "one signs in at a time", "include/warehouse/tokens.py",
        " FOR UPDATE", "", "tests/warehouse/test_tokens.py::test_of_many_who_sign_in_at_once_each_has_the_newest_token",
    ),
    code(
        "sign-in", "a rotated token is kept", f"{CLIENTS}/auth.py",
        "turn.keep(rotated)", "pass",
        "tests/warehouse/test_tokens.py::test_the_next_night_signs_in_with_the_token_the_vendor_gave_tonight",
    ),
    code(
        "values", "numbers are what Postgres reads", "include/privacy/values.py",
        "abs(value) < LARGEST", "True", f"{ASIDE}::test_a_number_that_no_sum_could_hold_puts_its_record_aside",
    ),
    code(
        "values", "instants are what Postgres reads", "include/privacy/values.py",
        "INSTANT.fullmatch(value)", "True",
        f"{ASIDE}::test_an_instant_that_postgres_would_not_read_puts_its_record_aside",
    ),
    code(
        "values", "a text that holds the tag is no consent", "include/sources/shopify/people.py",
        "tags if isinstance(tags, list) else []", "tags or []",
        "tests/sources/test_shopify.py::test_a_text_that_holds_the_tags_name_is_no_consent",
    ),
    code(
        "values", "a number too large for a Decimal is refused alone", "include/privacy/typed.py",
        "float_hook=decimal", 'float_hook=__import__("decimal").Decimal',
        "tests/privacy/test_typed.py::test_a_number_too_large_for_a_decimal_ends_no_night",
    ),
    code(
        "receipts", "only Slack's word is a receipt", f"{DESTINATIONS}/slack.py",
        "if reply.body.strip() != ACCEPTED:", "if False:",
        "tests/activation/test_destinations.py::test_slack_is_unsure_when_the_answer_is_lost_and_does_not_repeat",
    ),
    code(
        "receipts", "an order without our key is none", f"{DESTINATIONS}/odoo.py",
        'if not (isinstance(has, dict) and "origin" in has):', "if False:",
        f"{RECEIPTS}::test_an_erp_that_does_not_know_its_own_fields_gets_no_order_without_our_key",
    ),
    code(
        "receipts", "Meta counts what it received", f"{DESTINATIONS}/meta.py",
        'if not isinstance(answer, dict) or not isinstance(answer.get("num_received"), int):', "if False:",
        f"{RECEIPTS}::test_a_batch_without_a_count_is_not_received",
    ),
    code(
        "receipts", "a removal is answered by 204", f"{DESTINATIONS}/klaviyo.py",
        "if reply.status != 204:", "if False:",
        f"{RECEIPTS}::test_who_shall_leave_a_list_has_not_left_because_a_page_says_200",
    ),
    code(
        "shown", "no cell begins as a formula", "include/activation/safe_csv.py",
        "return f\"'{text}\" if", "return text if", "tests/activation/test_safe_csv.py::test_a_text_never_begins_as_a_formula",
    ),
    code(
        "shown", "pages escape", "include/activation/reports/pages.py",
        "autoescape=True", "autoescape=False",
        "tests/activation/test_restock.py::test_names_from_outside_are_neither_mark_up_nor_mentions",
    ),
    code(
        "shown", "the console escapes", "include/stack/telling.py",
        "return escape(", "return str(", "tests/stack/test_summary.py::test_names_that_look_like_markup_are_shown_as_they_are",
    ),
)  # fmt: skip
