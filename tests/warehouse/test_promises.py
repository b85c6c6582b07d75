"""The committed promises to readers: additions are accepted by writing them down, breaking changes only with a reason."""

import io
import json
import subprocess

import pytest
from rich.console import Console

from include.stack import contracts
from include.warehouse.contracts import Column, Table
from include.warehouse.promises import changes, promises, refused


def mart(
    name="sales", key=("store_id",), history="replace", by="as_of_day", keep_days=0, schema="mart", **columns
):
    kinds = {"store_id": "text not null", "net_amount": "numeric not null", "note": "text"} | columns
    described = tuple(
        Column(column, kind.removesuffix(" not null"), kind.endswith("not null"), "")
        for column, kind in kinds.items()
        if kind
    )
    return Table(schema, name, "build", "Sales\n  by store.", key, described, history, by, keep_days)


BEFORE = promises([mart()])


@pytest.mark.parametrize(
    ("now", "said", "is_breaking"),
    [
        ([], "mart.sales is gone", True),
        ([mart(note="")], "mart.sales: column note is gone", True),
        ([mart(net_amount="text not null")], "column net_amount was numeric not null and is text not null", True),
        ([mart(net_amount="numeric")], "mart.sales: column net_amount may be null now", True),
        ([mart(key=("store_id", "note"))], "its key was (store_id) and is (store_id, note)", True),
        ([mart(history="append", by="store_id", keep_days=30)], "'append by store_id, kept 30 days'", True),
        ([mart(), mart("stock")], "mart.stock is new", False),
        ([mart(units="integer")], "mart.sales: column units (integer) is new", False),
        ([mart(note="text not null")], "mart.sales: column note is never null now", False),
    ],
)  # fmt: skip
def test_what_breaks_readers_is_told_from_what_they_can_live_with(now, said, is_breaking):
    (change,) = changes(BEFORE, promises(now))
    assert said in change.text
    assert change.is_breaking is is_breaking
    assert bool(refused([change], [])) is is_breaking


def test_what_only_our_actions_read_is_promised_to_nobody():
    assert promises([mart(schema="act")]) == {}


@pytest.mark.parametrize(
    ("entry", "is_refused"),
    [
        ({"date": "2026-11-22", "reason": "nobody read it"}, False),
        ({"date": "2026-11-22", "reason": " "}, True),
        ({"date": "soon", "reason": "nobody read it"}, True),
        ({"reason": "nobody read it"}, True),
        ({"date": "2026-11-22", "reason": "another", "change": "mart.sales: column units is gone"}, True),
    ],
)
def test_a_breaking_change_is_accepted_by_its_own_date_and_reason_only(entry, is_refused):
    (change,) = changes(BEFORE, promises([mart(note="")]))
    assert bool(refused([change], [{"change": change.text, **entry}])) is is_refused


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with committed promises, and the marts of its models for us to change."""
    file = tmp_path / "contracts" / "mart.json"
    marts = [mart()]
    monkeypatch.setattr(contracts, "manifest", dict)
    monkeypatch.setattr(contracts, "published_tables", lambda manifest: marts)
    assert regenerate(file)[0] == 0
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    commit(tmp_path)
    return file, marts


def regenerate(file):
    console = Console(file=io.StringIO(), width=200)
    return contracts.bring_up_to_date(console, file), console.file.getvalue()


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=folder, check=True
    )


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "as it is")


def test_an_addition_fails_until_it_is_written_down(project):
    file, marts = project
    assert contracts.complaints(promises(marts), file) == []
    marts[:] = [mart(units="integer")]
    told = contracts.complaints(promises(marts), file)
    assert "added     mart.sales: column units (integer) is new" in told
    assert "run `make contracts`" in told[-1]
    status, said = regenerate(file)
    assert status == 0
    assert "column units (integer) is new" in said
    assert contracts.complaints(promises(marts), file) == []


def test_a_breaking_change_is_never_written_without_a_reason(project):
    file, marts = project
    before = file.read_text()
    marts[:] = [mart(note="")]
    status, said = regenerate(file)
    assert status == 1
    assert "BREAKING  mart.sales: column note is gone" in said
    assert file.read_text() == before
    kept = json.loads(before)
    kept["breaking"] = [
        {"date": "2026-11-22", "change": "mart.sales: column note is gone", "reason": "it was never filled"}
    ]
    file.write_text(json.dumps(kept))
    assert regenerate(file)[0] == 0
    assert contracts.complaints(promises(marts), file) == []


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_breaking_change_written_into_the_file_by_hand_fails_all_the_same(project, is_committed):
    file, marts = project
    marts[:] = [mart(note="")]
    file.write_text(json.dumps({"breaking": [], "tables": promises(marts)}))
    if is_committed:
        commit(file.parent.parent)
    told = contracts.complaints(promises(marts), file)
    assert told[0] == "BREAKING  mart.sales: column note is gone"
    assert "new mart beside the old" in told[1]
