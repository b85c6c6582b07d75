"""Ann and Bob, customers of one shop, and the one request that was taken."""

from include.privacy.requests import requests
from tests.privacy.helpers import key_of, person
from tests.privacy.test_erase import ANN, BOB
from tests.warehouse.helpers import line, load

ANN_AT_SHOPIFY = "gid://shopify/Customer/1"


def named(vendor_id: str) -> str:
    return f"gid://shopify/Customer/{vendor_id}"


def shop(warehouse):
    """Ann and Bob as Shopify tells of them, Ann with a number of her own."""
    people = [
        person(warehouse, ANN, named("1"), phone="(650) 555-7777"),
        person(warehouse, BOB, named("2"), phone="+14155552222", first_name="Bob", last_name="Stays"),
    ]
    records = [
        line(named(n), {"id": named(n), "customer_key": key_of(warehouse, email)})
        for n, email in (("1", ANN), ("2", BOB))
    ]
    load(warehouse, records, stream="customers", vault=people)
    orders = [("1", ANN), ("2", BOB)]
    load(warehouse, [line(n, {"id": n, "customer_key": key_of(warehouse, email)}) for n, email in orders])


def only(warehouse):
    (one,) = requests(warehouse)
    return one
