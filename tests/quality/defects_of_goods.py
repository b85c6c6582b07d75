"""What goes wrong with parcels, with the ERP and with the rates of the day."""

from decimal import Decimal

from include.sources.base import Page, Record
from tests.quality.defects import Asked, Defect
from tests.quality.ways import (
    again_under_new_ids,
    always,
    each,
    every,
    kept,
    later,
    nothing,
    only,
    swap,
    times,
)


def _ups_in_local_time(record: Record) -> None:
    for package in record["package"]:
        for scan in package["activity"]:
            scan["gmtDate"], scan["gmtTime"] = scan["date"], scan["time"]


def _ups_last_year(record: Record) -> None:
    for package in record["package"]:
        for scan in package["activity"]:
            for name in ("date", "gmtDate"):
                scan[name] = str(int(scan[name][:4]) - 1) + scan[name][4:]


def _inverted(row: Record) -> None:
    row["rate"] = f"{1 / float(row['rate']):.6f}"


def _dollar_inverted(row: Record) -> None:
    if row["currency"] == "USD":
        _inverted(row)


def _yen_ten_times(row: Record) -> None:
    if row["currency"] == "JPY":
        row["rate"] = str(float(row["rate"]) * 10)


def _shifted_by_a_row(asked: Asked) -> list[Page]:
    """Every rate stands beside the next currency."""
    pages = asked.pages()
    for page in pages:
        rates = [row["rate"] for row in page.records]
        for row, rate in zip(page.records, rates[1:] + rates[:1], strict=True):
            row["rate"] = rate
    return pages


PARCELS = (
    Defect("half of the parcels", "easypost.trackers", kept(0.5)),
    Defect("pages lost on the way", "easypost.trackers", kept(0.7, ordered=False)),
    Defect("scans in local time", "easypost.trackers", every("tracking_details.datetime", to=later(hours=-5))),
    Defect("a status got another name", "easypost.trackers", every("status", to=lambda s: s.upper())),
    Defect("everything is delivered", "easypost.trackers", every("status", to=always("delivered"))),
    Defect("no tracking codes", "easypost.trackers", every("tracking_code", to=always(None))),
    Defect("last night's parcels again", "easypost.trackers", Asked.a_night_late),
    Defect("scans in local time", "ups.tracking", each(_ups_in_local_time)),
    Defect("scans of last year", "ups.tracking", each(_ups_last_year)),
    Defect("no parcels", "ups.tracking", nothing),
)  # fmt: skip

ERP = (
    Defect("stock below zero", "odoo.stock_quants", every("quantity", to=lambda n: -abs(n) - 1)),
    Defect("stock all zero", "odoo.stock_quants", every("quantity", to=always(Decimal(0)))),
    Defect("ten times the stock", "odoo.stock_quants", every("quantity", to=times(10))),
    Defect("last night's stock again", "odoo.stock_quants", Asked.a_night_late),
    Defect("lead times of zero", "odoo.supplier_info", every("delay", to=always(0), of=Asked.all_there_is)),
    Defect("supplier prices in cents", "odoo.supplier_info", every("price", to=times(100), of=Asked.all_there_is)),
    Defect("costs of zero", "odoo.products", every("standard_price", to=always(Decimal(0)), of=Asked.all_there_is)),
    Defect("ten times the units moved", "odoo.stock_moves", every("quantity", to=times(10))),
    Defect("every move again under a new id", "odoo.stock_moves", again_under_new_ids("id", lambda v: v + 10_000_000)),
    Defect("from and to changed places", "odoo.stock_moves", each(swap("location_id", "location_dest_id"))),
)  # fmt: skip

RATES = (
    Defect("all rates inverted", "ecb.rates", each(_inverted)),
    Defect("the dollar inverted", "ecb.rates", each(_dollar_inverted)),
    Defect("ten times the yen", "ecb.rates", each(_yen_ten_times)),
    Defect("rates beside their neighbours", "ecb.rates", _shifted_by_a_row),
    Defect("the dollar is missing", "ecb.rates", only(lambda row: row["currency"] != "USD")),
    Defect("no rates", "ecb.rates", nothing),
)  # fmt: skip
