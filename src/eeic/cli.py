"""The command ``eeic``: thin, it only calls the rooms."""

import argparse
import sys
from pathlib import Path

from eeic import __version__


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        The words after ``eeic``; those of the process by default.

    Returns
    -------
    int
        0 when all is well, 1 when something was refused or found wrong.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    try:
        return int(options.run(options) or 0)
    except (ValueError, OSError, RuntimeError) as error:
        # What is wrong with the input is said in one sentence; a fault of ours keeps its trace.
        print(f"eeic: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eeic", description="Evidence and Ethnicity in Commissioning: the course's tools."
    )
    parser.add_argument("--version", action="version", version=f"eeic {__version__}")
    rooms = parser.add_subparsers(title="what to do", metavar="")
    _add_site(rooms)
    _add_world(rooms)
    _add_exercise(rooms)
    _add_validate(rooms)
    return parser


def _command(parent, name, run, help_text):
    command = parent.add_parser(name, help=help_text, description=help_text)
    command.set_defaults(run=run)
    return command


def _group(parent, name, help_text):
    return parent.add_parser(name, help=help_text).add_subparsers(metavar="", required=True)


def _add_site(rooms) -> None:
    site = _group(rooms, "site", "build, serve and check the site")

    def build(options):
        from eeic.publish import site

        print(site.build())

    def serve(options):
        from eeic.publish import site

        site.serve(options.port)

    def check(options):
        from eeic.publish import inspect, lessons, site

        root = site.checkout()
        findings = lessons.check(root)
        if (root / "_build" / "site").is_dir():
            findings += inspect.check(root / "_build" / "site")
        else:
            print("The site is not built yet, so only the sources are checked.")
        for finding in findings:
            print(finding)
        print(f"{len(findings)} findings" if findings else "Nothing is wrong.")
        return bool(findings)

    _command(site, "build", build, "Build what has changed.")
    command = _command(site, "serve", serve, "Build, and serve on this machine.")
    command.add_argument("--port", type=int, default=8000, help="the port (default: 8000)")
    _command(site, "check", check, "Check the lessons' sources and the built pages.")


def _add_world(rooms) -> None:
    world = _group(rooms, "world", "make the invented health system")

    def build(options):
        from eeic import world

        made = world.build(
            seed=options.seed,
            placebo=options.placebo,
            switches=dict.fromkeys(options.off, False) or None,
        )
        world.write(made, options.folder, overwrite=options.overwrite)
        print(f"{made.world_id} is in {options.folder}")

    command = _command(world, "build", build, "Build the world and write its tables to a folder.")
    command.add_argument("folder", type=Path, help="where the tables go")
    command.add_argument("--seed", type=int, default=2026, help="default: 2026, the course's own")
    command.add_argument("--placebo", action="store_true", help="switch every mechanism off")
    command.add_argument(
        "--off", action="append", default=[], metavar="MECHANISM", help="switch one mechanism off"
    )
    command.add_argument("--overwrite", action="store_true", help="replace this world's tables")


def _add_exercise(rooms) -> None:
    exercise = _group(rooms, "exercise", "release, mark and return an exercise")

    def course(options):
        from eeic.grading.course import Course

        return Course(options.course, options.exercise)

    def check(options):
        from eeic.grading import roundtrip

        report = roundtrip.check(options.exercise, keep=options.keep, course=options.course)
        print(report)
        return not report.ok

    def release(options):
        ours = course(options)
        ours.make_cohort(options.cohort, options.seed)
        print(f"Give learners everything in {ours.release()}")

    def grade(options):
        rows = course(options).autograde()
        for row in rows:
            print(f"{row.learner}: {row.total:g} points, {row.status}", *row.notes, sep="\n  ")
        return any(row.status == "failed" for row in rows)

    def feedback(options):
        print(f"The pages to return are in {course(options).feedback()}")

    def export(options):
        print(course(options).export(options.to))

    for name, run, help_text in [
        ("check", check, "Prove the way from release to returned grade in a temporary course."),
        ("release", release, "Make a cohort's data and the learners' version."),
        ("grade", grade, "Mark everything that was handed in."),
        ("feedback", feedback, "Make the learners' feedback pages."),
        ("export", export, "Write the marks as a table."),
    ]:
        command = _command(exercise, name, run, help_text)
        command.add_argument("exercise", help="such as ex04-seeing-the-gap")
        command.add_argument(
            "--course", type=Path, default=Path("exercises"), help="default: exercises"
        )
        if name == "check":
            command.add_argument("--keep", type=Path, help="a new folder to leave the course in")
        elif name == "release":
            command.add_argument("--cohort", required=True, help="a name, such as autumn")
            command.add_argument("--seed", type=int, required=True, help="a number you keep secret")
        elif name == "export":
            command.add_argument("--to", type=Path, default=Path("marks.csv"), help="the file")


def _add_validate(rooms) -> None:
    def validate(options):
        from eeic import validation
        from eeic.publish import checked, site, steps

        root = site.checkout()
        report = validation.validate(validation.folders(options.reference))
        counts = ["cases", "agree", "refused", "differ"]
        total = report.table[counts].sum().to_dict()
        print(report.table[["reference", "method", *counts]].to_string(index=False))
        print(", ".join(f"{number} {name}" for name, number in total.items()))
        for name in report.absent:
            print(f"{name} was not looked at: its file is not on this machine.")
        for line in report.differing:
            print(line)
        if not report.differing:
            steps.run(checked.step(root, report), quiet=True)
            print("The book's method notes show the part that comes with the course.")
        return bool(report.differing)

    command = _command(
        rooms, "validate", validate, "Put the statistics against the reference implementations."
    )
    command.add_argument(
        "--reference", type=Path, help="a folder with more reference values (default: what is here)"
    )
