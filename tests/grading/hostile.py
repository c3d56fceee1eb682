"""Every broken, hostile and unusual submission we could think of, on an exercise of two questions.

Each is bounded and harmless, even to a grader without a cage: loops end by themselves, what is
taken is small, what is written lies in the course's own folder. What is sought by cheating shows
in the points: an answer is right only if the cheat worked. Question 1 is marked by tests in its own
cell, as in any nbgrader course; question 2 by `mark()`.

`test_hostile.py` holds `eeic grade autograde` to what is said here, and `benchmarks/hostile.py`
asks stock nbgrader.
"""

import copy
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import eeic
from eeic.grading import Course
from eeic.grading.invented import Code, add_code, find, hand_in

EXERCISE = "ex98-two-questions"
#: Seconds for a cell when nbgrader is asked.
PATIENCE = 10
#: In the command line of a process that a notebook leaves behind.
LEFT_BEHIND = "eeic-left-behind"
#: What an instructor's environment may hold.
SECRET = "EEIC_HOSTILE_SECRET"
#: Somebody else in the class, whose answers are right.
NEIGHBOUR = "neighbour"

# -- the exercise --------------------------------------------------------------------------------

_CONFIG = f"""
import os
from pathlib import Path

c = get_config()
here = Path(__file__).resolve().parent
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "two"
c.CourseDirectory.db_url = f"sqlite:///{{here / 'gradebook.db'}}"
os.environ["EEIC_MARKING"] = str(here / "marking")
c.Execute.timeout = {PATIENCE}
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
c.ClearSolutions.code_stub = {{"python": ""}}
"""
_BANK = """
[[question]]
id = "ex98.q2"
type = "numeric"
stem = "A rate"
unit = "per 1,000"
"""
_MARKING = """
def items(cohort):
    return {"ex98.q2": {"value": 12.5, "tolerance": 0.05}}
"""
_DOUBLE = """def double(number):
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION
    return None"""
_TESTS = """assert double(2) == 4
### BEGIN HIDDEN TESTS
np.testing.assert_equal(double(21), 42)
### END HIDDEN TESTS"""
_RATE = """answer_2 = ...
### BEGIN SOLUTION
answer_2 = 12.5
### END SOLUTION"""


def _cell(source, name="", kind="code", **settings):
    cell = {"cell_type": kind, "id": name or "words", "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if name:
        base = {"schema_version": 3, "grade_id": name, "task": False, "cell_type": kind}
        base |= {"grade": "points" in settings, "solution": False, "locked": False}
        cell["metadata"]["nbgrader"] = {**base, **settings}
    return cell


_NOTEBOOK = {
    "cells": [
        _cell("# Two questions", kind="markdown"),
        _cell("import numpy as np\n\nfrom eeic.grading import mark", "ex98-setup", locked=True),
        _cell(_DOUBLE, "ex98-q1-answer", solution=True),
        _cell(_TESTS, "ex98-q1", locked=True, points=2),
        _cell(_RATE, "ex98-q2-answer", solution=True),
        _cell('mark("ex98.q2", answer_2)', "ex98-q2", locked=True, points=2),
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


def course(root: Path) -> Course:
    """Write a course folder with the exercise released and nobody in it."""
    source = root / "source" / EXERCISE
    source.mkdir(parents=True)
    (source / f"{EXERCISE}.ipynb").write_text(json.dumps(_NOTEBOOK), encoding="utf-8")
    (source / "questions.toml").write_text(_BANK, encoding="utf-8")
    (source / "cohort.csv").write_text(f"{eeic.NOTICE}\npeople,events\n60,9\n20,1\n", "utf-8")
    for folder, name, text in (
        ("marking", "ex98.py", _MARKING),
        ("private", f"{EXERCISE}.json", "{}"),
        (".", "nbgrader_config.py", _CONFIG),
    ):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / name).write_text(text, encoding="utf-8")
    made = Course(root, EXERCISE)
    made.release()
    return made


# -- the cases -----------------------------------------------------------------------------------

Points = tuple[float | None, float | None]


@dataclass(frozen=True)
class Case:
    """One submission.

    Parameters
    ----------
    name : str
        What was handed in, for a reader.
    one, two : str
        The text of the answer cells of the two questions; right answers unless given.
    change : callable, optional
        Changes the notebook's data.
    harm : callable, optional
        Changes the files in the learner's folder, given the notebook's path.
    fair : (float or None, float or None)
        What a careful person would give the two questions.
    ours : (float or None, float or None), optional
        What we give, where that is something else; None is for a person to mark.
    kinds : tuple of str
        The kinds of fault that we tell the marker, in order.
    leaves : bool
        Whether a process would be left behind.
    note : str
        A sentence on what is seen, or on why marks differ.
    """

    name: str
    one: str = "def double(number):\n    return 2 * number"
    two: str = "answer_2 = 12.5"
    change: Callable[[dict], object] | None = None
    harm: Callable[[Path], object] | None = None
    fair: Points = (2, 2)
    ours: Points | None = None
    kinds: tuple[str, ...] = ()
    leaves: bool = False
    note: str = ""

    @property
    def points(self) -> Points:
        """What we give."""
        return self.ours or self.fair


HONEST = Case("right answers")
NEITHER, ONLY_2, ONLY_1 = (0, 0), (0, 2), (2, 0)

_LOOP = """
import time
began = time.monotonic()
while time.monotonic() - began < 30:  # without end, to anybody who waits less
    {}
"""
_NEVER = _LOOP.format("pass")
_STUBBORN = _LOOP.format(
    "try:\n        while time.monotonic() - began < 30: pass\n    except BaseException: pass"
)
_TWICE = "def double(number):\n    return 2 * number\n"


def _first(code):
    """Put code before the right answer, which is not reached if the code goes wrong."""
    return f"{code.strip()}\n\n{_TWICE}"


def _inside(code):
    """Put code into the function, which the test calls."""
    lines = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return f"def double(number):\n{lines}    return 2 * number\n"


def _found(code):
    """Answer question 2 rightly only if the code, which must set `found`, got what it sought."""
    tried = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return (
        f"found = False\ntry:\n{tried}except Exception as problem:\n    print(repr(problem))\n"
        "answer_2 = 12.5 if found else None"
    )


RUNNING = [
    Case("a loop without end in a cell", one=_first(_NEVER), fair=ONLY_2, kinds=("timed out",)),
    Case(
        "a loop without end in a function", one=_inside(_NEVER), fair=ONLY_2, kinds=("timed out",)
    ),
    Case(
        "a loop that catches every interrupt",
        one=_first(_STUBBORN),
        fair=ONLY_2,
        kinds=("timed out",),
    ),
    Case(
        "a loop after switching all timers and signals off",
        one=_first(
            "import signal\nfor number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):\n"
            f"    signal.signal(number, signal.SIG_IGN)\n{_NEVER}"
        ),
        fair=ONLY_2,
        kinds=("timed out",),
    ),
    Case(
        "waits for a minute",
        one=_first("import time\ntime.sleep(60)"),
        fair=ONLY_2,
        kinds=("timed out",),
    ),
    Case(
        "prints without end",
        one=_first(_LOOP.format("print('x' * 4000)\n    time.sleep(0.001)")),
        fair=ONLY_2,
        kinds=("timed out", "output cut"),
    ),
    Case(
        "prints 20 MB, then answers", one=_first("print('x' * 20_000_000)"), kinds=("output cut",)
    ),
    Case(
        "`os._exit(0)` in a cell",
        one=_first("import os\nos._exit(0)"),
        fair=ONLY_2,
        kinds=("stopped",),
    ),
    Case(
        "`os._exit(0)` in a function",
        one=_inside("import os\nos._exit(0)"),
        fair=ONLY_2,
        kinds=("stopped",),
    ),
    Case(
        "kills its own process",
        one=_first("import os\nos.kill(os.getpid(), 9)"),
        fair=ONLY_2,
        kinds=("stopped",),
    ),
    Case(
        "crashes the interpreter",
        one=_first("import ctypes\nctypes.string_at(0)"),
        fair=ONLY_2,
        kinds=("stopped",),
    ),
    Case("`sys.exit()`", one=_first("import sys\nsys.exit()"), fair=ONLY_2),
    Case("`exit()`", one=_first("exit()"), note="As in a kernel, what stands below it runs."),
    Case("calls itself without end", one=_inside("return double(number)"), fair=ONLY_2),
    Case("an error in every cell", one="1 / 0", two="1 / 0", fair=NEITHER),
    Case("a cell that is not Python", one="def double(number)\n    return", fair=ONLY_2),
    Case(
        "an error that can't be shown",
        one=_first("class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd"),
        fair=ONLY_2,
    ),
    Case("asks with `input()`", one=_first("input('Your name?')"), fair=ONLY_2),
    Case(
        "takes 2 GB of memory",
        one=_first("held = bytearray(2 * 2**30)"),
        ours=ONLY_2,
        kinds=("memory",),
        note="The cage ends at 1.5 GB; nbgrader has no limit, and a few of these stop the machine.",
    ),
    Case(
        "writes a file of 40 MB",
        one=_first("with open('large', 'wb') as file:\n    file.write(b'0' * 40 * 2**20)"),
        ours=ONLY_2,
        note="The cage holds 50 MB of files in all (here less); nbgrader has no limit.",
    ),
    Case(
        "starts 40 processes",
        one=_first(
            "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n"
            "        time.sleep(4)\n        os._exit(0)"
        ),
        ours=ONLY_2,
        note="The cage holds 64 processes (here fewer); nbgrader has no limit.",
    ),
    Case(
        "leaves a process running",
        one=_first(
            "import subprocess, sys\n"
            "code = 'import sys, time; time.sleep(25)'\n"
            f"subprocess.Popen([sys.executable, '-c', code, '{LEFT_BEHIND}'], "
            "start_new_session=True)"
        ),
        leaves=True,
        note="After nbgrader it still runs; the cage ends with the notebook.",
    ),
]

# -- cheats --------------------------------------------------------------------------------------

_WRONG = "def double(number):\n    return 4\n"  # enough for the test that is seen
_EQUAL = """
class Equal(int):
    def __eq__(self, other):
        return True
    __hash__ = None
"""
_DONE = {"outputs": [], "outcome": "done", "seconds": 0.0, "said": ""}


def _forge(lines):
    """Write lines to where our own results leave; to nbgrader they are nothing."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return (
        f"\nimport os, time\ntry:\n    os.write(3, {text.encode()!r})\n    time.sleep(0.2)\n"
        "except OSError:\n    pass"
    )


_HELD = "A test in the notebook runs beside the learner's code; a person is asked to look."
CHEATS = [
    Case(
        "an object that equals everything, for a test",
        one=f"{_EQUAL}\ndef double(number):\n    return Equal()",
        fair=ONLY_2,
        ours=(2, 2),
        note="Tests must look at the type as well: `assert type(double(2)) is int`.",
    ),
    Case(
        "an object that equals everything, for `mark()`",
        two=f"{_EQUAL}\nanswer_2 = Equal()",
        fair=ONLY_1,
    ),
    Case(
        "rewrites tests as they are compiled",
        one=f"""{_WRONG}
import ast
class Without(ast.NodeTransformer):
    def visit_Module(self, tree):
        if "assert" in ast.unparse(tree):
            tree.body = [ast.Pass()]
        return ast.fix_missing_locations(tree)
get_ipython().ast_transformers.append(Without())""",
        fair=ONLY_2,
        ours=(None, 2),
        kinds=("tampered",),
        note=_HELD,
    ),
    Case(
        "rewrites the text of tests",
        one=f"""{_WRONG}
get_ipython().input_transformers_post.append(
    lambda lines: [line for line in lines if "assert" not in line]
)""",
        fair=ONLY_2,
        ours=(None, 2),
        kinds=("tampered",),
        note=_HELD,
    ),
    Case(
        "replaces what runs a cell",
        one=f"""{_WRONG}
shell = get_ipython()
real = shell.run_code
async def run_code(code, *rest, **more):
    if "assert_equal" in code.co_names:
        code = compile("", "", "exec")
    return await real(code, *rest, **more)
shell.run_code = run_code""",
        fair=ONLY_2,
        ours=(None, 2),
        kinds=("tampered",),
        note=_HELD,
    ),
    Case(
        "replaces numpy's test helper",
        one=f"{_WRONG}\nnp.testing.assert_equal = lambda *args: None",
        fair=ONLY_2,
        ours=(None, 2),
        kinds=("tampered",),
        note=_HELD,
    ),
    Case(
        "gives the name `np` another meaning",
        one=f"{_WRONG}\nfrom types import SimpleNamespace\n"
        "np = SimpleNamespace(testing=SimpleNamespace(assert_equal=lambda *args: None))",
        fair=ONLY_2,
        ours=(2, 2),
        note="A cell of tests should import what it uses.",
    ),
    Case(
        "reads the test that calls it",
        one="""import re

def double(number):
    return int(re.search(rf"double\\({number}\\)\\D+(\\d+)", In[-1])[1])""",
        fair=ONLY_2,
        ours=(2, 2),
        note="A test in the notebook can be read while it runs; ask with `mark()` what matters.",
    ),
    Case(
        "forges the report of its test",
        one=_WRONG + _forge([{"cell": 3, **_DONE}, {"end": True}]),
        fair=ONLY_2,
        kinds=("garbled",),
    ),
    Case(
        "forges the report of the whole notebook",
        one=_WRONG
        + _forge(
            [
                {"cell": 2, **_DONE},
                *({"start": 3}, {"cell": 3, **_DONE}),
                *({"start": 4}, {"cell": 4, **_DONE}),
                *({"start": 5}, {"answer": "ex98.q2", "cell": 5, "plain": 12.5}),
                *({"cell": 5, **_DONE}, {"end": True}),
            ]
        ),
        fair=ONLY_2,
        ours=(2, 2),
        note="Made for us, so nothing to nbgrader: who knows our source can forge what is tested "
        "in the notebook. Of `mark()` they can forge what they answered, and no more.",
    ),
    Case(
        "writes rubbish to every open file",
        two="import os\nfor number in range(3, 20):\n    try:\n"
        "        os.write(number, b'rubbish\\n')\n    except OSError:\n        pass\n"
        "answer_2 = 12.5",
        ours=ONLY_1,
        fair=ONLY_1,
        kinds=("garbled",),
    ),
    Case(
        "gives the name `mark` another meaning",
        two="answer_2 = None\nmark = lambda *args: 2.0",
        fair=ONLY_1,
    ),
    Case(
        "replaces the insides of `mark()`",
        two="""import eeic.grading.items as items, eeic.grading.marks as marks
marks.points_for = lambda *args: 2.0
marks.plain = lambda answer: 12.5
answer_2 = 7""",
        fair=ONLY_1,
    ),
    Case(
        "changes the number when it is looked at",
        two="""class Shifty(float):
    def __float__(self):
        return 12.5
    def __sub__(self, other):
        return 0.0
    __rsub__ = __sub__
    __le__ = __ge__ = __lt__ = __gt__ = __eq__ = lambda self, other: True
answer_2 = Shifty(7)""",
        fair=ONLY_1,
    ),
    Case(
        "hands over the right number in place of its own",
        one="import eeic.grading.marks as marks\ndouble = marks.mark",
        fair=ONLY_2,
    ),
    Case(
        "reads the marking file",
        two=_found(
            "import os, sys\nsys.path.insert(0, os.environ['EEIC_MARKING'])\nimport ex98\n"
            "found = ex98.items(None)['ex98.q2']['value'] == 12.5"
        ),
        fair=ONLY_1,
    ),
    Case(
        "reads the hidden tests in its own folder",
        two=_found(f"found = 'double(21), 42' in open('{EXERCISE}.ipynb').read()"),
        fair=ONLY_1,
    ),
    Case(
        "reads the instructor's notebook",
        two=_found(
            f"text = open('../../../source/{EXERCISE}/{EXERCISE}.ipynb').read()\n"
            "found = 'BEGIN SOLUTION' in text"
        ),
        fair=ONLY_1,
    ),
    Case(
        "reads everybody's work",
        two=_found(
            "from pathlib import Path\nfound = bool(list(Path('../../..').glob("
            "'submitted/*/*/*.ipynb')))"
        ),
        fair=ONLY_1,
    ),
    Case(
        "reads the gradebook",
        two=_found(
            "import sqlite3\nbook = sqlite3.connect('file:../../../gradebook.db?mode=ro', "
            "uri=True)\nfound = bool(book.execute('select * from student').fetchall())\n"
            "book.close()"
        ),
        fair=ONLY_1,
    ),
    Case(
        "writes to the gradebook",
        two=_found(
            "import sqlite3\nbook = sqlite3.connect('file:../../../gradebook.db?mode=rw', "
            "uri=True, timeout=1)\n"
            "book.execute(\"update student set first_name = 'changed'\")\nbook.commit()\n"
            "book.close()\nfound = True"
        ),
        fair=ONLY_1,
    ),
    Case(
        "locks the gradebook for ten seconds",
        two="""import subprocess, sys
code = (
    "import sqlite3, time\\n"
    "book = sqlite3.connect('file:../../../gradebook.db?mode=rw', uri=True)\\n"
    "book.execute('begin exclusive')\\ntime.sleep(10)"
)
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
import time
time.sleep(0.5)
answer_2 = 12.5""",
    ),
    Case(
        "writes into another learner's folder",
        two=_found(
            "from pathlib import Path\n"
            "for folder in Path('../../../submitted').iterdir():\n"
            "    (folder / 'note.txt').write_text('changed')\n    found = True"
        ),
        fair=ONLY_1,
    ),
    Case(
        "writes into the exercise's source",
        two=_found(f"open('../../../source/{EXERCISE}/note.txt', 'w').write('x')\nfound = True"),
        fair=ONLY_1,
    ),
    Case(
        "follows a link that was handed in",
        two=_found("found = 'BEGIN SOLUTION' in open('notes.txt').read()"),
        harm=lambda path: path.with_name("notes.txt").symlink_to(
            f"../../../source/{EXERCISE}/{EXERCISE}.ipynb"
        ),
        fair=ONLY_1,
        kinds=("symbolic link",),
    ),
    Case(
        "reads a secret of the environment",
        two=_found(f"import os\nfound = '{SECRET}' in os.environ"),
        fair=ONLY_1,
    ),
    Case(
        "reads your home folder",
        two=_found(
            "import os, pwd\nhome = pwd.getpwuid(os.getuid()).pw_dir\n"
            "found = bool(os.listdir(home)) and home != os.getcwd()"
        ),
        fair=ONLY_1,
        note="Here: whether it can be listed.",
    ),
    Case(
        "uses the network",
        two=_found(
            "import socket\nwith socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:\n"
            "    line.connect(('127.0.0.1', 9))  # sends nothing\nfound = True"
        ),
        fair=ONLY_1,
    ),
    Case(
        "sees your other programs",
        two=_found(
            "import os\nfound = len([name for name in os.listdir('/proc') if name.isdigit()]) > 6"
        ),
        fair=ONLY_1,
    ),
    Case(
        "leaves the answer for a friend",
        two="import pathlib, tempfile\n"
        "pathlib.Path(tempfile.gettempdir(), 'eeic-hostile-answer').write_text('12.5')\n"
        "answer_2 = 12.5",
    ),
    Case(
        "is the friend, marked next",
        two=_found(
            "import pathlib, tempfile\n"
            "left = pathlib.Path(tempfile.gettempdir(), 'eeic-hostile-answer')\n"
            "found = left.read_text() == '12.5'"
        ),
        fair=ONLY_1,
    ),
]

# -- files and cells -----------------------------------------------------------------------------


def _cells(*names, **settings):
    """Return a change of some cells' nbgrader settings."""

    def change(notebook):
        for name in names:
            find(notebook, name)["metadata"]["nbgrader"] |= settings

    return change


def _without(*names):
    def change(notebook):
        for name in names:
            notebook["cells"].remove(find(notebook, name))

    return change


def _move_up(notebook):
    notebook["cells"].insert(1, notebook["cells"].pop(3))


def _double(name):
    def change(notebook):
        cell = find(notebook, name)
        notebook["cells"].insert(notebook["cells"].index(cell), copy.deepcopy(cell))

    return change


def _as_markdown(notebook):
    cell = find(notebook, "ex98-q1")
    cell["cell_type"] = cell["metadata"]["nbgrader"]["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def _strip(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def _edit(notebook):
    find(notebook, "ex98-q1")["source"] = "pass"
    find(notebook, "ex98-q2")["source"] = "2.0"


def _stale(notebook):
    result = {"output_type": "execute_result", "execution_count": 9, "metadata": {}}
    find(notebook, "ex98-q2")["outputs"] = [{**result, "data": {"text/plain": "2.0"}}]


def _same_ids(notebook):
    for cell in notebook["cells"]:
        cell["id"] = "same"


def _own_graded(notebook):
    notebook["cells"].append(_cell("2.0", "ex98-q3", points=50))


def _odd_metadata(notebook):
    find(notebook, "ex98-q1-answer")["metadata"]["nbgrader"] = "none"


def _many_cells(notebook):
    for number in range(300):
        notebook["cells"].insert(
            2, {"cell_type": "markdown", "id": f"m{number}", "metadata": {}, "source": "Words."}
        )


def _large(notebook):
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 15_000_000}
    find(notebook, "ex98-q1-answer")["outputs"] = [output]


def _kernel(notebook):
    notebook["metadata"]["kernelspec"] = {"display_name": "Mine", "name": "my-env"}


def _text(change, encoding="utf-8"):
    """Return a harm that rewrites the notebook's text."""

    def harm(path):
        path.write_bytes(change(path.read_text(encoding="utf-8")).encode(encoding))

    return harm


def _format_3(path):
    import nbformat

    old = nbformat.convert(nbformat.read(path, as_version=4), 3)
    path.write_text(nbformat.writes(old, version=3), encoding="utf-8")


def _format(major, minor):
    def change(notebook):
        notebook |= {"nbformat": major, "nbformat_minor": minor}
        if (major, minor) < (4, 5):
            for cell in notebook["cells"]:
                del cell["id"]

    return change


def _accents(notebook):
    notebook["cells"][0]["source"] = "# Café"


def _windows(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    path.write_bytes(json.dumps(notebook, ensure_ascii=False).encode("cp1252"))


def _beside(name, text):
    return lambda path: path.with_name(name).write_text(text, encoding="utf-8")


def _data_file(path):
    with path.with_name("data.bin").open("wb") as file:
        file.truncate(60 * 2**20)


def _half_a_picture(notebook):
    """Half of an emoji, as left by a program that cuts text between its two halves."""
    notebook["cells"][0]["source"] = "# Two \ud83d questions"


def _half_in_an_answer(notebook):
    find(notebook, "ex98-q1-answer")["source"] += "\n# \ud83d"


def _null(notebook):
    notebook["cells"][0]["source"] = "# Two\0questions"


def _odd_file_name(path):
    folder = path.with_name(os.fsdecode(b"caf\xe9"))
    folder.mkdir()
    (folder / os.fsdecode(b"na\xefve.txt")).write_text("x", encoding="utf-8")


def _folder_for_a_file(path):
    folder = path.with_name("cohort.csv")
    folder.unlink(missing_ok=True)
    folder.mkdir()
    (folder / "mine.txt").write_text("x")


def _folder_for_the_notebook(path):
    path.unlink()
    path.mkdir()


def _folder_as_another(path):
    path.unlink()
    path.with_name("other.ipynb").mkdir()


def _pipe(path):
    path.unlink()
    os.mkfifo(path.with_name("other.ipynb"))


def _nested(path):
    inner = path.parent / path.parent.name
    inner.mkdir()
    path.rename(inner / path.name)


def _link_to_another(path):
    path.unlink()
    path.symlink_to(f"../../{NEIGHBOUR}/{EXERCISE}/{path.name}")


def _linked(path):
    path.rename(path.with_name("mine.txt"))
    path.symlink_to("mine.txt")


FILES = [
    Case("a test cell deleted", change=_without("ex98-q1"), kinds=("cell missing",)),
    Case("all marking cells deleted", change=_without("ex98-q1", "ex98-q2"),
         kinds=("cell missing",) * 2),
    Case("an answer cell deleted", change=_without("ex98-q1-answer"), fair=ONLY_2,
         kinds=("cell missing",)),
    Case("the first cell deleted", change=_without("ex98-setup"), kinds=("cell missing",)),
    Case("a test cell turned into Markdown", change=_as_markdown, kinds=("cell settings",)),
    Case("nbgrader's details stripped from every cell", change=_strip,
         kinds=("cell renamed",) * 3 + ("cell missing",) * 2),
    Case("nbgrader's details of another kind", change=_odd_metadata, kinds=("cell missing",)),
    Case("a test cell's id changed", change=_cells("ex98-q1", grade_id="mine"),
         kinds=("cell renamed",)),
    Case("a test cell copied", change=_double("ex98-q1"), kinds=("duplicated cell",)),
    Case("an answer cell copied", change=_double("ex98-q1-answer"), kinds=("duplicated cell",)),
    Case("`grade: false` on a test", change=_cells("ex98-q1", grade=False),
         kinds=("cell settings",)),
    Case("a test marked as a solution", change=_cells("ex98-q1", solution=True),
         kinds=("cell settings",)),
    Case("100 points on both tests", change=_cells("ex98-q1", "ex98-q2", points=100),
         kinds=("cell settings",) * 2),
    Case("a graded cell of one's own, 50 points", change=_own_graded),
    Case("a newer nbgrader's details", change=_cells("ex98-q1", schema_version=99),
         kinds=("cell settings",)),
    Case("an old nbgrader's details", change=_cells("ex98-q1", schema_version=1),
         kinds=("cell settings",)),
    Case("tests edited, answers wrong", one="double = None", two="answer_2 = 7", change=_edit,
         fair=NEITHER, kinds=("cell edited",) * 2),
    Case("a test moved to the top", change=_move_up, kinds=("cell moved",)),
    Case("outputs of full marks, answer wrong", two="answer_2 = 7", change=_stale, fair=ONLY_1),
    Case("the same id on every cell", change=_same_ids),
    Case("no ids on the cells (format 4.4)", change=_format(4, 4)),
    Case("a newer minor format (4.9)", change=_format(4, 9)),
    Case("a newer format (5.0)", change=_format(5, 0), kinds=("newer format",)),
    Case("the old format 3", harm=_format_3, kinds=("old format",)),
    Case("the name of a kernel that is not here", change=_kernel),
    Case("300 cells of notes", change=_many_cells),
    Case("15 MB of saved output", change=_large),
    Case("a byte-order mark", harm=_text(lambda text: "\ufeff" + text)),
    Case("Windows line ends", harm=_text(lambda text: text.replace("\n", "\r\n"))),
    Case("saved as UTF-16", harm=_text(lambda text: text, "utf-16"), kinds=("encoding",)),
    Case("saved as Windows-1252", change=_accents, harm=_windows, kinds=("encoding",)),
    Case("renamed, as “(1)” by a browser",
         harm=lambda path: path.rename(path.with_stem(f"{path.stem} (1)")), kinds=("renamed",)),
    Case("with a spare copy beside it",
         harm=lambda path: shutil.copy(path, path.with_stem(f"{path.stem}-Copy1"))),
    Case("a symbolic link to a file beside it", harm=_linked, ours=NEITHER,
         kinds=("symbolic link", "controls only"),
         note="Links are never followed, wherever they lead; the learner is asked for the file."),
    Case("a symbolic link to another learner's notebook", harm=_link_to_another, fair=NEITHER,
         kinds=("symbolic link", "controls only")),
    Case("in a folder inside the folder", harm=_nested, ours=NEITHER,
         kinds=("no notebook", "controls only"),
         note="The row says that the notebook is missing; move it up and run again."),
    Case("an empty file", harm=lambda path: path.write_bytes(b""), fair=NEITHER,
         kinds=("empty", "controls only")),
    Case("cut short", harm=_text(lambda text: text[:-400]), fair=NEITHER,
         kinds=("truncated", "controls only")),
    Case("a web page in its place", harm=_text(lambda text: "<html></html>"), fair=NEITHER,
         kinds=("not a notebook", "controls only")),
    Case("a picture in its place", harm=lambda path: path.write_bytes(b"\x89PNG\r\n\xff\x00\x90"),
         fair=NEITHER, kinds=("encoding", "controls only")),
    Case("a list in place of a notebook", harm=_text(lambda text: "[1, 2]"), fair=NEITHER,
         kinds=("not a notebook", "controls only")),
    Case("100,000 brackets", harm=_text(lambda text: "[" * 100_000), fair=NEITHER,
         kinds=("not a notebook", "controls only")),
    Case("cells without text", harm=_text(lambda text: text.replace('"source"', '"sauce"')),
         fair=NEITHER, kinds=("not a notebook", "controls only")),
    Case("half of an emoji in the text", change=_half_a_picture),
    Case("half of an emoji in an answer", change=_half_in_an_answer),
    Case("a null character in the text", change=_null),
    Case("names of files in another encoding", harm=_odd_file_name),
    Case("a folder with the name of one of the exercise's files", harm=_folder_for_a_file),
    Case("a data file of 60 MB", harm=_data_file, kinds=("huge file",)),
    Case("a time of handing in that is no time", harm=_beside("timestamp.txt", "yesterday")),
    Case("saved controls of another kind",
         harm=_beside("answers.json", '{"answers": {"ex98.q2": 7}}')),
    Case("a folder with the notebook's name", harm=_folder_for_the_notebook, fair=NEITHER,
         kinds=("no notebook", "controls only")),
    Case("a folder with another notebook's name", harm=_folder_as_another, fair=NEITHER,
         kinds=("no notebook", "controls only")),
    Case("a pipe in its place", harm=_pipe, fair=NEITHER, kinds=("no notebook", "controls only")),
    Case("no notebook at all", harm=Path.unlink, fair=NEITHER,
         kinds=("no notebook", "controls only")),
]  # fmt: skip

# -- honest work that marking trips over ---------------------------------------------------------


HONESTLY = [
    HONEST,
    Case("a warning while the test runs", one=_inside("import warnings\nwarnings.warn('old')")),
    Case("a progress bar (`tqdm`)", one=_inside("from tqdm import tqdm\nlist(tqdm(range(3)))")),
    Case("a line of `logging`", one=_inside("import logging\nlogging.warning('note')")),
    Case("prints in the function", one=_inside("print('doubling')")),
    Case("a figure", one=_first("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")),
    Case("magics", one=_first("%matplotlib inline\n%time sum(range(9))\n%load_ext autoreload")),
    Case("a shell line", one=_first("words = !echo two words\nassert words == ['two words']")),
    Case("a cell of another language (`%%bash`)",
         change=lambda notebook: add_code(notebook, "ex98-q1", "%%bash\necho hello")),
    Case("`await` in a cell", one=_first("import asyncio\nawait asyncio.sleep(0)")),
    Case("a thread",
         one=_first("from threading import Thread\nof = []\none = Thread(target=of.append, "
                    "args=[2])\none.start()\none.join()\nassert of == [2]")),
    Case("two processes (`multiprocessing`)",
         one=_first("import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) "
                    "as pool:\n    assert pool.map(abs, [-1, -2]) == [1, 2]")),
    Case("a command of the system", one=_first(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'pass'], check=True)")),
    Case("a class that is pickled", one=_first(
        "import pickle\nclass Kept:\n    pass\npickle.loads(pickle.dumps(Kept()))")),
    Case("a file written and read",
         one=_first("open('mine.txt', 'w').write('x')\nassert open('mine.txt').read() == 'x'")),
    Case("a module of one's own beside the notebook", one="from helper import double",
         harm=_beside("helper.py", _TWICE)),
    Case("a file with the name of a library (`random.py`)",
         harm=_beside("random.py", "raise SystemExit('mine')")),
    Case("a control (`ipywidgets`)",
         one=_first("import ipywidgets\nipywidgets.interact(lambda x: x, x=(0, 3));")),
    Case("asks for the kernel (`get_ipython().kernel`)",
         one=_first("get_ipython().kernel.implementation"), ours=ONLY_2,
         note="There is no kernel in a forked process; hardly a learner needs one."),
    Case("an answer as text", two="answer_2 = '12.5 per 1,000'"),
    Case("an answer of numpy's", two="import numpy as np\nanswer_2 = np.float32(12.5)"),
    Case("an answer in a table of one cell",
         two="import pandas as pd\nanswer_2 = pd.Series([12.5])"),
    Case("accents and other alphabets", one="def удвоить(число):\n    return 2 * число\n\n"
         "double = удвоить"),
    Case("nothing changed", fair=NEITHER, one="def double(number):\n    return None",
         two="answer_2 = ..."),
]  # fmt: skip

GROUPS = {
    "Programs that do not end, or end everything": RUNNING,
    "Code that is after points it has not earned": CHEATS,
    "Files and cells that were changed": FILES,
    "Honest work that marking trips over": HONESTLY,
}
CASES = [case for group in GROUPS.values() for case in group]


def learner(case: Case) -> str:
    """Return the name under which a case is handed in."""
    return f"case-{CASES.index(case):03d}"


def put(course: Course, name: str, case: Case) -> None:
    """Hand a case in."""
    folder = hand_in(course, name, {"ex98.q1": Code(case.one), "ex98.q2": Code(case.two)})
    path = folder / course.notebook.name
    if case.change:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        case.change(notebook)
        path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    if case.harm:
        case.harm(path)


def left_behind() -> list[int]:
    """Return the processes that notebooks left behind, where the system lists processes."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if LEFT_BEHIND.encode() in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found
