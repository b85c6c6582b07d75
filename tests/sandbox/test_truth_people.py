"""What the oracle says of people: who somebody is, what they allow, how good customers they are."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from include.sandbox.truth import Company, person_rows, rfm_rows
from include.sandbox.truth.people import fifths
from include.sandbox.world.model import ConsentChange, Customer, Order, Return, ReturnLine
from tests.sandbox import tiny, tiny_wider

ANN = "ann@example.com"
NOW = tiny.at(9)


def ann(*orders: Order, **more) -> Company:
    """Ann in both shops, with one mail address written in two ways; she is the customer of all orders."""
    ours = [order for order in orders if order.customer_id == 1]
    theirs = [order for order in orders if order.customer_id != 1]
    return Company(tiny_wider.company(orders=ours, branches=[tiny_wider.branch(*theirs)], **more), NOW)


def agreeing(*changes: tuple[int, bool]) -> Customer:
    consents = [ConsentChange(tiny.at(day), "email", granted) for day, granted in changes]
    return replace(tiny.world().customers[0], consents=consents)


def test_one_mail_address_is_one_person_and_their_money_is_added_up_in_the_companys_currency():
    rows = person_rows(ann(tiny.order(1, tiny.at(2), []), tiny_wider.euro_order(2, tiny.at(2))))
    assert set(rows) == {ANN}
    assert (rows[ANN]["paid_orders"], rows[ANN]["net_sales_amount"]) == (2, Decimal("31.60"))


def test_an_unpaid_order_is_not_counted():
    assert person_rows(ann(tiny.order(1, tiny.at(2), [], paid_at=None)))[ANN]["paid_orders"] == 0


def test_the_record_touched_last_says_what_somebody_allows():
    said_yes = agreeing((1, True))
    assert person_rows(ann(customers=[said_yes]))[ANN]["email_consent"] is True
    later = person_rows(ann(tiny_wider.euro_order(2, tiny.at(5)), customers=[said_yes]))
    assert later[ANN]["email_consent"] is False, "the European shop's record is newer and holds no consent"


def test_consent_withdrawn_is_none():
    assert person_rows(ann(customers=[agreeing((1, True), (3, False))]))[ANN]["email_consent"] is False
    assert person_rows(ann(customers=[agreeing((1, True), (12, False))]))[ANN]["email_consent"] is True


def test_a_return_for_our_fault_is_a_complaint_until_it_is_closed():
    def complained(closed: int | None, reason: str = "DEFECTIVE") -> bool:
        back = Return(1, tiny.at(4), tiny.at(closed) if closed else None, (ReturnLine(1, 10, 1, reason),))
        order = tiny.order(1, tiny.at(2), [], returns=[back])
        return bool(person_rows(ann(order))[ANN]["has_open_complaint"])

    assert [complained(None), complained(12), complained(6)] == [True, True, False]
    assert complained(None, "UNWANTED") is False


def test_few_people_get_no_scores():
    row = rfm_rows(ann(tiny.order(1, tiny.at(2), [])), date(2026, 3, 8))[ANN]
    assert row == {
        "recency_days": 6, "frequency": 1, "monetary_amount": Decimal("10.0000"),
        "r_score": None, "f_score": None, "m_score": None,
    }  # fmt: skip


def test_fifths_are_by_the_share_of_the_others_one_beats_and_equals_score_alike():
    """The same five hundred people as in the model's own example: every 200 days somebody new."""
    recency = {f"p{n}": -(n % 200) for n in range(500)}
    limits = {5: range(33), 4: range(33, 66), 3: range(66, 100), 2: range(100, 150), 1: range(150, 200)}
    wanted = {f"p{n}": score for n in range(500) for score, days in limits.items() if n % 200 in days}
    assert fifths(recency) == wanted
    assert fifths({"a": 10, "b": 20, "c": 20, "d": 30, "e": 40}) == {"a": 1, "b": 2, "c": 2, "d": 4, "e": 5}
    assert fifths({"a": 10, "b": None}) == {"a": 1}
