"""Where the instructor's course folder is; its own nbgrader_config.py says the rest."""

from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader puts it here

c.CourseDirectory.root = str(Path.home() / "exercises")
