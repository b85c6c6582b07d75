"""Where people live, what tax they pay there, and where the company keeps its goods."""

from dataclasses import dataclass
from random import Random
from typing import Any

from include.sandbox.world.model import Address, Location


@dataclass(frozen=True, slots=True)
class Province:
    """`weight` is its share of the country's customers, `tax` the sales tax rate where tax is local."""

    code: str | None
    city: str
    zip: str
    weight: int
    tax: float = 0.0


@dataclass(frozen=True, slots=True)
class Country:
    """`vat` is the one rate of countries whose prices contain the tax; `second` are the provinces that
    the second warehouse serves."""

    provinces: tuple[Province, ...]
    vat: float | None
    dialling: str
    warehouses: tuple[tuple[str, str, str, str | None, str], ...]
    second: frozenset[str] = frozenset()


def _provinces(*rows: tuple[Any, ...]) -> tuple[Province, ...]:
    return tuple(Province(*row) for row in rows)


COUNTRIES: dict[str, Country] = {
    "US": Country(
        _provinces(
            ("OH", "Columbus", "43004", 12, 0.0575), ("PA", "Pittsburgh", "15106", 8, 0.06),
            ("NY", "Buffalo", "14201", 9, 0.08), ("NJ", "Newark", "07102", 4, 0.06625),
            ("MA", "Boston", "02108", 4, 0.0625), ("VA", "Richmond", "23219", 4, 0.053),
            ("NC", "Raleigh", "27601", 5, 0.0675), ("GA", "Atlanta", "30303", 5, 0.07),
            ("FL", "Tampa", "33602", 7, 0.065), ("MI", "Detroit", "48201", 5, 0.06),
            ("IL", "Chicago", "60601", 6, 0.0825), ("TX", "Austin", "78701", 8, 0.0825),
            ("TN", "Nashville", "37201", 3, 0.0925), ("MN", "Minneapolis", "55401", 3, 0.06875),
            ("CA", "Sacramento", "95814", 13, 0.0825), ("WA", "Seattle", "98101", 5, 0.089),
            ("OR", "Portland", "97201", 3, 0.0), ("AZ", "Phoenix", "85001", 4, 0.0805),
            ("NV", "Reno", "89501", 2, 0.08265), ("UT", "Provo", "84601", 2, 0.0725),
            ("CO", "Denver", "80202", 4, 0.0463), ("ID", "Boise", "83702", 1, 0.06),
        ),
        None,
        "1",
        (("CMH1", "CMH1 East warehouse", "Columbus", "OH", "43217"),
         ("RNO1", "RNO1 West warehouse", "Reno", "NV", "89506")),
        frozenset({"CA", "WA", "OR", "AZ", "NV", "UT", "CO", "ID", "BC", "AB"}),
    ),
    "CA": Country(
        _provinces(("ON", "Toronto", "M5H 2N2", 6, 0.13), ("BC", "Vancouver", "V6B 1A1", 3, 0.12),
                   ("QC", "Montreal", "H2Y 1C6", 3, 0.14975), ("AB", "Calgary", "T2P 1J9", 2, 0.05)),
        None,
        "1",
        (("YYZ1", "YYZ1 East warehouse", "Toronto", "ON", "L5T 1A1"),
         ("YVR1", "YVR1 West warehouse", "Vancouver", "BC", "V6V 1A1")),
        frozenset({"BC", "AB"}),
    ),
    "DE": Country(
        _provinces(("BE", "Berlin", "10115", 5), ("HH", "Hamburg", "20095", 3), ("NW", "Köln", "50667", 5),
                   ("HE", "Frankfurt", "60311", 3), ("BY", "München", "80331", 4), ("BW", "Stuttgart", "70173", 3)),
        0.19,
        "49",
        (("BER1", "BER1 Nord warehouse", "Berlin", "BE", "12529"),
         ("MUC1", "MUC1 Süd warehouse", "München", "BY", "85356")),
        frozenset({"BY", "BW"}),
    ),
    "GB": Country(
        _provinces(("ENG", "London", "EC1A 1BB", 8), ("ENG", "Manchester", "M1 1AE", 4),
                   ("SCT", "Glasgow", "G1 1XQ", 2), ("WLS", "Cardiff", "CF10 1EP", 1)),
        0.20,
        "44",
        (("LON1", "LON1 South warehouse", "London", "ENG", "UB7 0AA"),
         ("GLA1", "GLA1 North warehouse", "Glasgow", "SCT", "G52 4BQ")),
        frozenset({"SCT"}),
    ),
    "FR": Country(
        _provinces(("IDF", "Paris", "75001", 6), ("ARA", "Lyon", "69001", 3), ("PAC", "Marseille", "13001", 2)),
        0.20,
        "33",
        (("PAR1", "PAR1 Nord warehouse", "Paris", "IDF", "95700"),
         ("LYS1", "LYS1 Sud warehouse", "Lyon", "ARA", "69125")),
        frozenset({"ARA", "PAC"}),
    ),
    "JP": Country(
        _provinces(("JP-13", "Tokyo", "100-0001", 6), ("JP-27", "Osaka", "530-0001", 4),
                   ("JP-40", "Fukuoka", "810-0001", 2), ("JP-01", "Sapporo", "060-0001", 1)),
        0.10,
        "81",
        (("TYO1", "TYO1 East warehouse", "Tokyo", "JP-13", "143-0006"),
         ("OSA1", "OSA1 West warehouse", "Osaka", "JP-27", "559-0034")),
        frozenset({"JP-27", "JP-40"}),
    ),
}  # fmt: skip

VAT = {
    "AT": 0.20, "BE": 0.21, "BG": 0.20, "CY": 0.19, "CZ": 0.21, "DK": 0.25, "EE": 0.24, "ES": 0.21,
    "FI": 0.255, "GR": 0.24, "HR": 0.25, "HU": 0.27, "IE": 0.23, "IT": 0.22, "LT": 0.21, "LU": 0.17,
    "LV": 0.21, "MT": 0.18, "NL": 0.21, "PL": 0.23, "PT": 0.23, "RO": 0.21, "SE": 0.25, "SI": 0.22,
    "SK": 0.23, "CH": 0.081, "NO": 0.25, "AU": 0.10, "NZ": 0.15,
}  # fmt: skip
THREE_DIGITS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
NO_DIGITS = {"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"}
FIRST_LOCATION_ID, FIRST_ERP_LOCATION_ID = 71_001, 8


def country(code: str) -> Country:
    """A country of the table, or a plain one: one unnamed province, one warehouse, VAT if it has one."""
    known = COUNTRIES.get(code)
    if known:
        return known
    plain = (Province(None, "Main City", "1000", 1),)
    return Country(
        plain, VAT.get(code), "1", ((f"{code}M1", f"{code}M1 main warehouse", "Main City", None, "1000"),)
    )


def minor_digits(currency: str) -> int:
    """2 for USD, 0 for JPY, 3 for KWD."""
    return 0 if currency in NO_DIGITS else 3 if currency in THREE_DIGITS else 2


def prices_contain_tax(country_code: str) -> bool:
    return country(country_code).vat is not None


def tax_rate(home: str, ship_to: Address) -> float:
    """The rate on goods sent from `home`: local sales tax, the destination's VAT within tax-inclusive
    countries, nothing on exports from one system into the other."""
    there = country(ship_to.country)
    if prices_contain_tax(home):
        return there.vat or 0.0
    if there.vat is not None:
        return 0.0
    return next((row.tax for row in there.provinces if row.code == ship_to.province), 0.0)


def someones_address(roll: Random, country_code: str) -> Address:
    rows = country(country_code).provinces
    row = roll.choices(rows, [row.weight for row in rows])[0]
    return Address(country_code, row.code, row.city, row.zip)


def warehouses(country_code: str, codes: list[str] | None = None, offset: int = 0) -> list[Location]:
    """The company's locations; `codes` from a shop's own stock.csv name them (the first is the main one)."""
    place = country(country_code)
    rows = list(place.warehouses)
    if codes:
        _, _, city, province, zip_code = rows[0]
        known = {row[0]: row for row in rows}
        rows = [known.get(code, (code, f"{code} warehouse", city, province, zip_code)) for code in codes]
    return [
        Location(
            id=FIRST_LOCATION_ID + offset + n,
            erp_id=FIRST_ERP_LOCATION_ID + offset + n * 10,
            code=code,
            name=name,
            address=Address(country_code, province, city, zip_code),
            provinces=place.second if n == 1 else frozenset(),
        )
        for n, (code, name, city, province, zip_code) in enumerate(rows)
    ]
