"""Where exercises are handed out and in, for everybody."""

import os

c = get_config()  # noqa: F821 - nbgrader puts it here

c.CourseDirectory.course_id = "eeic"
c.Exchange.root = os.environ["EEIC_EXCHANGE"]
# What is fetched goes to eeic/ in a person's home, beside lessons/.
c.Exchange.path_includes_course = True
