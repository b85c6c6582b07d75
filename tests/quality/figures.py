"""What the scorecard and the docs say of the defects tried and of the clean nights."""

import json
from collections import Counter, defaultdict

from tests.quality.trying import Verdict
from tests.quality.ways import SEED

FIGURE = "data defects stopped before publishing"
NO_FALSE_ALARM = "clean nights with a false alarm"


def score(verdicts: list[Verdict]) -> str:
    stopped = sum(one.is_stopped for one in verdicts)
    return json.dumps(
        {
            "figure": FIGURE,
            "target": "at least 95 %",
            "tried": len(verdicts),
            "survived": stopped,
            "seed": SEED,
        }
    )


def alarms(nights: int, held: list[list[str]]) -> dict:
    return {
        "figure": NO_FALSE_ALARM,
        "target": "0",
        "tried": nights,
        "survived": nights - len(held),
        "seed": SEED,
    }


def passed(verdict: Verdict) -> str:
    return f"{verdict.defect.where}: {verdict.defect.name}"


def told(verdicts: list[Verdict]) -> str:
    """Which check stopped what, and what each check alone stopped: without it those defects would have passed."""
    by_check, alone = Counter(), defaultdict(list)
    for one in verdicts:
        by_check.update(one.checks)
        if len(one.checks) == 1:
            alone[next(iter(one.checks))].append(passed(one))
    lines = ["| Check | Stopped | Alone | Of these |", "|---|---|---|---|"]
    for name, many in by_check.most_common():
        shown = "; ".join(alone[name][:3]) + (" …" if len(alone[name]) > 3 else "")
        lines.append(f"| {name} | {many} | {len(alone[name])} | {shown} |")
    missed = [passed(one) for one in verdicts if not one.is_stopped]
    beside = sorted({why for one in verdicts for why in one.others_held})
    lines += [
        "",
        f"Passed: {'; '.join(missed) or 'none'}.",
        "",
        f"Held beside them: {'; '.join(beside) or 'nothing'}.",
    ]
    return "\n".join(lines)
