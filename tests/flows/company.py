"""A small company whose nights can be run one after the other: the sandbox over HTTP, a warehouse, no scheduler."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from include.activation import audiences, restock, sla
from include.activation.destinations.base import Destination
from include.deletions import RECONCILED, find_deleted
from include.errors import NightshiftError
from include.night import Night, build_and_publish
from include.pull import pull
from include.sandbox.control import connections as face_connections
from include.sandbox.faces import FACES, Limits
from include.sandbox.server import Running, open_sandbox, serving
from include.sandbox.truth import summary
from include.sandbox.world import WorldConfig
from include.sandbox.world import build as build_world
from include.sandbox.world.model import World
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.stack.figures import Difference, compare, read_figures
from include.stack.sandbox import connections
from include.warehouse.closing import close_source
from include.warehouse.connect import connect
from include.warehouse.migrate import migrate

HOUR_OF_NIGHT = timedelta(hours=2)


@dataclass
class Company:
    """One company; `today` is the day whose midnight its clock shows, so the night is about the day before. `asked`
    are the nights on which the ad platforms were asked, `looked` those on which the shops were, oldest first."""

    settings: Settings
    world: World
    running: Running
    today: date
    runs: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    asked: list[date] = field(default_factory=list)
    looked: list[date] = field(default_factory=list)
    answered: dict[str, list[date]] = field(default_factory=dict)
    """Stream → the nights on which its vendor told all that was asked."""

    @property
    def day(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def midnight(self) -> datetime:
        return self.midnight_of(self.today)

    def midnight_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.settings.timezone)

    def sleep_until(self, today: date) -> None:
        self.today = today
        self.running.sandbox.clock.set(self.midnight)

    def pull(self, sources: Collection[str] = tuple(REGISTRY)) -> None:
        """Every stream of these sources, as the pull DAGs do; what fails is kept in `failures`."""
        if "google_ads" in sources and self.today not in self.asked:
            self.asked.append(self.today)
        if "shopify" in sources and self.today not in self.looked:
            self.looked.append(self.today)
        self.runs += 1
        self.failures = {}
        for source in (REGISTRY[name] for name in sources):
            accounts = self.accounts(source.name)
            for stream in source.streams:
                for account in accounts:
                    try:
                        pull(
                            self.settings, account, stream.name,
                            run_id=f"run-{self.runs}", now=self.midnight + HOUR_OF_NIGHT,
                        )  # fmt: skip
                        self.answered.setdefault(f"{source.name}.{stream.name}", []).append(self.today)
                    except NightshiftError as error:
                        self.failures[f"{source.name}.{stream.name}"] = str(error)
            names, streams = [each.name for each in accounts], [each.name for each in source.streams]
            close_source(self.settings, source.name, names, streams, self.day)

    def notice_deletions(self) -> int:
        """What housekeeping does by day: look for records that are gone at their vendor."""
        known = [(account, stream) for source, stream in RECONCILED for account in self.accounts(source)]
        return sum(find_deleted(self.settings, *place, self.midnight) for place in known)

    def build(self, full_refresh: bool = False) -> Night:
        return build_and_publish(self.settings, self.day, full_refresh)

    def act(self) -> dict[str, dict[str, Any]]:
        """All three actions, in the order of no importance."""
        places = self._destinations()
        return {
            "restock": restock.run(self.settings, self.day, places),
            "audiences": audiences.run(self.settings, self.day, places),
            "sla": sla.run(self.settings, self.day, places),
        }

    def differences(self) -> list[Difference]:
        """Between the morning's figures and what the world knows."""
        with connect(self.settings, "reader") as reader:
            figures = read_figures(reader, self.day)
        return compare(figures, summary(self.world, self.midnight, self.day))

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows a BI tool would see."""
        with connect(self.settings, "reader") as reader:
            return reader.execute(query, values or None).fetchall()

    def read_named(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """The same, with values by name."""
        with connect(self.settings, "reader") as reader:
            return reader.execute(query, values).fetchall()

    def sent(self) -> dict[str, int]:
        """How many things each receiver holds."""
        return {name: len(things) for name, things in self.received().items()}

    def received(self) -> dict[str, list[Any]]:
        """What was sent to each receiver."""
        received: dict[str, list[Any]] = {}
        for face in FACES:
            if hasattr(face.module, "received"):
                received |= face.module.received(self.running.sandbox)
        return received

    def accounts(self, source: str) -> list[Account]:
        """The account of a source and its further ones."""
        names = [name for name in self._connections() if re.fullmatch(rf"{source}(_\d+)?", name)]
        return [self._account(source, name) for name in names]

    def in_erp(self, model: str, method: str, **arguments: Any) -> Any:
        """What a person does there."""
        (erp,) = self.accounts("odoo")
        with REGISTRY["odoo"].opened(erp) as client:
            return client.call(model, method, **arguments)

    def _connections(self) -> dict[str, dict[str, Any]]:
        told = [asdict(each) for each in face_connections(self.running.sandbox, FACES)]
        wanted = connections(self.running.url, self.running.smtp_port or 0, told)
        return {each["connection_id"].removeprefix("nightshift_"): each for each in wanted}

    def _account(self, source: str, name: str) -> Account:
        place = self._destination(name)
        options = dict(place.options)
        return Account(source, options.pop("account"), place.base_url, place.credentials, options)

    def _destinations(self) -> dict[str, Destination]:
        given = self._connections()
        acting = [name for name in given if given[name]["extra"].get("mode") == "act"]
        return {name: self._destination(name) for name in acting}

    def _destination(self, name: str) -> Destination:
        """As plugins/nightshift/connections.py reads an Airflow Connection."""
        given = self._connections()[name]
        options = dict(given["extra"])
        host = given["host"] if "://" in given["host"] else f"https://{given['host']}:{given['port']}"
        secrets = {key: given[key] for key in ("login", "password") if given.get(key)}
        credentials = secrets | options.pop("credentials", {})
        return Destination(name, options.pop("mode", "observe"), host, credentials, options)


@contextmanager
def company(settings: Settings, home: Path, config: WorldConfig) -> Iterator[Company]:
    """Serve a world and migrate its warehouse; the clock stands at the midnight of `config.today`."""
    world = build_world(config)
    told = replace(
        settings,
        timezone=config.zone,
        currency=config.currency,
        country=config.country,
        company=world.company.name,
        simulated=world.simulated,
    )
    migrate(told)
    sandbox = open_sandbox(world, home, config.company_today(), Limits(scale=1000))
    with serving(sandbox) as running:
        yield Company(told, world, running, config.company_today())
