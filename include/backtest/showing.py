"""The comparison as a table on the screen and as a small picture."""

from pathlib import Path

import altair as alt
import vl_convert
from rich.console import Console
from rich.table import Table

from include.backtest.compare import HORIZONS, Outcome

COLOURS = ["#0f6e84", "#c2703d", "#5b5ea6"]


def table(outcomes: list[Outcome]) -> Table:
    """One column per method, ours first; stock relative to ours at the same fill rate."""
    ours = outcomes[0]
    shown = Table(title="At equal fill rate", title_justify="left", title_style="bold")
    shown.add_column("")
    for one in outcomes:
        shown.add_column(one.name, justify="right")
    lines = {
        "fill rate": [f"{one.fill_rate:.2%}" for one in outcomes],
        "average stock, units": [f"{one.average_stock:,.0f}" for one in outcomes],
        "stock relative to ours": [_relative(one.average_stock, ours.average_stock) for one in outcomes],
        "we need less by": [_saving(ours.average_stock, one.average_stock) for one in outcomes],
        "days that closed empty": [f"{one.stock_out_days:.2%}" for one in outcomes],
        "demand within the reorder point": [f"{one.coverage:.1%}" for one in outcomes],
        "z": ["by back-test" if one.z is None else f"{one.z:.2f}" for one in outcomes],
    }
    for ahead in HORIZONS:
        lines[f"WAPE of {ahead} days"] = [f"{one.errors[ahead].wape:.3f}" for one in outcomes]
        lines[f"bias of {ahead} days"] = [f"{one.errors[ahead].bias:+.3f}" for one in outcomes]
    for name, cells in lines.items():
        shown.add_row(name, *cells)
    return shown


def print_all(console: Console, assumptions: list[str], outcomes: list[Outcome]) -> None:
    for line in assumptions:
        console.print(f"- {line}", highlight=False, markup=False)
    console.print(table(outcomes))


def draw(outcomes: list[Outcome], file: Path) -> None:
    """Average stock over fill rate as SVG: every z that was tried, and where each method stands at equal fill rate."""
    names = [one.name for one in outcomes]
    colour = alt.Color(
        "method:N",
        sort=names,
        scale=alt.Scale(domain=names, range=COLOURS),
        legend=alt.Legend(orient="top", title=None),
    )
    tried = [
        {"method": one.name, "fill": fill, "stock": stock}
        for one in outcomes
        for fill, stock in sorted(one.tried)
    ]
    final = [{"method": one.name, "fill": one.fill_rate, "stock": one.average_stock} for one in outcomes]
    x = alt.X("fill:Q", title="fill rate", scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%"))
    y = alt.Y("stock:Q", title="average stock, units", scale=alt.Scale(zero=False))
    lines = alt.Chart(alt.Data(values=tried)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    points = alt.Chart(alt.Data(values=final)).mark_point(filled=True, size=90).encode(x=x, y=y, color=colour)
    chart = (
        (lines + points).properties(width=560, height=320, background="white").configure_view(strokeWidth=0)
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(vl_convert.vegalite_to_svg(chart.to_json(validate=False)))


def _relative(stock: float, ours: float) -> str:
    return f"{stock / ours:.3f}" if ours else "-"


def _saving(ours: float, theirs: float) -> str:
    return "" if ours == theirs or not theirs else f"{1 - ours / theirs:.1%}"
