"""Amazon's Selling Partner API: orders, the seller's account, stock in Amazon's warehouses, feedback and returns.

No stream names a person: BUYER is never asked for, and of where an order goes only country and region are kept. See
`orders` and `reports` for how; the vault refuses rows whose source begins with amazon.
"""

from datetime import timedelta

from include.sources.amazon import finances, inventory, orders, reports
from include.sources.amazon.client import connect
from include.sources.base import Source, Stream

STREAMS = (
    Stream(
        "orders",
        "log",
        orders.FIELDS,
        orders.pull,
        key="orderId",
        updated_at="lastUpdatedTime",
        unwanted=orders.UNWANTED,
        overlap=timedelta(days=2),  # Amazon's index lags; one request more
    ),
    Stream(
        "transactions",
        "log",
        finances.FIELDS,
        finances.pull,
        key="transactionId",
        overlap=finances.STILL_DEFERRED,
    ),
    Stream(
        "inventory",
        "snapshot",
        inventory.FIELDS,
        inventory.pull,
        updated_at=None,
        unwanted=inventory.UNWANTED,
    ),
    Stream(
        "feedback",
        "log",
        reports.FEEDBACK_FIELDS,
        reports.pull_feedback,
        key="order_id",
        overlap=timedelta(days=30),
    ),
    Stream(
        "returns",
        "log",
        reports.RETURN_FIELDS,
        reports.pull_returns,
        key="license_plate_number",
        overlap=timedelta(days=14),
    ),
)

AMAZON = Source(
    "amazon",
    "Amazon",
    STREAMS,
    connect,
    "Host: https://sellingpartnerapi-na.amazon.com (-eu, -fe). Login and password: the application's LWA client id and"
    " secret. The application needs the roles Inventory and Order Tracking, Amazon Fulfillment, Finance and Accounting"
    " and Selling Partner Insights, and no restricted one: Nightshift reads no buyers. Extra: "
    '{"account": "<seller id>", "marketplace_ids": ["ATVPDKIKX0DER"], "credentials": {"refresh_token": "Atzr|…"}}.',
)
