"""The protections against faults, each with a mutation that takes it out and the tests that notice.

The table is of the kind of tests/traps/table.py: a text of one file is replaced by another, at least one guard must fail.
"""

from tests.traps.table import Mutation, code

LOAD, ATTEMPTS, WRITTEN, BUILD, PUBLISH, ALONGSIDE, STAGING = (
    f"include/warehouse/{name}.py"
    for name in ("load", "attempts", "written", "build", "publish", "alongside", "staging")
)
CLAIMS, SPOOL, PLACES = "include/activation/claims.py", "include/lake/spool.py", "include/lake/places.py"
PULLS, BUILDS = "tests/chaos/test_killed_pulls.py", "tests/chaos/test_killed_builds.py"
ASLEEP = f"{PULLS}::test_a_pull_that_sleeps_at_the_worst_moment_changes_nothing_when_it_wakes"
LOADS, STAGED = "tests/warehouse/test_load.py", "tests/warehouse/test_alongside.py"
STOPPED = f"{BUILDS}::test_a_stopped_builder_loses_its_lock_and_publishes_nothing_when_it_wakes"
LEDGER = "tests/activation/test_ledger.py"

PROTECTIONS: tuple[Mutation, ...] = (
    code(
        "advisory lock",
        "two loads of a stream wait for each other",
        ATTEMPTS,
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        "SELECT hashtextextended(%s, 0)",
        f"{LOADS}::test_many_loads_of_one_window_at_once_give_what_one_gives",
        "tests/chaos/test_overlaps.py::test_overlapping_runs_of_the_same_days_give_what_a_serial_row_gives",
    ),
    code(
        "advisory lock",
        "whoever writes down who may not come back waits for whoever does so",
        "include/privacy/outside.py",
        'conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])',
        "pass",
        "tests/privacy/test_outside.py::test_of_two_writers_neither_forgets_whom_the_other_has_just_written_down",
    ),
    code(
        "take-over",
        "an attempt of the same load that is stuck is cut off",
        ATTEMPTS,
        "SELECT pg_terminate_backend(pid, 5000) FROM",
        "SELECT pid FROM",
        ASLEEP,
    ),
    code(
        "fencing epoch",
        "an attempt that a later one of its run has overtaken brings nothing",
        LOAD,
        "AND epoch > %(epoch)s ORDER",
        "AND epoch > %(epoch)s AND false ORDER",
        ASLEEP,
    ),
    code(
        "one manifest",
        "a manifest is written once",
        PLACES,
        "os.link(draft, path)",
        "os.replace(draft, path)",
        "tests/test_lake.py::test_a_manifest_is_written_once",
        ASLEEP,
    ),
    code(
        "one transaction",
        "rows, people and cursor of a load are committed together",
        LOAD,
        "    quarantine(conn, manifest, staging.load_id, bad)\n",
        "    conn.commit()\n    quarantine(conn, manifest, staging.load_id, bad)\n",
        f"{LOADS}::test_a_load_that_dies_anywhere_leaves_nothing_and_can_be_repeated",
    ),
    code(
        "one transaction of what was staged",
        "rows that were staged while extracting are committed together as well",
        ALONGSIDE,
        'connect(self._settings, "loader"), time',
        'connect(self._settings, "loader", autocommit=True), time',
        f"{STAGED}::test_nobody_sees_half_of_what_was_staged",
    ),
    code(
        "one name for a night's attempts",
        "a retry that asks for more than the stuck attempt before it cuts that off too",
        ATTEMPTS,
        'windows = () if of["mode"] == "nightly" else (',
        'windows = () if of["mode"] == "never" else (',
        ASLEEP,
    ),
    code(
        "staged against what raw held",
        "a staged payload that need not be sent is still there when its load is committed",
        STAGING,
        "(self._known and self._held.lacks_any(self._seen)) or not",
        "not",
        f"{STAGED}::test_a_payload_that_raw_lost_meanwhile_is_brought_back",
    ),
    code(
        "staged before an erasure",
        "who is erased while rows are staged does not come in with them",
        STAGING,
        " or not self._erased.still_holds()",
        "",
        f"{STAGED}::test_who_is_erased_meanwhile_does_not_come_in",
    ),
    code(
        "an erasure waits for the build",
        "what a running model has read of a person is not committed after they were erased",
        "include/privacy/erase.py",
        "if not row or not row[0]:",
        "if False:",
        "tests/privacy/test_erase.py::test_an_erasure_waits_for_the_build_that_runs_whose_models_may_still_commit_the_person",
    ),
    code(
        "an erasure waits for loads",
        "who is erased between a load's last look and its commit does not come in with it",
        "include/warehouse/erased.py",
        "SELECT pg_advisory_xact_lock_shared(%s)",
        "SELECT %s > 0",
        "tests/privacy/test_erase.py::test_who_is_erased_while_a_load_commits_does_not_come_in_with_it",
    ),
    code(
        "the lake as a second way",
        "what was staged may be of no use any more: the lake has it all",
        ALONGSIDE,
        "except Wait as trouble:",
        "except ZeroDivisionError as trouble:",
        f"{STAGED}::test_a_payload_that_raw_lost_meanwhile_is_brought_back",
    ),
    code(
        "cursor with data",
        "the cursor moves after the rows, in their transaction",
        LOAD,
        "    load_vault(conn, settings, _people(uri, manifest))\n    advance(conn, manifest)\n",
        "    advance(conn, manifest)\n    conn.commit()\n    load_vault(conn, settings, _people(uri, manifest))\n",
        f"{LOADS}::test_a_load_that_dies_anywhere_leaves_nothing_and_can_be_repeated",
    ),
    code(
        "cursor",
        "the cursor never goes back",
        WRITTEN,
        "greatest(known.landed_until, excluded.landed_until)",
        "excluded.landed_until",
        f"{LOADS}::test_the_cursor_moves_by_complete_nights_only_and_never_back",
    ),
    code(
        "manifest last",
        "an extraction without its manifest was never made",
        SPOOL,
        "        self._done = True\n",
        "        (self.folder / listed['pages'][0]['name']).unlink()\n        self._done = True\n",
        f"{PULLS}::test_a_pull_killed_at_a_step_is_made_good_by_one_retry",
    ),
    code(
        "builder's lock",
        "one build at a time",
        BUILD,
        "SELECT pg_try_advisory_lock(%s)",
        "SELECT true OR %s > 0",
        "tests/warehouse/test_build.py::test_of_many_builders_at_once_one_builds",
        "tests/warehouse/test_build.py::test_a_second_builder_is_told_who_is_at_work",
    ),
    code(
        "builder's lease",
        "a builder that is silent loses its lock",
        BUILD,
        "SELECT set_config('idle_session_timeout', %s, false)",
        "SELECT %s::text",
        STOPPED,
    ),
    code(
        "builder's fence",
        "a builder that was taken over publishes nothing",
        PUBLISH,
        " WHERE build_id = %s AND status = 'running' RETURNING as_of_day",
        " WHERE build_id = %s RETURNING as_of_day",
        STOPPED,
        "tests/warehouse/test_publish.py::test_a_build_that_was_taken_over_publishes_nothing",
    ),
    code(
        "one publication",
        "all marts are published in one transaction",
        PUBLISH,
        "    added, changed, removed = (sum(each)",
        "    conn.commit()\n    added, changed, removed = (sum(each)",
        "tests/warehouse/test_readers.py::test_a_reader_never_sees_an_empty_half_or_mixed_night",
    ),
    code(
        "stable tables",
        "tables are brought by difference, never emptied",
        PUBLISH,
        "    changes = [_bring_part(",
        '    conn.execute(sql.SQL("TRUNCATE {}").format(table.target))\n    changes = [_bring_part(',
        "tests/warehouse/test_readers.py::test_a_reader_never_sees_an_empty_half_or_mixed_night",
    ),
    code(
        "outbox claim",
        "an action is sent by one sender at a time",
        CLAIMS,
        "pg_try_advisory_lock(%(space)s, action_id::int)",
        "%(space)s > 0",
        f"{LEDGER}::test_two_senders_at_once_send_each_action_once",
        f"{LEDGER}::test_what_is_being_sent_is_not_cancelled",
    ),
    code(
        "outbox mark",
        "a copy that may be out is said to be possibly repeated",
        CLAIMS,
        "OR (status = 'sending' AND (last_error",
        "OR (false AND (last_error",
        f"{LEDGER}::test_a_crash_between_sending_and_confirming_is_remembered",
        f"{LEDGER}::test_a_lost_answer_makes_the_next_copy_a_possible_repetition",
    ),
    code(
        "idempotency key",
        "the ERP is asked for our key before an order is made",
        "include/activation/destinations/odoo.py",
        '            if found:\n                return {**found, "created": False}',
        '            if found and key == "":\n                return {**found, "created": False}',
        "tests/activation/test_destinations.py::test_an_erp_without_our_field_is_asked_for_the_key_in_its_origin",
    ),
    code(
        "dead clients",
        "a statement ends with the client that asked for it",
        "include/warehouse/roles.py",
        '"client_connection_check_interval": "500ms"',
        '"client_connection_check_interval": "0"',
        "tests/chaos/test_broken_postgres.py::test_a_statement_dies_with_the_process_that_asked_for_it",
    ),
    code(
        "lock timeout",
        "publishing does not queue before readers for ever",
        "include/warehouse/roles.py",
        '"lock_timeout": 3_000',
        '"lock_timeout": 0',
        "tests/warehouse/test_rights.py::test_a_session_has_its_limits",
    ),
)
