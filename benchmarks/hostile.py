"""Ask stock nbgrader what it does with the class of tests/grading/hostile.py, and write it down.

`python benchmarks/hostile.py --nbgrader` runs ``nbgrader autograde`` on every case, each in a fresh
course with one honest neighbour, and writes tests/grading/hostile_nbgrader.json: some minutes, and
once for each version of nbgrader. It has no cage, so the cases are harmless by construction.
Without the flag only the page in the book is written again, from that file.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT / "tests")  # in place of this folder, whose grading.py is another

from grading import hostile, hostile_page  # noqa: E402

from eeic.files import put_in_place  # noqa: E402
from eeic.grading import Course  # noqa: E402

NBGRADER = Path(sys.executable).with_name("nbgrader")
#: Seconds after which nbgrader is ended, and taken to hang.
LONGEST = 180


def ask(whole: Path, case: hostile.Case) -> dict:
    """Have one case marked by nbgrader in a copy of the course; return what came of it."""
    with tempfile.TemporaryDirectory(prefix="eeic-hostile-") as folder:
        root = Path(folder, "course")
        shutil.copytree(whole, root)
        course = Course(root, hostile.EXERCISE)
        name = hostile.learner(case)
        hostile.put(course, hostile.NEIGHBOUR, hostile.HONEST)
        hostile.put(course, name, case)
        with subprocess.Popen(
            [NBGRADER, "autograde", hostile.EXERCISE],
            cwd=root,
            env={
                **os.environ,
                "PATH": os.pathsep.join([str(NBGRADER.parent), os.environ["PATH"]]),
                hostile.SECRET: "hunter2",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as grader:
            try:
                grader.wait(LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(grader.pid, signal.SIGKILL)
                grader.wait()
        left = hostile.left_behind()
        for process in left:
            os.kill(process, signal.SIGKILL)
        points = None
        if course.autograded(name).is_dir():
            with course.ledger() as ledger:
                held = ledger.read()[name]
            points = [
                held[course.notebook.stem, question].points for question in ("ex98-q1", "ex98-q2")
            ]
        return {
            "points": points,
            "exit": grader.returncode,
            "others": course.autograded(hostile.NEIGHBOUR).is_dir(),
            "left": bool(left),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nbgrader", action="store_true", help="ask nbgrader anew")
    parser.add_argument("--only", nargs="+", default=[], metavar="CASE", help="and only of these")
    given = parser.parse_args()
    if given.nbgrader:
        asked = hostile_page.asked() if given.only and hostile_page.ASKED.is_file() else {}
        found = asked.get("cases", {})
        with tempfile.TemporaryDirectory(prefix="eeic-hostile-") as folder:
            whole = Path(folder, "course")
            hostile.course(whole)
            for case in hostile.CASES:
                if not given.only or case.name in given.only:
                    found[case.name] = ask(whole, case)
                    print(case.name, found[case.name], flush=True)
        Path(tempfile.gettempdir(), "eeic-hostile-answer").unlink(missing_ok=True)
        asked = {
            "nbgrader": version("nbgrader"),
            "python": ".".join(map(str, sys.version_info[:2])),
            "cases": {case.name: found[case.name] for case in hostile.CASES if case.name in found},
        }
        text = json.dumps(asked, indent=1, ensure_ascii=False) + "\n"
        put_in_place(hostile_page.ASKED, text.encode())
    put_in_place(hostile_page.PAGE, hostile_page.page().encode())


if __name__ == "__main__":
    main()
