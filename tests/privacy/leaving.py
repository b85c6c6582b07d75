"""People of a whole company who ask to be forgotten, each named in another way."""

from include.activation import audiences
from include.privacy import search
from include.privacy.marks import Marks
from include.privacy.people import known
from include.privacy.requests import Request, answer_open, requests, take_request
from include.privacy.retention import keep
from include.privacy.subjects import Subject
from include.warehouse.connect import connect
from tests.flows.company import Company


def buyers_on_lists(shop: Company) -> list[Subject]:
    """A few who bought, and are on lists: by e-mail, by phone, by Shopify's id and by Klaviyo's."""
    with connect(shop.settings, "privacy") as conn:
        rows = conn.execute(
            "SELECT DISTINCT ON (known.customer_key) known.email, known.phone, shop.vendor_id, mail.vendor_id"
            " FROM pii.customer AS known"
            " JOIN mart.dim_customer AS buyer USING (customer_key)"
            " JOIN pii.identity AS shop ON shop.customer_key = known.customer_key AND shop.source = 'shopify'"
            " JOIN pii.identity AS mail ON mail.customer_key = known.customer_key AND mail.source = 'klaviyo'"
            " WHERE known.customer_key IN (SELECT customer_key FROM ops.audience_member WHERE confirmed)"
            " AND known.phone IS NOT NULL AND NOT EXISTS (SELECT FROM pii.customer AS other"
            "  WHERE other.phone = known.phone AND other.customer_key <> known.customer_key)"
            " ORDER BY known.customer_key LIMIT 4"
        ).fetchall()
    assert len(rows) == 4, "too few people to forget"
    (email, *_), (_, phone, *_), (*_, at_shop, _), (*_, at_klaviyo) = rows
    told = (email, phone, f"shopify:{at_shop}", f"klaviyo:{at_klaviyo}")
    return [Subject.told(text, shop.settings.country) for text in told]


def marks_of(shop: Company, subjects: list[Subject]) -> Marks:
    """All that these people are known by, while it is known."""
    with connect(shop.settings, "privacy") as conn:
        return Marks.of(value for one in subjects for value in known(conn, shop.settings, one).values)


def forget(shop: Company, subjects: list[Subject]) -> list[Request]:
    """Ask, answer, tell the platforms, finish: what housekeeping does."""
    for subject in subjects:
        take_request(shop.settings, "erasure", subject)
    assert answer_open(shop.settings) == 0, "nobody waited for the platforms"
    audiences.withdraw(shop.settings, shop.day, shop._destinations())
    answer_open(shop.settings, "housekeeping")
    return requests(shop.settings)


def traces(shop: Company, marks: Marks) -> str:
    """Where these people can still be found when housekeeping has been there."""
    keep(shop.settings, shop.midnight)
    with connect(shop.settings, "privacy") as conn:
        return search.everywhere(conn, shop.settings, marks).places
