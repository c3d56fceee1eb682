"""Seconds and memory of marking a class, against nbgrader, otter-grader and the least there can be.

Run `python benchmarks/grading.py --write` in the course's environment, on a machine that does
nothing else; it rewrites `grading.md`. The class is the demo class of ex04 without its broken
files, each time in a fresh copy. The floor is the same cells of the same notebooks, run by the same
shell in a process forked from one that has imported everything, and nothing else. otter-grader is
installed into an environment in a temporary folder; its assignment has the same cells and judges
answers by the same `mark()`. All ways must give the same points, or nothing is written.

Seconds drift with the machine: read the ratios, all from one run. `--all` has nbgrader and otter
mark the large class too, which takes them some twenty minutes each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve()
EXERCISE = "ex04-seeing-the-gap"
OTTER, OTTER_NAME = "7.0.0", "otter-grader"
#: Learners of a run from which, with the whole class, the cost of starting is worked out.
FEW = 2
#: Seconds between two looks at the memory.
_LOOK = 0.5

Points = dict[str, dict[str, float]]


# -- one run -------------------------------------------------------------------------------------


@dataclass
class Took:
    """What a run took: wall and processor seconds, and peak megabytes, of all its processes."""

    wall: float
    cpu: float
    peak: float
    points: Points = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """One way to mark a class.

    Parameters
    ----------
    name : str
        For the table.
    command : callable
        Given the course folder, returns the command.
    points : callable
        Given the course folder and what the command printed, returns points by learner.
    hidden : callable
        Given the course folder, returns processor seconds of processes that the system doesn't
        add to their parents'.
    """

    name: str
    command: Callable[[Path], list[str]]
    points: Callable[[Path, str], Points]
    hidden: Callable[[Path], float] = lambda root: 0.0


def run(way: Way, root: Path) -> Took:
    """Mark the class in a folder."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "EEIC_MARKING": str(root / "marking"),
    }
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            way.command(root), cwd=root, env=environment, stdout=said, stderr=errors
        )
        with peak_of(process.pid) as peak:
            _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{way.name} failed:\n{errors.read()[-3000:]}")
        points = way.points(root, said.read())
    return Took(wall, used.ru_utime + used.ru_stime + way.hidden(root), peak[0], points)


@contextmanager
def peak_of(process: int) -> Iterator[list[float]]:
    """Watch the memory of a process and all below it; what they share counts once."""
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            peak[0] = max(peak[0], sum(map(_share, _family(process))) / 1024)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        children = Path(f"/proc/{process}/task").glob("*/children")
        below = [int(child) for path in children for child in path.read_text().split()]
    except OSError:
        return
    for child in below:
        yield from _family(child)


def _share(process: int) -> float:
    """Return kilobytes of a process, of shared ones its part."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("Pss:")))
    except (OSError, StopIteration):
        return 0.0


# -- the ways ------------------------------------------------------------------------------------


def in_gradebook(root: Path, said: str) -> Points:
    """Return the machine's points as the gradebook has them."""
    from eeic.grading import Course

    with Course(root, EXERCISE).ledger() as ledger:
        held = ledger.read()
    return {
        learner: {cell: score.points for (_, cell), score in of.items() if score.points is not None}
        for learner, of in held.items()
    }


def in_records(root: Path) -> float:
    """Return the processor seconds of the notebooks' processes.

    Their parent ignores that they end, so the system adds them to nobody's.
    """
    from eeic.grading import records

    return sum(record.cpu for record in records.every(root, EXERCISE))


def ours(workers: int, caged: bool) -> Way:
    """Return one of our own ways."""
    program = str(Path(sys.executable).with_name("eeic"))
    words = [program, "grade", "autograde", EXERCISE, "--workers", str(workers)]
    if not caged:
        words.append("--without-a-cage")
    name = f"`eeic grade autograde`, {workers} {'worker' if workers == 1 else 'workers'}"
    return Way(
        name if caged else f"{name}, without a cage",
        lambda root: [*words, "--course", str(root)],
        in_gradebook,
        in_records,
    )


NBGRADER = Way(
    "`nbgrader autograde`",
    lambda root: [str(Path(sys.executable).with_name("nbgrader")), "autograde", EXERCISE],
    in_gradebook,
)
FLOOR = Way(
    "the floor",
    lambda root: [sys.executable, str(HERE), "--floor", str(root)],
    lambda root, said: {},
    lambda root: 0.0,
)


def otter(python: Path) -> Way:
    """Return the way of otter-grader's Python interface, in its own environment."""
    return Way(
        OTTER_NAME,
        lambda root: [str(python), str(HERE), "--otter", str(root)],
        lambda root, said: json.loads(said.splitlines()[-1]),
    )


def be_the_floor(root: Path) -> None:
    """Run every learner's cells in a fork of this process, and nothing else."""
    from eeic.grading import marks, warm

    shell = warm._import_everything()
    marks.collector = lambda item, answer: None
    for folder in sorted((root / "submitted").glob(f"*/{EXERCISE}")):
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            notebook = json.loads(Path(f"{EXERCISE}.ipynb").read_text("utf-8-sig"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    shell.run_cell("".join(cell["source"]))
            os._exit(0)
        os.waitpid(child, 0)


# -- otter-grader --------------------------------------------------------------------------------


def otter_environment(folder: Path) -> Path:
    """Install otter-grader beside this environment's libraries; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs, own = (
        subprocess.run([one, "-c", asked], check=True, capture_output=True, text=True).stdout
        for one in (python, sys.executable)
    )
    shared = f"import site; site.addsitedir({own.strip()!r})\n"
    Path(theirs.strip(), "shared.pth").write_text(shared, "utf-8")
    command = [python, "-m", "pip", "install", "--quiet", f"otter-grader[grading]=={OTTER}"]
    subprocess.run(command, check=True)
    return python


_TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = {name!r}
points = {points}


@test_case(points={points})
def test(env):
    from eeic.grading import mark

    assert mark({item!r}, eval({answer!r}, env)) == {points}
"""


def for_otter(root: Path) -> None:
    """Make otter's assignment from the exercise, and its submissions from the class's."""
    from eeic.grading import judging
    from eeic.grading.marks import points_in

    points = points_in(root / "source" / EXERCISE / f"{EXERCISE}.ipynb")
    place = root / "otter"
    (place / "submissions").mkdir(parents=True)
    tests: dict[str, str] = {}
    for folder in sorted((root / "submitted").glob(f"*/{EXERCISE}")):
        notebook = json.loads((folder / f"{EXERCISE}.ipynb").read_text("utf-8-sig"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
            item = judging.asked_by(cell) if cell["cell_type"] == "code" else None
            if item is not None:
                name = cell["metadata"]["nbgrader"]["grade_id"]
                answer = cell["source"].partition(",")[2].strip().removesuffix(")")
                test = {"name": name, "points": points[name], "item": item, "answer": answer}
                tests[name] = _TEST.format(**test)
                cell["source"] = f"grader.check({name!r})"
            cell["metadata"] = {}
        begin = {"cell_type": "code", "id": "begin", "metadata": {}, "outputs": []}
        text = "import otter\ngrader = otter.Notebook()"
        notebook["cells"].insert(0, {**begin, "execution_count": None, "source": text})
        learner = place / "submissions" / f"{folder.parent.name}.zip"
        with zipfile.ZipFile(learner, "w") as packed:
            for path in sorted(folder.iterdir()):
                if path.suffix != ".ipynb":
                    packed.write(path, path.name)
            packed.writestr(f"{EXERCISE}.ipynb", json.dumps(notebook))
    with zipfile.ZipFile(place / "autograder.zip", "w") as packed:
        for name, text in tests.items():
            packed.writestr(f"tests/{name}.py", text)
        packed.writestr("otter_config.json", json.dumps({"pdf": False, "show_hidden": True}))


def be_otter(root: Path) -> None:
    """Have otter mark every submission; print the points."""
    from otter.api import grade_submission

    found = {}
    for path in sorted((root / "otter" / "submissions").glob("*.zip")):
        results = grade_submission(str(path), str(root / "otter" / "autograder.zip"), quiet=True)
        found[path.stem] = {name: one.score for name, one in results.results.items()}
    print(json.dumps(found))


# -- the class -----------------------------------------------------------------------------------


@dataclass
class Class:
    """The demo class: its folder, and who is in it."""

    root: Path
    whole: list[str]
    broken: list[str]

    def most(self) -> dict[str, float]:
        """Return what each question can earn."""
        from eeic.grading import Course

        return Course(self.root, EXERCISE).points

    @contextmanager
    def copy(self, learners: list[str], *, with_otter: bool = False) -> Iterator[Path]:
        """Give a fresh course folder in which these learners have handed in."""
        with tempfile.TemporaryDirectory(prefix="eeic-benchmark-") as folder:
            root = Path(folder, "course")
            left_out = shutil.ignore_patterns("submitted", "handed-in-later")
            shutil.copytree(self.root, root, ignore=left_out)
            for name in learners:
                shutil.copytree(self.root / "submitted" / name, root / "submitted" / name)
            if with_otter:
                for_otter(root)
            yield root


def make_class(folder: Path, learners: int) -> Class:
    """Make a demo class with so many learners whose files are whole, and those whose are not."""
    from eeic.grading import demo

    spare = len(demo._BROKEN)
    made = demo.build(
        folder / "class", EXERCISE, learners + spare, course=HERE.parents[1] / "exercises"
    )
    people = json.loads((made.root / demo.TRUTH).read_text("utf-8"))["submitted"]
    whole = [person["name"] for person in people if not person["fault"]]
    return Class(made.root, whole[:learners], [p["name"] for p in people if p["fault"]])


# -- the tables ----------------------------------------------------------------------------------


@dataclass
class Measured:
    """One way at one size: the middle run of the class, and of a few learners."""

    way: Way
    learners: int
    whole: Took
    few: Took

    def each(self, what: str) -> float:
        """Return seconds a submission, over the whole run."""
        return getattr(self.whole, what) / self.learners

    def further(self, what: str) -> float:
        """Return seconds of each further submission, without the start."""
        more = getattr(self.whole, what) - getattr(self.few, what)
        return more / (self.learners - FEW)

    def start(self, what: str) -> float:
        """Return seconds that a run takes without any submission."""
        return max(0.0, getattr(self.few, what) - FEW * self.further(what))


def measure(ways: list[Way], of: Class, learners: int, rounds: int) -> dict[str, Measured]:
    """Measure ways in turn, several times, and keep the middle of each."""
    found: dict[tuple[str, int], list[Took]] = {}
    names = of.whole[:learners]
    for number in range(rounds):
        for way in ways:
            for some in (names[:FEW], names):
                with of.copy(some, with_otter=way.name == OTTER_NAME) as root:
                    took = run(way, root)
                found.setdefault((way.name, len(some)), []).append(took)
                said = f"{took.wall:.1f} s, processor {took.cpu:.1f} s, {took.peak:.0f} MB"
                print(f"{number + 1}: {way.name}, {len(some)}: {said}", file=sys.stderr, flush=True)
    points = {name: runs[0].points for (name, size), runs in found.items() if size == len(names)}
    agree(points, of.most())
    return {
        way.name: Measured(
            way,
            len(names),
            middle(found[way.name, len(names)]),
            middle(found[way.name, FEW]),
        )
        for way in ways
    }


def middle(runs: list[Took]) -> Took:
    """Return the medians of several runs."""
    return Took(
        *(statistics.median(getattr(one, what) for one in runs) for what in ("wall", "cpu", "peak"))
    )


def agree(runs: dict[str, Points], most: dict[str, float]) -> None:
    """Stop unless all ways gave the same points; otter gives all of a question's or none."""
    right = next(points for name, points in runs.items() if name.startswith("`eeic"))
    for name, points in runs.items():
        for learner, of in points.items():
            for cell, given in of.items():
                wanted = right[learner][cell]
                if name == OTTER_NAME and wanted < most[cell]:
                    wanted = 0
                if given != wanted:
                    raise SystemExit(f"{name}, {learner}, {cell}: {given} in place of {wanted}")


def table(measured: dict[str, Measured]) -> list[str]:
    """Return the lines of one size's table."""
    lines = [
        "| Way | processor, s each | wall, s each | further ones: processor | wall "
        "| start: processor, s | wall, s | peak, MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in measured.items():
        numbers = [
            *(f"{one.each(what):.2f}" for what in ("cpu", "wall")),
            *(f"{one.further(what):.2f}" for what in ("cpu", "wall")),
            *(f"{one.start(what):.1f}" for what in ("cpu", "wall")),
            f"{one.whole.peak:.0f}",
        ]
        lines.append(f"| {name} | {' | '.join(numbers)} |")
    return lines


def targets(measured: dict[str, Measured], theirs: Measured) -> list[str]:
    """Return the lines that hold the ratios against what was aimed at."""
    one, two = (measured[ours(workers, caged=True).name] for workers in (1, 2))
    floor = measured[FLOOR.name]
    lines = [
        "| Ratio | whole run | further submissions | target |",
        "|---|--:|--:|---|",
    ]

    def add(name: str, above: Measured, below: Measured, what: str, target: str) -> None:
        ratios = (
            getattr(above, how)(what) / getattr(below, how)(what) for how in ("each", "further")
        )
        lines.append(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} | {target} |")

    add("processor: nbgrader to one worker", theirs, one, "cpu", "at least 4")
    add("wall: nbgrader to two workers", theirs, two, "wall", "at least 7")
    add("processor: one worker to the floor", one, floor, "cpu", "at most 3")
    add("wall: one worker to two", one, two, "wall", "at least 1.7")
    if OTTER_NAME in measured:
        add("processor: otter to one worker", measured[OTTER_NAME], one, "cpu", "")
        add("wall: otter to two workers", measured[OTTER_NAME], two, "wall", "")
    return lines


def with_the_broken(of: Class, learners: int) -> str:
    """Return a sentence on the class with its broken files, which nbgrader doesn't get through."""
    way = ours(2, caged=True)
    with of.copy([*of.whole[:learners], *of.broken]) as root:
        took = run(way, root)
    return (
        f"With the demo class's {len(of.broken)} broken submissions as well, one of them a loop "
        f"that is stopped after half a minute: {took.wall:.1f} s and {took.cpu:.1f} s of processor "
        f"time for all {learners + len(of.broken)}, with two workers."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=24, help="learners of the small class")
    parser.add_argument("--large", type=int, default=240, help="of the large one; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3, help="runs of the small class")
    parser.add_argument("--all", action="store_true", help="nbgrader and otter on the large class")
    parser.add_argument("--without-otter", action="store_true", help="install nothing")
    parser.add_argument("--write", action="store_true", help="keep the tables beside this file")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--otter", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.floor:
        be_the_floor(given.floor)
        return
    if given.otter:
        be_otter(given.otter)
        return

    own = [ours(workers, caged) for caged in (True, False) for workers in (1, 2)]
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="eeic-benchmark-") as name:
        folder = Path(name)
        peers = [NBGRADER]
        if not given.without_otter:
            peers.append(otter(otter_environment(folder / "otter")))
        of = make_class(folder, max(given.small, given.large))
        small = measure([*peers, *own, FLOOR], of, given.small, given.rounds)
        text = [
            "# Marking a class: seconds and memory",
            "",
            f"{date.today():%-d %B %Y}; {platform.machine()}, {platform.system()}, "
            f"{os.cpu_count()} cores, load {load:.1f} before; Python {platform.python_version()}, "
            f"nbgrader {version('nbgrader')}"
            + ("." if given.without_otter else f", otter-grader {OTTER}."),
            "Made by `python benchmarks/grading.py --write`.",
            "",
            f"The demo class of `{EXERCISE}`, without broken files. Processor seconds are those of "
            "all processes; the peak is of all at one time, with what they share counted once. "
            f"*Each* is the whole run by its submissions; *further* and *start* follow from it and "
            f"a run with {FEW} submissions. All ways gave the same points.",
            "",
            f"## {given.small} submissions, the middle of {given.rounds} runs",
            "",
            *table(small),
            "",
            *targets(small, small[NBGRADER.name]),
            "",
            with_the_broken(of, given.small),
        ]
        if given.large:
            ways = [*(peers if given.all else []), *own, FLOOR]
            large = measure(ways, of, given.large, 1)
            theirs = large.get(NBGRADER.name, small[NBGRADER.name])
            text += [
                "",
                f"## {given.large} submissions, one run",
                "",
                *table(large),
                "",
                *targets(large, theirs),
            ]
            if not given.all:
                text += ["", f"nbgrader was not run on these; it is taken from the {given.small}."]
    page = "\n".join(text) + "\n"
    print(page)
    if given.write:
        HERE.with_suffix(".md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
