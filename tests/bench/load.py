"""Extract and load: ours against the limit of COPY, the honest minimum and four general loaders.

All read the same pages over HTTP from a process of its own into one Postgres, each into a fresh database, one after the
other, round by round; ratios are taken within a round, against the run of ours or of the limit that lies nearest. What
was loaded is compared with what was sent. Ours projects, spools, de-duplicates and observes; dlt and `insert_rows`
merely append, which favours them.
"""

from collections import defaultdict
from functools import partial

from rich.console import Console

from tests.bench import Row, Size
from tests.bench.load_stage import Contender, Failed, Measured, Stage, stage
from tests.bench.peers.environments import NotInstalled, python_of

SIZES: dict[Size, dict[str, int]] = {
    "full": {"orders": 25_000, "plain_orders": 25_000, "rows": 200_000},
    "quick": {"orders": 500, "plain_orders": 500, "rows": 2000},
}
ROUNDS: dict[Size, int] = {"full": 7, "quick": 1}
WITH_PEERS: dict[Size, int] = {"full": 2, "quick": 0}
"""In how many of the rounds the peers take part, which are slow."""

AMOUNT = {"orders": "total_price", "plain_orders": "total_price", "rows": "spend"}
TITLES = {
    "orders": "25,000 orders with people in them",
    "plain_orders": "25,000 orders without personal fields",
    "rows": "200,000 flat rows",
}
PEERS = {"tuned dlt": 5.0, "default dlt": 8.0, "Singer": 10.0, "insert_rows": 4.0}
"""Peer → how many times faster ours has to be."""

MOST_MEMORY = 64.0
ORDERS_A_DAY: dict[Size, int] = {"full": 70, "quick": 2}
WINDOWS = (1, 30, 365)
"""Days of orders that are pulled at once, to see what that does to memory."""
MOST_GROWTH = 1.05
Results = dict[str, list[Measured]]


def run(console: Console, size: Size) -> list[Row]:
    """Measure everything; a peer that cannot be installed or loads something else gets a row that says so."""
    rows: list[Row] = []
    with stage(SIZES[size]) as place:
        for kind in SIZES[size]:
            limits, ours, peers = _contenders(kind)
            console.print(f"[bold]{TITLES[kind]}[/]")
            results, missing = _measure(console, place, size, limits + ours, peers if size == "full" else [])
            rows += _goals(kind, ours, results, missing, peers if size == "full" else [])
            rows += _minimum(kind, results)
            rows += _figures(kind, results)
    return rows + _longer_windows(size)


def _longer_windows(size: Size) -> list[Row]:
    """Memory by the length of the window. What is under way at a time (a page, two batches) is there after a month."""
    peaks = []
    for days in WINDOWS:
        with stage({"orders": days * ORDERS_A_DAY[size]}) as place:
            _, (ours,), _ = _contenders("orders")
            peaks.append(place.measure(ours).mb)
    day, month, year = peaks
    what = f"{ORDERS_A_DAY[size]} orders a day, memory of a window of"
    return [
        Row(f"{what} 365 days ÷ 30 days", (year / month,), at_most=MOST_GROWTH),
        Row(f"{what} 365 days ÷ 1 day", (year / day,)),
        *(Row(f"{what} {days} days", (peak,), "MB") for days, peak in zip(WINDOWS, peaks, strict=True)),
    ]


def _measure(
    console: Console, place: Stage, size: Size, quick: list[Contender], peers: list[Contender]
) -> tuple[Results, dict[str, str]]:
    """Rounds of all contenders; ours and the limit run again in each, so that each peer has them close by."""
    results: Results = defaultdict(list)
    missing: dict[str, str] = {}
    for number in range(ROUNDS[size]):
        for contender in quick + (peers if number < WITH_PEERS[size] else []):
            if contender.name in missing:
                continue
            try:
                measured = place.measure(contender)
            except (Failed, NotInstalled) as why:
                missing[contender.name] = str(why)
                results.pop(contender.name, None)
                console.print(f"  {contender.name}: {why}", markup=False)
                continue
            results[contender.name].append(measured)
            console.print(
                f"  {contender.name:<28} {measured.wall:6.2f} s, {measured.cpu:6.2f} CPU-s"
                f" ({measured.client_cpu:.2f} the client's), {measured.mb:4.0f} MB"
            )
    return results, missing


def _contenders(kind: str) -> tuple[list[Contender], list[Contender], list[Contender]]:
    """The yardsticks, ours (a log stream; rows also as statements by day), and the peers."""
    amount = AMOUNT[kind]
    cents, ids = f"sum(round(({{}}->>'{amount}')::numeric * 100))", "sum(({}->>'id')::bigint)"
    typed = f"SELECT count(*), sum(id), sum(round(({amount})::numeric * 100)) FROM {{}}"

    def documents(table: str, document: str = "payload") -> str:
        return f"SELECT count(*), {ids.format(document)}, {cents.format(document)} FROM {table}"

    limits = [
        Contender("COPY limit", kind, "tests.bench.peers.copy_limit", documents("loaded"), {}),
        Contender("reference", kind, "tests.bench.peers.reference", documents("loaded"), {}),
    ]
    module = "tests.bench.peers.ours"
    ours = [Contender("ours", kind, module, documents(f"raw.bench_{kind}"), {"stream": kind})]
    if kind == "rows":
        by_day = documents("raw.bench_rows, jsonb_array_elements(payload) AS row", "row")
        ours = [
            Contender("ours", kind, module, by_day, {"stream": "rows"}),
            Contender(
                "ours keyed", kind, module, documents("raw.bench_keyed_rows"), {"stream": "keyed_rows"}
            ),
        ]
    dlt, singer = partial(python_of, "dlt"), partial(python_of, "singer")
    peers = [
        Contender("insert_rows", kind, "tests.bench.peers.insert_rows", typed.format("loaded"), {}),
        Contender("tuned dlt", kind, "dlt_pages", typed.format("dlt.loaded"), {"tuned": True}, dlt),
        Contender("default dlt", kind, "dlt_pages", typed.format("dlt.loaded"), {"tuned": False}, dlt),
        Contender("Singer", kind, "singer", typed.format("singer.loaded"), {}, singer),
    ]
    return limits, ours, peers if kind != "plain_orders" else []


def _goals(
    kind: str, ours: list[Contender], results: Results, missing: dict[str, str], peers: list[Contender]
) -> list[Row]:
    title = TITLES[kind]
    rows = []
    for contender in ours:
        name = contender.name
        goal = 2.0 if kind == "orders" else 1.5
        rows.append(
            Row(
                f"{title}: {name} ÷ COPY limit",
                _ratios(results[name], results["COPY limit"]),
                at_most=goal,
                why_not=missing.get(name, ""),
            )
        )
        rows += [
            Row(
                f"{title}: {peer.name} ÷ {name}",
                _ratios(results[peer.name], results[name]),
                at_least=PEERS[peer.name],
                why_not=missing.get(peer.name, missing.get(name, "")),
            )
            for peer in peers
        ]
        memory = tuple(run.mb for run in results[name])
        rows.append(Row(f"{title}: memory of {name}", memory, "MB", at_most=MOST_MEMORY))
    return rows


def _minimum(kind: str, results: Results) -> list[Row]:
    """How near the goals the reference comes, which neither checks nor keeps nor observes: the room they leave on this machine."""
    peers = [name for name in PEERS if name in results]
    reference = results["reference"]
    return [
        Row(f"{TITLES[kind]}: reference ÷ COPY limit", _ratios(reference, results["COPY limit"])),
        *(Row(f"{TITLES[kind]}: {name} ÷ reference", _ratios(results[name], reference)) for name in peers),
    ]


def _ratios(those: list[Measured], these: list[Measured]) -> tuple[float, ...]:
    return tuple(that.wall / this.wall for that, this in zip(those, these, strict=False))


def _figures(kind: str, results: Results) -> list[Row]:
    """What lies behind the ratios."""
    rows = []
    for name, runs in results.items():
        of = f"{TITLES[kind]}: {name}"
        rows += [
            Row(f"{of}, wall", tuple(run.wall for run in runs), "s"),
            Row(f"{of}, CPU of all", tuple(run.cpu for run in runs), "s"),
            Row(f"{of}, CPU of the client", tuple(run.client_cpu for run in runs), "s"),
            Row(f"{of}, memory at most", tuple(run.mb for run in runs), "MB"),
            Row(f"{of}, memory of its imports", tuple(run.imports_mb for run in runs), "MB"),
        ]
    return rows
