"""nbgrader's settings for this course folder; every nbgrader command run here reads it."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader puts it here

here = Path(__file__).resolve().parent
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "eeic"
c.CourseDirectory.db_url = f"sqlite:///{here / 'gradebook.db'}"

# `mark()` finds the marking files through this: the kernels that autograding starts inherit it.
# It stands only on the instructor's machine, so on a learner's `mark()` has nothing to mark with.
os.environ["EEIC_MARKING"] = str(here / "marking")

# A cell that never ends costs half a minute of the run, not all of it.
c.Execute.timeout = 30

# Each kernel would warn on the instructor's screen that it talks over this machine's own ports.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]

# The released notebook keeps `answer_2 = ...`; nothing else stands where the solution was.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = "Write here, in place of this line."

# One calm page with no script and nothing fetched from anywhere, in place of nbgrader's own.
c.GenerateFeedback.exporter_class = "eeic.grading.feedback.FeedbackPage"

# Where your learners read the course, for links to its lessons on the feedback pages.
# c.FeedbackPage.book = "https://example.org/course"
