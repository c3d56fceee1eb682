"""The command ``eeic``: thin, it only calls the rooms."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

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
    _add_grade(rooms)
    _add_validate(rooms)
    _add_logbook(rooms)
    _add_progress(rooms)
    _add_publish(rooms)
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
        from eeic.publish import dates, inspect, lessons, site

        root = site.checkout()
        findings = lessons.check(root) + dates.check(root)
        for line in dates.old(root, date.today()):
            print(line)
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
    world = _group(rooms, "world", "make the invented health system, and look into it")

    def build(options):
        from eeic.world import folder, overlay

        seed = options.seed
        if seed is None and options.truth_folder:
            seed = folder.private_seed(options.truth_folder, options.folder)
        made = folder.make(
            options.folder,
            folder.order(
                options.preset,
                2026 if seed is None else seed,
                options.world,
                off=options.off,
                on=options.on,
                changes=overlay.read(options.parameters) if options.parameters else "",
            ),
            file_format=options.format,
            processes=options.processes,
            scheduler=options.scheduler,
            with_truth=options.truth,
            truth_folder=options.truth_folder,
            areas=folder.areas(options.areas) if options.areas else None,
        )
        print(f"{made['world_id']} is in {options.folder} (values {made['value_hash']})")

    def describe(options):
        from eeic.world import folder

        print(folder.describe(options.folder))

    def check(options):
        from eeic.world import folder

        findings = folder.check(options.folder)
        print(*findings, f"{len(findings)} findings" if findings else "Nothing is wrong.", sep="\n")
        return bool(findings)

    def compare(options):
        from eeic.world import folder

        print(*folder.compare(options.folder, options.other), sep="\n")

    command = _command(
        world, "build", build, "Build a world into a folder, or go on where a build was stopped."
    )
    command.add_argument("folder", type=Path, help="where it goes: new, empty, or the same world's")
    options: dict[str, dict[str, Any]] = {
        "preset": {"default": "workshop", "help": "its size, from workshop to england"},
        "seed": {
            "type": int,
            "help": "default: 2026, the course's own; with --truth-folder a secret one, kept there",
        },
        "world": {
            "default": "main",
            "help": "main, placebo, relabelled, deprivation-only or recording-only",
        },
        "off": {
            "action": "append",
            "default": [],
            "metavar": "MECHANISM",
            "help": "switch one off",
        },
        "on": {"action": "append", "default": [], "metavar": "MECHANISM", "help": "switch one on"},
        "parameters": {
            "type": Path,
            "metavar": "FILE",
            "help": "JSON with what is to differ from the course's own parameters",
        },
        "format": {
            "choices": ["parquet", "csv"],
            "help": "default: CSV up to course, else Parquet",
        },
        "processes": {"type": int, "metavar": "N", "help": "processes on this machine"},
        "scheduler": {"metavar": "ADDRESS", "help": "a Dask scheduler, such as tcp://host:8786"},
        "truth": {
            "action": argparse.BooleanOptionalAction,
            "help": "write truth.json as well (default: up to course, with a public seed)",
        },
        "truth-folder": {
            "type": Path,
            "metavar": "FOLDER",
            "help": "private: for the truth and seed of a world that learners are assessed with",
        },
        "areas": {"metavar": "5,9,20-30", "help": "people of these areas only"},
    }
    for name, words in options.items():
        command.add_argument(f"--{name}", **words)
    for name, run, help_text in [
        ("describe", describe, "Say what a folder holds."),
        ("check", check, "Find what is not as it was made, or cannot be."),
        ("compare", compare, "Say how two worlds differ."),
    ]:
        command = _command(world, name, run, help_text)
        command.add_argument("folder", type=Path, help="a world's folder")
        if name == "compare":
            command.add_argument("other", type=Path, help="another world's folder")


def _add_exercise(rooms) -> None:
    exercise = _group(rooms, "exercise", "prove an exercise, and release it to a class")

    def check(options):
        from eeic.grading import roundtrip

        report = roundtrip.check(options.exercise, keep=options.keep, course=options.course)
        print(report)
        return not report.ok

    def release(options):
        ours = _course(options)
        ours.make_cohort(options.cohort, options.seed)
        print(f"Give learners everything in {ours.release()}")

    command = _command(
        exercise, "check", check, "Prove the way from release to returned grade in a new course."
    )
    _add_course(command)
    command.add_argument("--keep", type=Path, help="a new folder to leave the course in")
    command = _command(
        exercise, "release", release, "Make a cohort's data and the learners' version."
    )
    _add_course(command)
    command.add_argument("--cohort", required=True, help="a name, such as autumn")
    command.add_argument("--seed", type=int, required=True, help="a number you keep secret")


def _course(options):
    """Return the course and exercise that a command names."""
    from eeic.grading.course import Course

    return Course(options.course, options.exercise, getattr(options, "database", "") or "")


def _add_course(command, *, database=False) -> None:
    command.add_argument("exercise", help="such as ex04-seeing-the-gap")
    command.add_argument(
        "--course", type=Path, default=Path("exercises"), help="default: exercises"
    )
    if database:
        command.add_argument(
            "--database",
            metavar="URL",
            help="the gradebook, such as postgresql://NAME@HOST/DATABASE; for formgrader as well, "
            "say it in nbgrader_config.py: c.CourseDirectory.db_url",
        )


def _roster(options):
    """Return the class list that a command names, if it does."""
    if options.roster is None:
        return None
    from eeic.grading import roster

    return roster.read(options.roster)


def _add_roster(command) -> None:
    command.add_argument(
        "--roster",
        type=Path,
        metavar="FILE.csv",
        help="a class list: columns learner, name, email, ID number, login, Canvas ID, section",
    )


def _add_workers(command) -> None:
    command.add_argument(
        "--workers", type=int, metavar="N", help="notebooks at a time (default: one a processor)"
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler's workers instead"
    )
    command.add_argument(
        "--without-a-cage",
        action="store_true",
        help="run learners' code with all your rights, where this machine has no cage",
    )


def _add_grade(rooms) -> None:
    grade = _group(rooms, "grade", "mark a class, and see what it knows")

    def autograde(options):
        from eeic.grading.autograde import autograde

        run = autograde(
            _course(options),
            workers=options.workers,
            scheduler=options.scheduler,
            caged=not options.without_a_cage,
            again=options.again,
        )
        for row in run.rows:
            print(f"{row.learner}: {row.total:g} points, {row.status}", *row.notes, sep="\n  ")
        print(run)

    def regrade(options):
        from eeic.grading.regrade import regrade

        print(
            regrade(
                _course(options),
                items=options.item,
                award=options.award,
                why=options.why,
                full=options.full,
                write=options.yes,
                workers=options.workers,
                scheduler=options.scheduler,
                caged=not options.without_a_cage,
            )
        )

    def feedback(options):
        from eeic.grading import feedback

        made = feedback.make(_course(options))
        changed = sum(page.changed for page in made)
        print(
            f"{len(made)} pages are in {options.course / 'feedback'}; {changed} of them are new or "
            "have changed."
        )

    def collect(options):
        from eeic.grading import collect

        found = collect.collect(
            _course(options),
            options.source,
            pattern=options.pattern,
            roster=_roster(options),
            dry_run=options.dry_run,
            say=print,
        )
        print(found.summary)

    def export(options):
        from eeic.grading import exports

        made = exports.export(_course(options), options.to, options.format, _roster(options))
        print(made.path)
        for sentence in made.said:
            print(sentence, file=sys.stderr)

    def report(options):
        from eeic.grading import report

        print(report.write(_course(options), options.to, share=options.share))

    def moderate(options):
        from eeic.grading import moderation

        if options.read:
            print(moderation.read(_course(options), options.read))
        elif options.settle:
            print(moderation.settle(_course(options), options.settle))
        else:
            print(moderation.draw(_course(options), share=options.share, seed=options.seed))

    def similar(options):
        from eeic.grading import similar

        print(similar.told(similar.pairs(_course(options))))

    def demo_class(options):
        from eeic.grading import demo

        print(demo.next_steps(demo.build(options.folder, learners=options.learners)))

    command = _command(
        grade,
        "autograde",
        autograde,
        "Mark what was handed in and is new or changed. A run that could be done ends with 0, "
        "whatever was wrong with single submissions: those are rows of records/EXERCISE/"
        "failures.csv. It ends with 1 only if the run itself could not be done.",
    )
    _add_course(command, database=True)
    _add_workers(command)
    command.add_argument(
        "--again", nargs="+", default=[], metavar="NAME", help="learners to mark though unchanged"
    )

    command = _command(
        grade,
        "regrade",
        regrade,
        "Mark everybody again after the marking was mended, and say who changes by how much. "
        "Marks that a person gave stay.",
    )
    _add_course(command, database=True)
    for name, help_text in [
        ("item", "a question, such as ex04.q3 (default: all); can be given again"),
        ("award", "a question whose points everyone is given from now on; can be given again"),
    ]:
        command.add_argument(
            f"--{name}", action="append", default=[], metavar="QUESTION", help=help_text
        )
    command.add_argument("--why", default="", help="the reason; learners read it with an award")
    command.add_argument("--full", action="store_true", help="run the notebooks again")
    command.add_argument("--yes", action="store_true", help="write the changes")
    _add_workers(command)

    command = _command(grade, "feedback", feedback, "Make the pages that learners get back.")
    _add_course(command, database=True)

    command = _command(
        grade,
        "collect",
        collect,
        "Take in what learners handed in. What they handed in before is kept.",
    )
    _add_course(command)
    command.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="PATH",
        help="a folder or a zip: a platform's download, or a folder, zip or notebook a learner",
    )
    command.add_argument(
        "--pattern",
        default="",
        help="moodle, canvas or a regular expression with (?P<student_id>...), as for "
        "nbgrader zip_collect (default: what it looks like)",
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    _add_roster(command)

    command = _command(
        grade, "export", export, "Write the marks for a spreadsheet or a learning platform."
    )
    _add_course(command, database=True)
    command.add_argument("--to", type=Path, default=Path("marks.csv"), help="the file")
    command.add_argument(
        "--format",
        default="",
        choices=["csv", "xlsx", "moodle", "canvas", "scorm"],
        help="default: what the file's name says, else csv",
    )
    _add_roster(command)

    command = _command(
        grade,
        "report",
        report,
        "Write a page on the class, for you alone, and a notebook to go on from it.",
    )
    _add_course(command, database=True)
    command.add_argument(
        "--to", type=Path, metavar="FOLDER", help="default: report/EXERCISE in the course folder"
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="instead write a page without names, and with nothing about fewer than five people",
    )

    command = _command(
        grade,
        "moderate",
        moderate,
        "Prepare blind second marking of written answers, compare it, and write what was agreed. "
        "While nothing has a first mark, only the page of anchor answers is made.",
    )
    _add_course(command, database=True)
    command.add_argument(
        "--share",
        type=float,
        default=0.1,
        metavar="PART",
        help="the least part to mark again (default: 0.1); all near the pass line are",
    )
    command.add_argument("--seed", type=int, help="makes the same sample again")
    step = command.add_mutually_exclusive_group()
    step.add_argument(
        "--read", type=Path, metavar="FILE", help="compare the sheet that was filled in"
    )
    step.add_argument(
        "--settle", type=Path, metavar="FILE", help="write the marks agreed in settle.csv"
    )

    command = _command(
        grade, "similar", similar, "Show answers that are alike, for you alone to talk about."
    )
    _add_course(command)

    command = _command(
        grade, "demo-class", demo_class, "Make a course with invented learners to try marking on."
    )
    command.add_argument("folder", type=Path, help="a new folder")
    command.add_argument("--learners", type=int, default=40, metavar="N", help="default: 40")


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


def _add_logbook(rooms) -> None:
    logbook = _group(rooms, "logbook", "take your logbook along")

    def export(options):
        from eeic.ask import logbooks

        made = logbooks.export(options.document, options.source, replace=options.replace)
        print(f"Your logbook is in {made}")

    command = _command(logbook, "export", export, "Write your logbook as a Word document.")
    command.add_argument("document", type=Path, metavar="FILE.docx", help="the document")
    command.add_argument(
        "--from",
        dest="source",
        type=Path,
        default=Path("logbook.json"),
        metavar="FILE",
        help="default: logbook.json in this folder",
    )
    command.add_argument(
        "--replace", action="store_true", help="replace a document of that name, changes and all"
    )


def _add_progress(rooms) -> None:
    group = _group(rooms, "progress", "see your progress, and take it along")

    def show(options):
        from eeic.ask import progress

        print(progress.summary())

    def save(options):
        from eeic.ask import progress

        print(f"Your progress is in {progress.save(options.file, logbook=options.logbook)}")

    def load(options):
        from eeic.ask import progress

        print(progress.load(options.file))

    _command(group, "show", show, "Say what has been read and answered, as this folder knows it.")
    command = _command(group, "save", save, "Write it as a file that the course's pages can load.")
    command.add_argument(
        "file", type=Path, nargs="?", default=Path("progress.json"), help="default: progress.json"
    )
    command.add_argument(
        "--logbook", action="store_true", help="put what you wrote in your logbook into it, too"
    )
    command = _command(group, "load", load, "Bring a saved file together with this folder's.")
    command.add_argument("file", type=Path, help="the file")


def _add_publish(rooms) -> None:
    publish = _group(rooms, "publish", "make what others run the course with")

    def packages(options):
        from eeic.publish import packages, site

        root = site.checkout()
        for made in packages.publish(
            options.kind,
            options.route,
            root,
            edition=getattr(options, "edition", ""),
            to=options.to,
        ):
            print(made)

    def pack(options):
        from eeic.publish import packs

        print(*packs.publish(options.name, options.to), sep="\n")

    for kind, help_text in [
        ("scorm", "Make a route of the built site a package for learning platforms."),
        ("html", "Make a route of the built site a zip of plain pages."),
    ]:
        command = _command(publish, kind, packages, help_text)
        command.set_defaults(kind=kind)
        command.add_argument("route", help="such as taster or full; all for one of each")
        if kind == "scorm":
            command.add_argument(
                "--edition", choices=["1.2", "2004"], default="1.2", help="default: 1.2"
            )
        command.add_argument(
            "--to", type=Path, metavar="FILE", help="a new file (default: in _build/packages)"
        )

    command = _command(
        publish, "pack", pack, "Make all that a facilitator needs for a session, to print and show."
    )
    command.add_argument("name", help="a lesson, such as 04-seeing-the-gap, half-day or five-weeks")
    command.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        default=Path("_build/packs"),
        help="default: _build/packs",
    )
