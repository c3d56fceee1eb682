"""The page in the book on broken and hostile work: from the cases and from what nbgrader did."""

import json
from pathlib import Path

from grading.hostile import CASES, GROUPS, Case, Points

#: What nbgrader did, as benchmarks/hostile.py found it.
ASKED = Path(__file__).with_name("hostile_nbgrader.json")
PAGE = Path(__file__).parents[2] / "book" / "instructors" / "hostile.md"

_HEAD = """# Broken and hostile work

One file is damaged, one loop never ends, and somebody helps themselves to points.
What happens to them, and to everybody else in the class?
This page says it case by case, for `eeic grade autograde` and for stock nbgrader {version}.

The exercise has two questions of 2 points each.
The first is marked by tests in its own cell, one of them hidden, as in any nbgrader course.
The second is marked by `mark()`, as in this course.
In the tables, “0, 2” is no point for the first and two for the second; a mark that waits for
somebody to give it is “a person”.
*Deserved* is what a careful person would give; where somebody cheats, the points say if it worked.

Our tests mark all {cases} submissions in one run, with small limits, and compare every point.
What nbgrader does was found by running it on each (`benchmarks/hostile.py`).
nbgrader gives {theirs} of them what they deserve, and we {ours}.
"""
_TAIL = """
## Where nbgrader is right and we differ

{right}

## Where neither is right

{neither}

## Where nbgrader is wrong, and why

**No marks at all.**
The learner gets nothing, and the run ends with an error; the others are marked, but where it says
so above.
A careful marker would mark what is there, or tell the learner what to hand in.

{lost}

**Points that were not earned.**
The learner's code runs beside the tests with your rights, and reaches whatever you can reach.

{given}

**Points that were earned and not given, or that wait for a person.**
nbgrader takes anything on the error stream for an error, leaves a deleted test to a person,
and runs a test where it was moved to.

{taken}

## What no software can do

- A test in the notebook's own cell runs beside the code that it tests.
  We flag the tricks that people copy from each other; who reads our source can still forge a test.
  Ask what matters with `mark()`, which is judged outside.
- Who wrote the code, no marking software can say.
"""


def asked() -> dict:
    """Return what nbgrader did."""
    return json.loads(ASKED.read_text(encoding="utf-8"))


def page() -> str:
    """Return the page as Markdown."""
    known = asked()
    theirs = {case: _points(known["cases"][case.name]) for case in CASES}
    wrong = [case for case in CASES if theirs[case] != case.fair]
    lost = [case for case in wrong if theirs[case] is None]
    given = [case for case in wrong if case not in lost and _more(theirs[case], case.fair)]
    taken = [case for case in wrong if case not in lost and case not in given]
    ours = [case for case in CASES if case.points != case.fair]
    parts = [
        _HEAD.format(
            version=known["nbgrader"],
            cases=len(CASES),
            theirs=len(CASES) - len(wrong),
            ours=len(CASES) - len(ours),
        )
    ]
    for title, cases in GROUPS.items():
        parts += [
            f"## {title}\n",
            "| Handed in | Deserved | nbgrader | eeic | eeic tells the marker |",
            "|---|---|---|---|---|",
            *(_row(case, theirs[case], known["cases"][case.name]) for case in cases),
            "",
        ]
    parts.append(
        _TAIL.strip("\n").format(
            right=_list([case for case in ours if case not in wrong]),
            neither=_list([case for case in ours if case in wrong]),
            lost=_list(lost, noted=False),
            given=_list(given, noted=False),
            taken=_list(taken, noted=False),
        )
    )
    return "\n".join(parts) + "\n"


def _points(found: dict) -> Points | None:
    return None if found["points"] is None else tuple(found["points"])


def _more(points: Points, fair: Points) -> bool:
    return any(one is not None and one > other for one, other in zip(points, fair, strict=True))


def _row(case: Case, theirs: Points | None, found: dict) -> str:
    more = ", and it still runs" if found["left"] else ""
    if not found.get("others", True):
        more = ", nor for anybody after it"
    cells = [
        case.name,
        _said(case.fair),
        _said(theirs) + more,
        _said(case.points),
        ", ".join(dict.fromkeys(case.kinds)) or "nothing",
    ]
    return f"| {' | '.join(cells)} |"


def _said(points: Points | None) -> str:
    if points is None:
        return "no marks"
    return ",\N{NO-BREAK SPACE}".join("a person" if one is None else f"{one:g}" for one in points)


def _list(cases: list[Case], noted: bool = True) -> str:
    lines = (f"- {case.name}. {case.note}" if noted else f"- {case.name}" for case in cases)
    return "\n".join(lines) or "Nowhere."
