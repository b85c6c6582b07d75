"""The customers: who buys as which household, their addresses and consents.

A household of the order book is a series of people over time (somebody moves in, a new account is
opened), so that a shop with a fixed book still wins new customers every day.
"""

from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Address, ConsentChange, Customer
from include.sandbox.world.places import country, someones_address
from include.sandbox.world.store import MAIN, Store

FIRST_NAMES = [
    "Ava",
    "Ben",
    "Carla",
    "Dev",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Liam",
    "Mona",
    "Noah",
    "Olga",
    "Priya",
    "Quinn",
    "Rosa",
    "Samir",
    "Tara",
    "Uma",
    "Victor",
    "Wanda",
    "Xavier",
    "Yara",
    "Zoe",
    "Aaron",
    "Bella",
    "Caleb",
    "Dana",
    "Eli",
    "Fiona",
    "Gavin",
    "Helen",
    "Ivan",
    "Julia",
    "Kofi",
    "Lena",
    "Marco",
    "Nina",
]
LAST_NAMES = [
    "Adler",
    "Bauer",
    "Castillo",
    "Dahl",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jensen",
    "Kim",
    "Lopez",
    "Meyer",
    "Nguyen",
    "Okafor",
    "Patel",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Young",
    "Zhang",
    "Abbott",
    "Brandt",
    "Cole",
    "Duarte",
    "Ellis",
    "Ford",
    "Grant",
    "Hale",
    "Irving",
    "Jung",
    "Kaplan",
    "Lund",
    "Moreau",
    "Novak",
]
DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com", "inbox.example.org")
FIRST_CUSTOMER_ID = 7_300_000_001
TENURE_DAYS = 190
KNOWN_BEFORE = timedelta(days=45)
REGULARS_SHARE = 0.06


class People:
    """Finds or invents the customer behind a book's household; ids count up by first appearance."""

    def __init__(
        self, dice: Dice, clock: LocalClock, home: str, first_day: date, is_real_shop: bool,
        store: Store = MAIN,
    ):  # fmt: skip
        self._store = store
        self._regulars = list(store.regulars)
        self._dice, self._clock, self._home = dice, clock, home
        self._start = clock.midnight(first_day)
        self._is_real_shop = is_real_shop
        self._tenures: dict[str, list[float]] = {}
        self._known: dict[tuple[str, int], Customer] = {}
        self._emails: set[str] = set()
        self.everybody: list[Customer] = []

    def behind(self, household: str, at: datetime, ships_to: str | None = None) -> Customer:
        """The person who is this household at that instant; new ones are created shortly before it."""
        number = 0 if self._is_real_shop else self._person_number(household, at)
        customer = self._known.get((household, number))
        if customer is None:
            roll = Random(f"{self._dice.seed}/person/{household}/{number}")
            created = self._created(roll, at, number)
            customer = self._invent(roll, created, ships_to)
            self._known[household, number] = customer
        return customer

    def sign_up(self, roll: Random, at: datetime) -> Customer:
        """Somebody who only wants the newsletter."""
        return self._invent(roll, at, None)

    def _person_number(self, household: str, at: datetime) -> int:
        ends = self._tenures.setdefault(household, [])
        age = (at - self._start) / timedelta(days=1)
        while not ends or ends[-1] <= age:
            roll = Random(f"{self._dice.seed}/tenure/{household}/{len(ends)}")
            ends.append((ends[-1] if ends else 0.0) + 20 + roll.expovariate(1 / TENURE_DAYS))
        return next(number for number, end in enumerate(ends) if end > age)

    def _created(self, roll: Random, first_order: datetime, number: int) -> datetime:
        if number == 0 and not self._is_real_shop and first_order - self._start < KNOWN_BEFORE:
            return self._start - timedelta(seconds=roll.randint(3_600, 700 * 86_400))
        if roll.random() < 0.75:
            return first_order - timedelta(seconds=roll.randint(90, 1_500))
        return first_order - timedelta(seconds=roll.randint(1_500, 5 * 86_400))

    def _invent(self, roll: Random, created: datetime, ships_to: str | None) -> Customer:
        first, last = roll.choice(FIRST_NAMES), roll.choice(LAST_NAMES)
        number = len(self.everybody)
        email = self._email(roll, first, last) if roll.random() > 0.02 else None
        code = ships_to or ("CA" if self._home == "US" and roll.random() < 0.04 else self._home)
        phone = f"+{country(code).dialling}{200 + number // 100 % 700}55501{number % 100:02d}"
        has_phone = roll.random() < 0.4
        customer = Customer(
            id=FIRST_CUSTOMER_ID + self._store.offset + number,
            first_name=first,
            last_name=last,
            email=email,
            phone=phone if has_phone else None,
            address=self._address(roll, code),
            created_at=created,
            consents=_consents(roll, created, email is not None, has_phone),
        )
        if self._regulars and roll.random() < REGULARS_SHARE:
            self._become(customer, self._regulars.pop(0))
        self.everybody.append(customer)
        return customer

    def _become(self, customer: Customer, regular: Customer) -> None:
        """Somebody who is known to another store by the same name and mail address."""
        customer.first_name, customer.last_name = regular.first_name, regular.last_name
        customer.email = regular.email

    def _address(self, roll: Random, code: str) -> Address:
        return someones_address(roll, code)

    def _email(self, roll: Random, first: str, last: str) -> str:
        base, domain = f"{first}.{last}".lower(), roll.choice(self._store.mail_domains or DOMAINS)
        name = base
        while f"{name}@{domain}" in self._emails:
            name = f"{base}{roll.randint(1, 9_999)}"
        self._emails.add(f"{name}@{domain}")
        return f"{name.title()}@{domain}" if roll.random() < 0.03 else f"{name}@{domain}"


def _consents(roll: Random, created: datetime, has_email: bool, has_phone: bool) -> list[ConsentChange]:
    """Most say yes to mail, fewer to the rest; some change their mind later, a few change it back."""
    changes: list[ConsentChange] = []
    for purpose, share, possible in (
        ("email", 0.66, has_email),
        ("sms", 0.4, has_phone),
        ("ads", 0.5, has_email),
    ):
        rolled, later, back = roll.random(), roll.random(), roll.randint(1, 300)
        if not possible:
            continue
        granted = rolled < share
        changes.append(ConsentChange(created, purpose, granted))
        if later < 0.14:
            changed = created + timedelta(days=back, seconds=roll.randint(1, 80_000))
            changes.append(ConsentChange(changed, purpose, not granted))
            if later < 0.02:
                changes.append(ConsentChange(changed + timedelta(days=9), purpose, granted))
    return sorted(changes, key=lambda change: change.at)
