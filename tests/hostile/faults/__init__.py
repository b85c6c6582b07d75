"""What goes wrong with HTTP: every fault spoils the answers of some requests, and says how it must end.

`complete`: it passes, and the same run brings everything. `error`: it lasts, and the run ends with an error that names the
source, with nothing loaded. `either`: whether the vendor's data survive depends on the vendor; half of them never do.
"""

from dataclasses import replace

from tests.hostile.faults.bombs import bombs
from tests.hostile.faults.broken import connections
from tests.hostile.faults.elsewhere import elsewhere
from tests.hostile.faults.fault import Fault
from tests.hostile.faults.labels import labels
from tests.hostile.faults.pages import pages
from tests.hostile.faults.refusals import refusals
from tests.hostile.faults.shapes import graphqls, shapes
from tests.hostile.faults.signing_in import tokens
from tests.hostile.ways import WAYS, Way


def faults(way: Way, port: int) -> list[Fault]:
    """Everything that is tried on one way; `port` is that of the server that must hear nothing."""
    found = [
        *refusals(),
        *connections(),
        *labels(),
        *tokens(way),
        *elsewhere(port, way),
        *pages(way),
        *bombs(),
    ]
    if way.is_json:
        found += shapes()
    if way.name == "shopify":
        found += graphqls()
    return [_of_a_file(fault) for fault in found if not fault.after] if way.is_file else found


def _of_a_file(fault: Fault) -> Fault:
    """A file is looked at when it is there: a spoilt one ends the run, and Airflow's next try asks for another."""
    return replace(fault, ends="either") if fault.ends == "complete" else fault


TABLE = [(way, fault) for way in WAYS for fault in faults(way, 0)]
