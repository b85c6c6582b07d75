"""What Airflow does about each kind of error in `include.errors`: wait, or fail at once."""

from datetime import timedelta
from typing import Any

from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

_WAIT = RetryRule(
    exception="include.errors.Wait", action=RetryAction.RETRY, retry_delay=timedelta(seconds=30)
)
_HOPELESS = RetryRule(
    exception=["include.errors.FixCredentials", "include.errors.Stop"],
    action=RetryAction.FAIL,
    reason="retrying cannot help; the message says what to do",
)

RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_policy": ExceptionRetryPolicy(rules=[_WAIT, _HOPELESS]),
}
"""Task arguments shared by all DAGs; connectors have already retried with back-off inside a try."""

NIGHT: dict[str, Any] = {
    "catchup": False,
    "is_paused_upon_creation": False,
    "max_active_runs": 1,
    "default_args": {"owner": "nightshift", **RETRIES},
}
"""DAG arguments: a paused consumer would lose doorbells; a missed night is caught up by its window, not by runs."""
