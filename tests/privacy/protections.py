"""What keeps people's data where it belongs and the warehouse shut, each with a mutation that takes it away and the tests
that notice. The table is of the kind of tests/traps/table.py."""

from tests.traps.mutate import MIGRATIONS
from tests.traps.table import Mutation, code

VAULT, ERASE, PULL = (
    "tests/privacy/test_vault.py",
    "tests/privacy/test_erase.py",
    "tests/sources/test_pull.py",
)
PII, KEPT = f"{MIGRATIONS}/0005_pii.sql", "tests/privacy/test_kept_and_guarded.py"

PROTECTIONS: tuple[Mutation, ...] = (
    code(
        "consent", "who said no is not written to", PII,
        "said.purpose = for_purpose AND said.granted", "said.purpose = for_purpose",
        f"{VAULT}::test_the_newest_statement_counts_and_a_tie_means_no",
    ),
    code(
        "consent", "a tie means no", PII,
        "said.effective_at DESC, said.granted;", "said.effective_at DESC, said.granted DESC;",
        f"{VAULT}::test_the_newest_statement_counts_and_a_tie_means_no",
    ),
    code(
        "consent", "it is only added to", f"{MIGRATIONS}/0013_privacy.sql",
        "BEFORE UPDATE OR DELETE ON pii.consent", "BEFORE UPDATE OF recorded_at ON pii.consent",
        f"{KEPT}::test_consent_is_only_ever_added_to_whoever_asks",
    ),
    code(
        "suppression", "who asked for silence is not written to", PII,
        "AND NOT EXISTS (SELECT FROM pii.suppression AS s WHERE s.hmac = ANY (known.suppression_hmacs))", "",
        f"{VAULT}::test_a_suppressed_person_is_never_reached",
    ),
    code(
        "suppression", "a list under several keys is asked under each", "include/privacy/suppression.py",
        "keys.append(settings.secret(name))", "keys[:] = [settings.secret(name)]",
        f"{VAULT}::test_suppression_survives_a_new_key",
    ),
    code(
        "erasure", "the vault takes nobody who was erased", f"{MIGRATIONS}/0009_identities.sql",
        "AND s.reason = 'erased'", "AND false",
        "tests/privacy/test_erased_by_request.py::test_whoever_was_to_be_erased_by_a_number_nobody_knew_is_never_written_to",
        f"{ERASE}::test_a_new_extraction_does_not_bring_the_person_back",
    ),
    code(
        "erasure", "it is done when nothing is found any more", "include/privacy/requests.py",
        "if searched.found:", "if False:",
        "tests/privacy/test_erased_by_request.py::test_what_cannot_be_erased_keeps_the_request_open_and_is_named",
    ),
    code(
        "door", "a webhook is believed by its signature", "include/privacy/webhooks.py",
        "hmac.compare_digest(signature, told.strip().encode())", "True",
        "tests/privacy/test_inbox.py::test_what_is_not_shopifys_word_is_set_aside_with_its_reason_and_does_nothing",
    ),
    code(
        "edge", "of a record only listed fields come in", "include/privacy/walk.py",
        "            if len(kept) != len(node):\n", "            kept = {**node, **kept}\n            if len(kept) != len(node):\n",
        "tests/edge/test_kept.py::test_only_listed_fields_are_kept_in_the_order_of_the_list",
    ),
    code(
        "edge", "a marketplace's buyers have no place in the vault", PII,
        " CHECK (source NOT LIKE 'amazon%')", "",
        f"{VAULT}::test_a_marketplaces_buyers_have_no_place_in_the_vault",
    ),
    code(
        "past", "nobody is asked for a past they do not know", "include/extract.py",
        "if not stream.askable_past:", "if False:",
        f"{PULL}::test_the_past_of_a_snapshot_cannot_be_asked_for",
    ),
    code(
        "roles", "who loads learns no addresses", PII,
        "pii.contacts(text[], text) TO nightshift_activation", "pii.contacts(text[], text) TO nightshift_activation, nightshift_loader",
        f"{VAULT}::test_the_loader_learns_nothing_from_the_vault",
    ),
    code(
        "roles", "the audit trail is written once", f"{MIGRATIONS}/0004_actions.sql",
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit", "BEFORE TRUNCATE ON ops.audit",
        f"{VAULT}::test_the_audit_trail_is_written_once",
    ),
    code(
        "network", "Postgres listens here only", "include/stack/postgres.py",
        "listen_addresses = '127.0.0.1'", "listen_addresses = '*'",
        "tests/stack/test_postgres.py::test_it_listens_on_this_machine_only_and_asks_for_a_password",
    ),
    code(
        "network", "nothing is told in the clear beyond this machine", "include/clients/urls.py",
        'if scheme == "http" and not (plain_http or is_loopback(host)):', "if False:",
        "tests/clients/test_tls.py::test_nothing_is_told_in_the_clear_beyond_this_machine",
    ),
)  # fmt: skip
