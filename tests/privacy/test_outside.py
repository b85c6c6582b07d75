"""The copy outside the database is whole, and never older than what was just written to the list."""

import stat
import threading

import pytest

from include.errors import Stop
from include.privacy import outside
from include.privacy.outside import write_down, written_down
from include.privacy.requests import answer_open, take_request
from include.privacy.suppression import suppress
from include.settings import update_secrets

ANN, BOB = "ann@example.com", "bob@example.com"


def test_of_two_writers_neither_forgets_whom_the_other_has_just_written_down(warehouse, monkeypatch):
    reads, others_turn, other_done = outside.listed, threading.Event(), threading.Event()

    def slowly(conn):
        told = reads(conn)
        if threading.current_thread() is first:
            others_turn.set()
            other_done.wait(1)
        return told

    monkeypatch.setattr(outside, "listed", slowly)
    first = threading.Thread(target=suppress, args=(warehouse, ANN, "opt_out"))
    first.start()
    assert others_turn.wait(10)
    suppress(warehouse, BOB, "opt_out")
    other_done.set()
    first.join(10)
    assert len(written_down(warehouse).suppressed) == 2


def test_a_writer_that_dies_leaves_the_copy_as_it_was_and_no_half_of_a_new_one(warehouse, monkeypatch):
    suppress(warehouse, ANN, "opt_out")
    take_request(warehouse, "access", ANN)
    before = written_down(warehouse)
    with monkeypatch.context() as patch:
        patch.setattr(outside.os, "fsync", lambda descriptor: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write_down(warehouse)
    assert written_down(warehouse) == before
    write_down(warehouse)
    assert [*warehouse.home.glob(".*.jsonl.*")] == []


def test_whose_request_is_done_is_in_the_copy_no_more_and_it_names_nobody_to_who_has_no_key(warehouse):
    take_request(warehouse, "access", ANN)
    file = warehouse.home / "open_requests.jsonl"
    assert [one.subject["email"] for one in written_down(warehouse).requests] == [ANN]
    assert "ann" not in file.read_text().lower().replace(file.name, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert answer_open(warehouse) == 1
    assert file.read_text() == ""


def test_a_copy_that_was_sealed_with_another_key_says_so(warehouse):
    take_request(warehouse, "access", ANN)
    update_secrets(warehouse.secrets_file, lambda _: {"suppression": "another key"})
    with pytest.raises(Stop, match="sealed with another key"):
        written_down(warehouse)
