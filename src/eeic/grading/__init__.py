"""Releasing an exercise to a class, marking it, and giving it back.

Learners use one name, `mark`. Everything else is for instructors, needs nbgrader, and is imported
only when it is used: a learner's notebook, or a browser's Python, has none of it.
"""

from typing import TYPE_CHECKING, Any

from eeic.grading.marks import mark

if TYPE_CHECKING:
    from eeic.grading.course import Course, CourseFault, Row
    from eeic.grading.handed_in import preflight
    from eeic.grading.roundtrip import Report, check

__all__ = [
    "Course",
    "CourseFault",
    "Report",
    "Row",
    "check",
    "mark",
    "preflight",
]
_ROOMS = {
    "Course": "course",
    "CourseFault": "course",
    "Row": "course",
    "Report": "roundtrip",
    "check": "roundtrip",
    "preflight": "handed_in",
}


def __getattr__(name: str) -> Any:
    """Import what is for instructors when it is first asked for."""
    from importlib import import_module

    if name in _ROOMS:
        return getattr(import_module(f"eeic.grading.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
