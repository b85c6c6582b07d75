"""Gate *entering*: is what the sources sent tonight fit to build from? A failing load is held, the rest goes on.

`loads` asks the same of every load; beside it stands one suite per source, named as the source.
"""

from importlib import import_module
from pathlib import Path

from expectations.check import Check

_SUITES = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py") if file.stem != "payloads")

CHECKS: tuple[Check, ...] = tuple(
    check for suite in _SUITES for check in import_module(f"{__name__}.{suite}").CHECKS
)
