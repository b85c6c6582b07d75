"""Who may do what: every cell of docs/roles.md, allowed or denied, is tried on the real server as that role."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from include.errors import Stop
from include.settings import LOGINS, ROLES
from include.stack import metadata
from include.warehouse.connect import connect, connect_admin
from tests.warehouse import rights
from tests.warehouse.helpers import line, load
from tests.warehouse.marts import make, model, publish_rows

STRANGER = "stranger"


@pytest.fixture(scope="module")
def furnished(module_warehouse):
    """Something in every schema."""
    load(module_warehouse, [line("one", {"id": 1})])
    publish_rows(module_warehouse, model("mart_seen", {"a": "text"}, ["a"]), [("x",)])
    publish_rows(module_warehouse, model("act_seen", {"a": "text"}, ["a"], schema="act"), [("x",)])
    with connect_admin(module_warehouse) as conn:
        if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [STRANGER]).fetchone():
            conn.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    return module_warehouse


@contextmanager
def acting(settings, role: str) -> Iterator[psycopg.Connection]:
    """A connection with this role's rights and nothing that a client can switch off."""
    if role in LOGINS:
        with connect(settings, role, autocommit=True) as conn:
            conn.execute("SET default_transaction_read_only = off")
            yield conn
    else:
        name = STRANGER if role == STRANGER else f"nightshift_{role}"
        with connect_admin(settings, settings.database) as conn:
            conn.execute(f"SET SESSION AUTHORIZATION {name}")
            yield conn


def deeds(settings) -> Iterator[tuple[str, str, str, object]]:
    """(section, object, deed(column), statement) of everything in the database."""
    with connect_admin(settings, settings.database) as look:
        for relation in rights.relations(look):
            for deed, column, statement in rights.probes(*relation):
                yield "Tables and views", relation[0], f"{deed}({column})" if column else deed, statement
        for name, call in rights.functions(look):
            yield "Functions and sequences", name, "execute", call
        for name in rights.sequences(look):
            yield "Functions and sequences", name, "use", f"SELECT nextval('{name}')"
    for schema in (*rights.SCHEMAS, "public"):
        yield "Database and schemas", schema, "create", f"CREATE TABLE {schema}.probe ()"
        yield "Database and schemas", schema, "use", f"SELECT '{schema}.probe'::regclass"
    yield "Database and schemas", "database", "temporary", "CREATE TEMP TABLE probe ()"
    for power in rights.matrix("Powers over the server"):
        yield "Powers over the server", power, "yes", power


@pytest.fixture(scope="module")
def tried(furnished):
    """role → {(section, object, deed): whether it worked}."""
    everything = list(deeds(furnished))
    found = {}
    for role in (*ROLES, STRANGER):
        with acting(furnished, role) as conn:
            found[role] = {each[:3]: rights.works(conn, each[3]) for each in everything}
    return found


def test_every_object_of_the_warehouse_stands_on_the_page(tried):
    missing = sorted(
        {key[:2] for key in tried["owner"] if rights.row_for(rights.matrix(key[0]), key[1]) is None}
    )
    assert not missing, "say in docs/roles.md who may do what; as it stands:\n" + "\n".join(
        as_found(tried, *place) for place in missing
    )


def as_found(tried, section, name):
    """The row of the page that would say what was found."""
    cells = []
    for role in ROLES:
        works: dict[str, list[str]] = {}
        for (place, known, done), worked in tried[role].items():
            if (place, known) == (section, name):
                deed, _, column = done.rstrip(")").partition("(")
                works.setdefault(deed, []).append(column if worked else "!")
        able = {deed: [column for column in columns if column != "!"] for deed, columns in works.items()}
        some = {deed: f"({', '.join(able[deed])})" for deed in works if able[deed] and "!" in works[deed]}
        words = [deed + some.get(deed, "") for deed in works if able[deed]]
        cells.append("all" if len(words) == len(works) > 1 and not some else " ".join(words))
    return f"| `{name}` | " + " | ".join(cells) + " |"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_do_its_own_work_and_nothing_else(tried, role, record_property):
    rows = {
        place: rights.row_for(rights.matrix(place[0]), place[1]) for place in {key[:2] for key in tried[role]}
    }
    wrong = []
    for (section, name, done), works in tried[role].items():
        cells = rows[section, name]
        deed, _, column = done.rstrip(")").partition("(") if section == "Tables and views" else (done, "", "")
        if cells and works != rights.allowed(cells[role], deed, column):
            wrong.append(f"{role} {'may' if works else 'may not'} {done} {name}")
    count = len(tried[role])
    score(record_property, count, count - len(wrong))
    assert wrong == []


def test_anybody_else_can_do_nothing_at_all(tried, record_property):
    wrong = [name for name, works in tried[STRANGER].items() if works]
    score(record_property, len(tried[STRANGER]), len(tried[STRANGER]) - len(wrong))
    assert wrong == []


def score(record_property, tried, survived):
    told = {"figure": "role probes", "target": "all as the matrix says", "tried": tried, "survived": survived}
    record_property("score", json.dumps(told | {"seed": 0}))


def test_every_row_of_the_page_is_about_something(tried):
    stale = [
        row
        for section in {section for section, _, _ in tried["owner"]}
        for row in rights.matrix(section)
        if not any(
            place == section and rights.row_for({row: {}}, name) is not None
            for place, name, _ in tried["owner"]
        )
    ]
    assert stale == []


def test_rights_survive_a_rebuild(furnished):
    """dbt drops and makes its tables anew, publishing makes new ones: both come with their rights."""
    node = model("mart_new", {"a": "text"}, ["a"])
    publish_rows(furnished, node, [("x",)])
    make(furnished, node, [("y",)])
    for name in ("build.mart_new", "mart.mart_new"):
        cells = rights.row_for(rights.matrix("Tables and views"), name)
        for role in ROLES:
            with acting(furnished, role) as conn:
                for deed, column, statement in rights.probes(name, False, ["a"]):
                    assert rights.works(conn, statement) == rights.allowed(cells[role], deed, column), (
                        role,
                        deed,
                    )


def test_who_enters_which_database(postgres, furnished):
    """Our roles enter the warehouse and nothing else, Airflow's enters its own, strangers none."""
    furnished.ensure_secrets(["airflow_database"])
    metadata.ensure_database(postgres.admin_dsn, furnished)
    cells = rights.matrix("Database and schemas")["database"]
    entered = {}
    for role in LOGINS:
        for database in (furnished.database, "airflow", "postgres", "template1"):
            entered[role, database] = enters(
                furnished.dsn(role).replace(f"/{furnished.database}", f"/{database}")
            )
    place = f"127.0.0.1:{postgres.port}"
    airflow = f"nightshift_airflow:{furnished.secret('airflow_database').decode()}@{place}"
    assert {name for name, worked in entered.items() if worked} == {
        (role, furnished.database) for role in LOGINS if "connect" in cells[role].split()
    }
    assert enters(f"postgresql://{airflow}/airflow")
    assert not enters(f"postgresql://{airflow}/{furnished.database}")
    assert not enters(f"postgresql://stranger:stranger@{place}/{furnished.database}")
    with connect_admin(furnished) as conn:
        conn.execute("DROP DATABASE airflow")


def enters(dsn: str) -> bool:
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError as error:
        return "permission denied" not in str(error)
    return True


def test_the_owner_cannot_log_in(furnished):
    with pytest.raises(Stop, match="logs in"):
        furnished.dsn("owner")
    with connect_admin(furnished) as conn:
        able = conn.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'nightshift_') AND (rolsuper OR rolcreatedb"
            " OR rolcreaterole OR rolreplication OR rolbypassrls OR rolname = 'nightshift_owner' AND rolcanlogin)"
            " AND rolname <> 'nightshift_admin'"
        ).fetchall()
        members = conn.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member::regrole::text LIKE 'nightshift_%'"
            " AND member::regrole::text <> 'nightshift_admin'"
        ).fetchall()
    assert (able, members) == ([], [])


def test_nothing_is_granted_to_everybody_or_can_be_passed_on(furnished):
    """Also what a probe cannot try, such as keys that refer to a table."""
    with connect_admin(furnished, furnished.database) as conn:
        granted = conn.execute(
            "WITH acl (what, owner, acl) AS ("
            " SELECT nspname::text, nspowner, nspacl FROM pg_namespace WHERE nspname = ANY (%(ours)s)"
            " UNION ALL SELECT oid::regclass::text, relowner, relacl FROM pg_class"
            "  WHERE relnamespace::regnamespace::text = ANY (%(ours)s)"
            " UNION ALL SELECT oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))"
            "  FROM pg_proc WHERE pronamespace::regnamespace::text = ANY (%(ours)s) AND prorettype <> 'trigger'::regtype"
            " UNION ALL SELECT 'default ' || defaclobjtype::text, defaclrole, defaclacl FROM pg_default_acl"
            " UNION ALL SELECT 'database', datdba, datacl FROM pg_database WHERE datname = current_database()"
            " UNION ALL SELECT 'plpgsql', lanowner, lanacl FROM pg_language WHERE lanname = 'plpgsql'"
            ") SELECT what, g.grantee, g.privilege_type FROM acl, aclexplode(acl) AS g"
            " WHERE g.grantee = 0 OR (g.grantee <> owner AND (g.is_grantable OR g.privilege_type = 'REFERENCES'))",
            {"ours": [*rights.SCHEMAS, "public"]},
        ).fetchall()
    assert granted == []


def test_functions_with_more_rights_than_their_caller_look_nowhere_but_where_they_say(furnished):
    with connect_admin(furnished, furnished.database) as conn:
        found = conn.execute(
            "SELECT oid::regprocedure::text, proconfig FROM pg_proc"
            " WHERE prosecdef AND pronamespace::regnamespace::text <> 'pg_catalog'"
        ).fetchall()
    assert len(found) >= 5
    assert [name for name, config in found if "search_path=pg_catalog, pg_temp" not in config] == []


def test_who_did_something_is_said_by_the_database_and_never_changed(furnished):
    with connect(furnished, "privacy") as conn:
        conn.execute("INSERT INTO ops.audit (action) VALUES ('looked')")
        assert conn.execute("SELECT DISTINCT actor FROM ops.audit WHERE action = 'looked'").fetchall() == [
            ("nightshift_privacy",)
        ]
    with connect_admin(furnished, furnished.database) as superuser:
        for change in ("UPDATE ops.audit SET actor = 'x'", "DELETE FROM ops.audit", "TRUNCATE ops.audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="written once"):
                superuser.execute(change)


@pytest.mark.parametrize("role", LOGINS)
def test_a_session_has_its_limits(furnished, role):
    with connect(furnished, role) as conn:
        found = {
            name: conn.execute(f"SHOW {name}").fetchone()[0] for name in rights.matrix("Limits of a session")
        }
    assert found == {name: cells[role] for name, cells in rights.matrix("Limits of a session").items()}


def test_secrets_are_for_their_owner_only(furnished):
    assert furnished.secrets_file.stat().st_mode & 0o077 == 0
