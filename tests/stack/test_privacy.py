"""`make privacy`: the commands over a real warehouse; a person is read from standard input and never shown."""

import io
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb
from rich.console import Console
from typer.testing import CliRunner

from include.privacy import inbox
from include.privacy.requests import take_request
from include.stack import privacy as module
from include.stack import sections, status
from tests.conftest import admin
from tests.privacy.test_erase import ANN, company, everything
from tests.privacy.test_inbox import APP, delivered, drop


@pytest.fixture
def rung():
    return []


@pytest.fixture
def command(warehouse, monkeypatch, rung):
    """Runs `privacy …` with something typed; returns (exit status, what was said)."""
    stack = SimpleNamespace(
        settings=warehouse,
        company=SimpleNamespace(zone=ZoneInfo("Europe/Berlin")),
        processes=SimpleNamespace(running=lambda name: True),
        api=SimpleNamespace(trigger=rung.append),
    )

    @contextmanager
    def opened(context):
        yield stack

    monkeypatch.setattr(module, "postgres_of", opened)

    def run(words, typed=""):
        said = io.StringIO()
        shown = Console(file=said, width=200)
        monkeypatch.setattr(module, "console", shown)
        done = CliRunner().invoke(module.app, words.split(), input=typed)
        return done.exit_code, said.getvalue()

    return run


def test_a_request_from_the_prompt_to_its_proof_without_anybody_being_named(
    postgres, warehouse, command, rung
):
    company(warehouse)
    said = [command("request erasure", f"{ANN}\n"), command("list"), command("run"), command("show 1")]
    assert [code for code, _ in said] == [0, 0, 0, 0]
    text = "".join(words for _, words in said)
    assert ANN not in text
    assert "a***@e***" in said[0][1]
    assert "1 answered" in said[2][1]
    assert '"vault_rows": 1' in said[3][1]
    assert "forgotten" in said[3][1]
    assert ANN not in everything(postgres, warehouse)
    assert rung == []


def test_a_person_is_not_taken_from_the_command_line(command):
    assert command(f"request erasure {ANN}")[0] == 2


def test_an_answer_to_an_access_request_is_pointed_at(warehouse, command):
    company(warehouse)
    command("request access", ANN)
    command("run")
    assert str(warehouse.home / "privacy" / "exports" / "request-1-") in command("show 1")[1].replace(
        "\n", ""
    )


def test_what_names_nobody_is_refused_without_being_repeated(command):
    code, said = command("request opt-out", "somebody\n")
    assert code == 1
    assert "somebody" not in said


def test_webhooks_are_left_to_housekeeping_which_is_called(warehouse, command, rung):
    drop(warehouse, delivered("customers/redact"))
    code, _ = command("run")
    assert (code, rung) == (0, ["housekeeping"])
    assert inbox.waiting(warehouse) == (1, 0)
    inbox.take_in(warehouse, [APP])
    assert "a***@e***  shopify" in command("list")[1]


def test_verify_finds_a_key_of_somebody_erased_by_its_hash_alone(postgres, warehouse, command):
    company(warehouse)
    with admin(postgres, warehouse.database) as conn:
        orders = conn.execute("SELECT payload FROM raw.shopify_orders WHERE scope LIKE '%Order/1'").fetchone()
        command("request erasure", ANN)
        command("run")
        assert command("verify")[0] == 0
        conn.execute(
            "UPDATE raw.shopify_orders SET payload = %s WHERE scope LIKE '%%Order/1'",
            [Jsonb(orders[0])],
        )
    code, said = command("verify")
    assert code == 1
    assert "raw.shopify_orders.payload (1)" in said


def test_open_and_overdue_requests_are_told_by_the_morning_summary_and_by_status(warehouse):
    said = io.StringIO()
    shown = Console(file=said, width=200)
    sections.requests(warehouse, shown)
    assert said.getvalue() == "", "a shop that nobody asked is told nothing"
    take_request(warehouse, "erasure", ANN, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    take_request(warehouse, "opt_out", ANN)
    sections.requests(warehouse, shown)
    status._requests(SimpleNamespace(settings=warehouse), shown)
    text = said.getvalue()
    assert "1 open: erasure, next due 2026-02-01, OVERDUE: 1" in text
    assert "Open requests about personal data: 1, 2, overdue: 1" in text
    assert ANN not in text
