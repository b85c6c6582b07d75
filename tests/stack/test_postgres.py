"""The embedded server survives what happens to servers."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from include.errors import Stop
from include.stack.ports import free_port
from include.stack.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("home with a blank") / ".nightshift").start()
    yield server
    server.remove()


def ask(server: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(server.admin_dsn) as conn:
        row = conn.execute(query).fetchone()  # type: ignore[arg-type]
    assert row
    return row[0]


def test_text_is_utf8_and_knows_letters_whatever_the_shells_language(server: EmbeddedPostgres) -> None:
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT lower('ÄÉÑ')") == "äéñ"


def test_it_listens_on_this_machine_only_and_asks_for_a_password(server: EmbeddedPostgres) -> None:
    assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(server, "SHOW unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.admin_dsn.replace(server.dsn("postgres").split(":")[2].split("@")[0], "guess"))


def test_its_password_is_readable_by_its_owner_only(server: EmbeddedPostgres) -> None:
    assert (server.home / "postgres.json").stat().st_mode & 0o077 == 0


def test_a_second_start_uses_the_running_server(server: EmbeddedPostgres) -> None:
    before = server.pid()
    EmbeddedPostgres(server.home).start()
    assert server.pid() == before


def test_data_and_port_stay_after_a_stop(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.admin_dsn) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    port = server.port
    server.stop()
    assert server.pid() is None
    server.start()
    assert server.port == port
    assert ask(server, "SELECT seven FROM kept") == 7


def test_a_killed_server_comes_back(server: EmbeddedPostgres) -> None:
    killed = server.pid()
    assert killed
    os.kill(killed, signal.SIGKILL)
    server.start()
    assert server.pid() not in (None, killed)


def test_a_lock_file_whose_process_id_belongs_to_another_program_is_no_obstacle(
    server: EmbeddedPostgres,
) -> None:
    server.stop()
    lock = Path(server.cluster.data) / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.cluster.data}\n1\n{server.port}\n\n127.0.0.1\n")
    server.cluster.runner.own(lock)
    assert server.pid() is None
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_a_taken_port_is_replaced_by_a_free_one(server: EmbeddedPostgres) -> None:
    server.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", server.port))
        squatter.listen()
        taken = server.port
        server.start()
        assert server.port != taken
    assert ask(server, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    half = server.cluster.runner.folder / "data-half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    try:
        server.start()
        assert ask(server, "SELECT 1") == 1
        assert not half.exists()
    finally:
        server.remove()


def test_the_data_of_a_deleted_home_are_not_taken_for_those_of_a_new_one(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False).start()
    old = server.admin_dsn
    (tmp_path / "postgres.json").unlink()
    try:
        server.start()
        assert server.admin_dsn != old
        assert ask(server, "SELECT 1") == 1
    finally:
        server.remove()


def test_a_home_whose_data_are_gone_says_so_and_does_not_begin_with_nothing(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False).start()
    server.stop("immediate")
    kept = server.cluster.data.rename(server.cluster.data.with_name("kept"))
    try:
        with pytest.raises(Stop, match=r"are gone.*make restore"):
            server.start()
        kept.rename(server.cluster.data)
        assert ask(server.start(), "SELECT 1") == 1
        server.stop("immediate")
        server.cluster.data.rename(kept)
        assert ask(server.start(anew=True), "SELECT 1") == 1
    finally:
        server.remove()


def test_asking_for_a_server_that_was_never_started_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="make up"):
        _ = EmbeddedPostgres(tmp_path).admin_dsn


def test_free_ports_are_free() -> None:
    assert 1024 < free_port() < 65536
