"""`make psql` opens what its role may see."""

from types import SimpleNamespace

import pytest

from include.stack.prompt import open_prompt


@pytest.mark.parametrize(
    ("role", "query", "sees"),
    [
        ("admin", "select count(*) from raw.load_log", True),
        ("admin", "select count(*) from mart._publication", True),
        ("reader", "select count(*) from mart._publication", True),
        ("reader", "select count(*) from raw.load_log", False),
    ],
)
def test_the_prompt_opens_the_warehouse_with_the_rights_of_its_role(postgres, warehouse, role, query, sees):
    stack = SimpleNamespace(settings=warehouse, postgres=postgres)
    assert (open_prompt(stack, role, query) == 0) is sees
