"""The comparison with the truth neither overlooks nor invents a difference."""

from decimal import Decimal

from include.stack.figures import FIGURES, compare


def test_equal_figures_do_not_differ() -> None:
    ours = {"net_sales": Decimal("698.380"), "orders": Decimal(91)}
    assert compare(ours, {"net_sales": 698.38, "orders": 91}) == []


def test_a_cent_is_a_difference_and_is_told_in_words() -> None:
    [difference] = compare({"net_sales": Decimal("698.37")}, {"net_sales": 698.38})
    assert str(difference) == "net_sales: marts say 698.37, the sandbox 698.38"


def test_a_figure_we_do_not_have_differs() -> None:
    [difference] = compare({}, {"orders": 0})
    assert difference.ours is None


def test_what_cannot_be_known_is_equal_only_to_itself() -> None:
    assert compare({"net_sales": None}, {"net_sales": None}) == []
    assert compare({"net_sales": None}, {"net_sales": 0}) != []
    assert compare({"net_sales": Decimal(0)}, {"net_sales": None}) != []


def test_every_figure_of_the_sandboxs_truth_has_a_query() -> None:
    import inspect
    import re

    from include.sandbox.truth import summary as module
    from include.sandbox.truth.summary import summary

    told = set(re.findall(r'^        "([a-z_]+)":', inspect.getsource(summary), re.MULTILINE))
    assert module.__name__.endswith("summary")
    assert told == set(FIGURES)
