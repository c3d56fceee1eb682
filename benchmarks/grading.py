"""Time each step of an exercise's round trip, and the marking of one more learner.

Run it with ``python benchmarks/grading.py``. The times drift with the machine and with what else
runs on it; the ratio of the steps does not.
"""

import argparse
from pathlib import Path

from eeic.grading import check
from eeic.grading.roundtrip import read_cases

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercise", nargs="?", default="ex04-seeing-the-gap")
    exercise = parser.parse_args().exercise
    report = check(exercise, course=ROOT / "exercises")
    seconds = dict(report.steps)
    number = exercise.partition("-")[0]
    learners = len(read_cases(ROOT / "exercises" / "marking" / "cases" / f"{number}.toml"))
    print(f"  for each learner: {seconds['autograde'] / learners:.1f} s to mark")
    print(f"  in all: {sum(seconds.values()):.1f} s, {learners} learners")
    print(report)


if __name__ == "__main__":
    main()
