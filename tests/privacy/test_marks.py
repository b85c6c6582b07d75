"""Where a person is found: as a whole word, in files and in every kind of column alike."""

import pytest

from include.privacy import search
from include.privacy.marks import Marks
from include.privacy.requests import answer_open, take_request
from tests.conftest import admin
from tests.privacy.test_erase import ANN, company
from tests.privacy.two_customers import only


@pytest.mark.parametrize(
    ("value", "text", "is_in"),
    [
        ("ann@x.org", "to Ann@X.org.", True),
        ("ann@x.org", "jo.ann@x.org", False),
        ("ann@x.org", "ann@x.org.uk", False),
        ("gid://shopify/Customer/1", '"gid://shopify/Customer/1"', True),
        ("gid://shopify/Customer/1", "gid://shopify/Customer/12", False),
        ("+16505557777", "call +16505557777!", True),
        ("a_b%c@x.org", "a_b%c@x.org", True),
        ("a_b%c@x.org", "aXbYc@x.org", False),
    ],
)
def test_a_person_is_found_as_a_whole_word_in_files_and_in_tables_alike(
    postgres, warehouse, value, text, is_in
):
    marks = Marks.of([value])
    assert marks.are_in(text.encode()) is is_in
    with admin(postgres, warehouse.database) as conn:
        conn.execute("INSERT INTO ops.action_feedback (verdict, reason) VALUES ('dismissed', %s)", [text])
        found, *_ = search.database(conn, marks)
    assert bool(found) is is_in


def test_a_bytes_column_is_searched_too(postgres, warehouse):
    company(warehouse)
    with admin(postgres, warehouse.database) as conn:
        conn.execute("CREATE TABLE ops.attachment (body bytea)")
        conn.execute("GRANT SELECT ON ops.attachment TO nightshift_privacy")
        conn.execute("INSERT INTO ops.attachment VALUES (%s)", [f"from: {ANN}".encode()])
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 0
    assert "ops.attachment" in only(warehouse).waiting_for
