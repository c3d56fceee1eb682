"""Releasing an exercise to a class, marking it, and giving it back.

Learners use one name, `mark`. Everything else is for instructors and needs nbgrader, which is
imported only when it is used.
"""

from eeic.grading.course import Course, CourseFault, Row
from eeic.grading.handed_in import preflight
from eeic.grading.marks import mark
from eeic.grading.roundtrip import Report, check

__all__ = ["Course", "CourseFault", "Report", "Row", "check", "mark", "preflight"]
