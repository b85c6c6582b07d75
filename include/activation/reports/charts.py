"""Charts as inline SVG: drawn by Vega-Lite without a browser, sharp on screen and paper."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

Rows = Sequence[dict[str, Any]]

FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif"
INK, MUTED, GRID = "#1f2933", "#65758b", "#e4e9f0"
ATTEMPT, DELIVERED, BAD, WARM = "#0f6e84", "#7fc4c9", "#d4756f", "#e0a03b"
LINES = ["#0f6e84", "#c2703d", "#5b5ea6", "#4f8a4c", "#b0486f", "#8a7b3f"]
WIDTH = 640


def on_time(rows: Rows) -> Markup:
    """Both on-time measures of each carrier's service as bars, its target as a line across them.

    `rows`: {name, attempt, delivered, target} with rates between 0 and 1.
    """
    measures = [
        {"name": row["name"], "measure": label, "rate": row[key], "target": row["target"]}
        for row in rows
        for key, label in (("attempt", "carrier: first attempt"), ("delivered", "customer: delivered"))
        if row[key] is not None
    ]
    if not measures:
        return Markup()
    names = [row["name"] for row in rows]
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=190))
    bars = (
        alt.Chart(_data(measures))
        .mark_bar(cornerRadiusEnd=2, height={"band": 0.86})
        .encode(
            y=y,
            yOffset=alt.YOffset("measure:N"),
            x=_percent("rate:Q", _floor(measures)),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(range=[ATTEMPT, DELIVERED]),
                legend=alt.Legend(orient="top", title=None),
            ),
        )
    )
    targets = (
        alt.Chart(_data([row for row in rows if row["target"] is not None]))
        .mark_tick(color=INK, thickness=2, size=30)
        .encode(y=y, x=alt.X("target:Q"))
    )
    return _svg(bars + targets, height=46 * len(names))


def trend(rows: Rows) -> Markup:
    """Weekly share on time by carrier: `rows` are {week: date, carrier, rate, n}."""
    if len({row["week"] for row in rows}) < 2:
        return Markup()
    chart = (
        alt.Chart(_data(rows))
        .mark_line(point=alt.OverlayMarkDef(size=28), strokeWidth=2)
        .encode(
            x=alt.X("week:T", title=None, axis=alt.Axis(format="%-d %b", grid=False)),
            y=alt.Y(
                "rate:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%", tickCount=5)
            ),
            color=_by("carrier"),
        )
    )
    return _svg(chart, height=220)


def transit(rows: Rows) -> Markup:
    """Days in transit: the line from P50 to P95 of each service. `rows`: {name, p50, p95}."""
    known = [row for row in rows if row["p50"] is not None and row["p95"] is not None]
    if not known:
        return Markup()
    base = alt.Chart(_data(known)).encode(
        y=alt.Y("name:N", sort=[row["name"] for row in known], title=None, axis=alt.Axis(labelLimit=190))
    )
    days = alt.Axis(tickMinStep=1)
    line = base.mark_rule(strokeWidth=5, color=GRID, strokeCap="round").encode(
        x=alt.X("p50:Q", title="days from pick-up to delivery", axis=days), x2="p95:Q"
    )
    half = base.mark_point(filled=True, size=90, color=ATTEMPT).encode(x="p50:Q")
    most = base.mark_point(filled=True, size=90, color=WARM).encode(x="p95:Q")
    return _svg(line + half + most, height=30 * len(known))


def exceptions(rows: Rows) -> Markup:
    """Parcels with trouble by reason and carrier: `rows` are {reason, carrier, parcels}."""
    if not rows:
        return Markup()
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y("reason:N", sort="-x", title=None, axis=alt.Axis(labelLimit=190)),
            x=alt.X("sum(parcels):Q", title="parcels", axis=alt.Axis(tickMinStep=1)),
            color=_by("carrier"),
        )
    )
    return _svg(chart, height=28 * len({row["reason"] for row in rows}))


def hours(rows: Rows) -> Markup:
    """Order to ship by day and warehouse: median hours. `rows`: {day: date, location, p50}."""
    if len({row["day"] for row in rows}) < 2:
        return Markup()
    chart = (
        alt.Chart(_data(rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", grid=False)),
            y=alt.Y("p50:Q", title="hours, median", scale=alt.Scale(zero=True)),
            color=_by("location"),
        )
    )
    return _svg(chart, height=180)


def suppliers(rows: Rows) -> Markup:
    """Share of lines on time and in full: `rows` are {name, rate, target}."""
    known = [row for row in rows if row["rate"] is not None]
    if not known:
        return Markup()
    y = alt.Y("name:N", sort=[row["name"] for row in known], title=None, axis=alt.Axis(labelLimit=190))
    base = alt.Chart(_data(known))
    below = alt.datum.rate < alt.datum.target
    bars = base.mark_bar(cornerRadiusEnd=2, height={"band": 0.7}).encode(
        y=y, x=_percent("rate:Q"), color=alt.condition(below, alt.value(BAD), alt.value(ATTEMPT))
    )
    targets = base.mark_tick(color=INK, thickness=2, size=16).encode(y=y, x="target:Q")
    return _svg(bars + targets, height=24 * len(known))


def _by(field: str) -> alt.Color:
    return alt.Color(f"{field}:N", scale=alt.Scale(range=LINES), legend=alt.Legend(orient="top", title=None))


def _percent(field: str, low: float = 0.0) -> alt.X:
    scale = alt.Scale(domain=[low, 1.0], clamp=True)
    return alt.X(field, title=None, scale=scale, axis=alt.Axis(format=".0%", tickCount=6))


def _floor(measures: Rows) -> float:
    """Where the axis begins: bars of shares near 100 % would otherwise all look alike."""
    lowest = min(row["rate"] for row in measures)
    return 0.0 if lowest < 0.5 else 0.5


def _data(rows: Rows) -> alt.Data:
    return alt.Data(values=[{key: _plain(value) for key, value in row.items()} for row in rows])


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else float(value)


def _svg(chart: Any, height: int) -> Markup:
    styled = (
        chart.properties(width=WIDTH, height=max(height, 60), background="transparent")
        .configure(font=FONT)
        .configure_view(strokeWidth=0)
        .configure_axis(
            labelColor=MUTED,
            titleColor=MUTED,
            titleFontWeight="normal",
            gridColor=GRID,
            domain=False,
            ticks=False,
            labelFontSize=12,
            titleFontSize=12,
            labelPadding=6,
        )
        .configure_legend(labelColor=INK, labelFontSize=12, symbolType="circle")
    )
    return Markup(vl_convert.vegalite_to_svg(styled.to_json(validate=False)))  # noqa: S704
