import threading
from dataclasses import replace

import pytest

from include.errors import Stop
from include.warehouse import migrate as migrate_module
from include.warehouse.migrate import migrate, registry_streams
from tests.conftest import admin, drop_warehouse


def test_a_second_migration_changes_nothing(warehouse):
    assert migrate(warehouse) == []


def test_migrating_twice_at_once_leaves_one_warehouse(postgres, migrated):
    fresh = replace(migrated, database="migrated_twice")
    applied, errors = [], []

    def run():
        try:
            applied.append(migrate(fresh))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    drop_warehouse(postgres, fresh)
    assert not errors
    assert sorted(map(len, applied))[:2] == [0, 0]


def test_every_stream_of_the_registry_has_a_payload_table(postgres, warehouse):
    with admin(postgres, warehouse.database) as conn:
        tables = {
            name for (name,) in conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'raw'")
        }
    assert {f"{source}_{stream}" for source, stream in registry_streams()} <= tables


def test_a_new_stream_gets_its_table_on_the_next_migration(postgres, warehouse):
    migrate(warehouse, [("klaviyo", "profiles")])
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute("SELECT count(*) FROM raw.klaviyo_profiles").fetchone() == (0,)


def test_a_changed_migration_is_refused(warehouse, tmp_path, monkeypatch):
    for file in migrate_module.MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text() + "\n-- changed\n")
    monkeypatch.setattr(migrate_module, "MIGRATIONS", tmp_path)
    with pytest.raises(Stop, match="changed after it had been applied"):
        migrate(warehouse)


def test_a_failing_migration_leaves_nothing_behind(postgres, warehouse, tmp_path, monkeypatch):
    for file in migrate_module.MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "9999_broken.sql").write_text("CREATE TABLE ops.half (); SELECT 1 / 0;")
    monkeypatch.setattr(migrate_module, "MIGRATIONS", tmp_path)
    with pytest.raises(Stop, match="9999_broken"):
        migrate(warehouse)
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute("SELECT to_regclass('ops.half')").fetchone() == (None,)


def test_the_company_row_follows_the_settings(postgres, warehouse):
    migrate(replace(warehouse, company="Bolt & Nut", simulated=frozenset({"stock", "costs"})))
    with admin(postgres, warehouse.database) as conn:
        row = conn.execute("SELECT company, timezone, currency, simulated FROM ops.company").fetchone()
    assert row == ("Bolt & Nut", "America/New_York", "USD", "costs,stock")


def test_readers_tables_and_columns_are_commented(postgres, warehouse):
    with admin(postgres, warehouse.database) as conn:
        bare = conn.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
            " AND col_description(c.oid, a.attnum) IS NULL"
        ).fetchall()
    assert bare == []
