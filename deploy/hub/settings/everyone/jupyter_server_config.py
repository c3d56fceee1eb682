"""Every server of the hub: the lessons are in the person's home, and what is not needed is off."""

import os
import shutil
from pathlib import Path

c = get_config()  # noqa: F821 - Jupyter puts it here

# This runs as the person, so nobody else's rights touch a home. What is there is left alone.
lessons = Path.home() / "lessons"
lessons.mkdir(exist_ok=True)
for lesson in Path(os.environ["EEIC_COURSE"], "notebooks").glob("[0-9]*.ipynb"):
    if not (lessons / lesson.name).exists():
        shutil.copyfile(lesson, lessons / lesson.name)

# Several people in one notebook: at tables only (settings/table). It saves by itself all the
# time, which work that is to be marked should not.
c.YDocExtension.disable_rtc = True

# There is no language server here to talk to, and looking for some delays every start.
c.ServerApp.jpserver_extensions.update({"jupyter_lsp": False})

# A login shell, which is the default, would forget where `eeic` and `nbgrader` are.
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
