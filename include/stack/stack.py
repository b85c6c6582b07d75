"""The whole stack of one home: Postgres, the sandbox company, Airflow. Starts what is missing, in parallel."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from include.settings import Settings
from include.stack import environment, metadata
from include.stack.airflow import AIRFLOW, Airflow, dags_are_ready
from include.stack.airflow_api import AirflowApi
from include.stack.company import Wish, choose
from include.stack.environment import Facts
from include.stack.home import Home
from include.stack.postgres import EmbeddedPostgres
from include.stack.processes import Processes
from include.stack.sandbox import MARK, Sandbox, not_taken, still_simulated
from include.window import last_closed_day

Tell = Callable[[str, str], None]


class Stack:
    """One home's processes. Opening it reads what is remembered and starts nothing."""

    def __init__(self, wish: Wish, env: Mapping[str, str] | None = None):
        self.env = dict(os.environ if env is None else env)
        self.home = Home(wish.home)
        self.company = choose(wish, self.env)
        self.home.keep_private()
        self.with_sandbox = self.company.sandbox
        self.postgres = EmbeddedPostgres(self.home.path)
        self.processes = Processes(self.home.run, self.home.logs)

    # --- what others ask of it ------------------------------------------------------------------------

    @property
    def day(self) -> date:
        """The newest business day that has ended: the one a night is about."""
        return last_closed_day(datetime.now(UTC), self.company.zone)

    @cached_property
    def sandbox(self) -> Sandbox:
        port = self.home.port("sandbox", in_use_by_us=self.processes.running("sandbox"))
        return Sandbox(self.processes, port)

    @cached_property
    def _airflow(self) -> Airflow:
        port = self.home.port("airflow", in_use_by_us=self.processes.running("api-server"))
        return Airflow(self.home, self.processes, self.env, port)

    @property
    def settings(self) -> Settings:
        """The settings the processes run with; Stop when Postgres was never started here."""
        return environment.load_settings(self.variables(self.facts()))

    @cached_property
    def api(self) -> AirflowApi:
        password = environment.write_password(self.home, self.settings)
        return AirflowApi(f"http://127.0.0.1:{self._airflow.port}", environment.USER, password)

    def connected_sources(self) -> list[str]:
        """The sources that have an Airflow Connection, in the registry's order."""
        from include.sources import REGISTRY

        given = {name.removeprefix("AIRFLOW_CONN_").lower() for name in self.env}
        known = given | set(self.api.connections())
        return [source for source in REGISTRY if f"nightshift_{source}" in known]

    # --- starting and stopping --------------------------------------------------------------------------

    def start_postgres(self) -> None:
        """Start Postgres and make the databases."""
        self.postgres.start()
        metadata.ensure_database(self.postgres.admin_dsn, self.settings)

    def start(self, tell: Tell = lambda step, detail: None) -> None:
        """Start all that does not run yet and wait until every DAG is ready to be woken.

        `tell(step, detail)` is called with 'postgres', 'sandbox', 'warehouse' or 'airflow' and how far each is; an
        empty detail means done. Raises Stop with the log's end when a part cannot start.
        """
        tell("postgres", "starting")
        self.start_postgres()
        tell("postgres", "")
        prepare = self._airflow.environment(self.variables(self.facts()))
        with ThreadPoolExecutor(1) as pool:
            tell("airflow", "preparing its database")
            migrated = pool.submit(metadata.migrate, self.home, prepare)
            self._launch_sandbox(tell)
            known = self._facts_file.exists() or not self.with_sandbox
            facts = self.facts() if known else self._await_sandbox(tell)
            self._migrate_warehouse(facts, tell)
            migrated.result()
            metadata.ensure_pools(self.postgres.admin_dsn)
        self._launch_airflow(facts, tell)
        told = self._await_sandbox(tell)
        if told != facts:
            self._migrate_warehouse(told, tell)
            self._launch_airflow(told, tell)
        self._await_airflow(tell)

    def restart_scheduler(self) -> None:
        """Start a running scheduler anew, with workers of its own; what the old ones were at is tried again."""
        (scheduler,) = self._airflow.parts(self.variables(self.facts()), ["scheduler"])
        self.processes.stop(["scheduler"])
        self.processes.ensure(scheduler)

    def stop(self) -> None:
        """Stop everything; what is half done is rolled back and taken up by the next start."""
        self.home.stay_up(False)
        self.processes.stop(self.processes.names())
        self.postgres.stop()

    def airflow(self, arguments: Sequence[str]) -> int:
        """Run Airflow's command line in the environment of this home's processes; returns its exit status."""
        env = self._airflow.environment(self.variables(self.facts()))
        return subprocess.run([sys.executable, "-m", "airflow", *arguments], env=env).returncode

    def variables(self, facts: Facts) -> dict[str, str]:
        """NIGHTSHIFT_ variables for this home; what the shell says of the lake or secrets passes through."""
        own = environment.settings_variables(self.home, self.company, facts, self.postgres.port)
        return {k: v for k, v in self.env.items() if k.startswith("NIGHTSHIFT_")} | own

    def facts(self) -> Facts:
        """What the sandbox said when it last started, or what a company without a sandbox says of itself."""
        if self.with_sandbox and self._facts_file.exists():
            return Facts.from_json(self._facts_file.read_text())
        return Facts(self.company.name, "", ())

    # --- the steps --------------------------------------------------------------------------------------

    def _launch_sandbox(self, tell: Tell) -> None:
        if self.with_sandbox:
            tell("sandbox", "building its world")
            env = environment.environment(self.env)
            self.processes.ensure(self.sandbox.process(self.home.path, self.company, env))

    def _await_sandbox(self, tell: Tell) -> Facts:
        """What the sandbox says of its company; remembered, so that the next start need not wait for it."""
        if not self.with_sandbox:
            return self.facts()
        told = self.sandbox.wait()
        real = metadata.real_connections(self.postgres.admin_dsn, self.env, MARK)
        left = still_simulated(told.simulated, self.sandbox.accounts(), real)
        facts = replace(told, simulated=left)
        self._facts_file.write_text(facts.to_json())
        tell("sandbox", "")
        return facts

    def _migrate_warehouse(self, facts: Facts, tell: Tell) -> None:
        from include.warehouse.migrate import migrate

        tell("warehouse", "migrating")
        variables = self.variables(facts)
        with environment.environ({**variables, "NIGHTSHIFT_ADMIN_DSN": self.postgres.admin_dsn}):
            migrate(environment.load_settings(variables))
        tell("warehouse", "")

    def _launch_airflow(self, facts: Facts, tell: Tell) -> None:
        tell("airflow", "starting")
        environment.write_password(self.home, environment.load_settings(self.variables(facts)))
        # A night defers nothing: the triggerer is for what waits for people, and they come when it stays up.
        names = (*AIRFLOW, "triggerer") if self.home.stays_up else AIRFLOW
        for process in self._airflow.parts(self.variables(facts), names):
            self.processes.ensure(process)

    def _await_airflow(self, tell: Tell) -> None:
        self._airflow.wait("api-server", lambda: bool(self.api.health()))
        if self.with_sandbox:
            self._connect_sandbox()
        tell("airflow", "reading the DAGs")
        self._airflow.wait("api-server", self.api.serves_tasks)
        self._airflow.wait("scheduler", lambda: self.api.health().get("scheduler") == "healthy")
        self._airflow.wait("dag-processor", lambda: dags_are_ready(self.api))
        tell("airflow", "")

    def _connect_sandbox(self) -> None:
        taken = metadata.real_connections(self.postgres.admin_dsn, self.env, MARK)
        wanted = not_taken(self.sandbox.connections(), taken)
        left_over = {name for name, description in self.api.connections().items() if description == MARK}
        self.api.drop_connections(left_over - {each["connection_id"] for each in wanted} - taken)
        self.api.put_connections(wanted)

    @property
    def _facts_file(self) -> Path:
        return self.home.path / "facts.json"
