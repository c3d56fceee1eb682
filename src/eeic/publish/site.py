"""The whole site: book, browser lab and downloads, built in steps and laid together."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import eeic
from eeic.files import put_in_place
from eeic.publish import calibrated, checked, lab, steps, vendor, wheel
from eeic.publish import serve as server

#: Zip files carry this time, the earliest they can, so that the same content is the same file.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

OFFLINE_README = f"""Evidence and Ethnicity in Commissioning: the course without the internet

Open START-HERE.html with a web browser. Everything on the pages works from this folder:
reading, explorers, questions, search. Your answers stay in that browser on that device.

Running Python is not in this copy. The lessons as notebooks are in the folder downloads;
open them in JupyterLab on a computer that has the course installed.

{eeic.NOTICE}.
"""

START_HERE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="0; url=index.html">
<title>Start here</title>
<p><a href="index.html">Open the course</a></p>
</html>
"""

NO_LAB = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The browser lab is not in this copy</title>
<body style="font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto;
padding: 0 1rem">
<h1>The browser lab is not in this copy</h1>
<p>Running Python in the browser needs the course on a web server, and this is the copy for
reading without the internet. The lesson pages, their explorers and their questions all work
here.</p>
<p>To run the lessons as notebooks, open them from the folder <code>downloads</code> in
JupyterLab on a computer that has the course installed.</p>
<p><a href="../../index.html">Back to the course</a></p>
</body>
</html>
"""


def checkout(root: Path | str | None = None) -> Path:
    """Find the course's own folder, which a build needs.

    Parameters
    ----------
    root : Path or str, optional
        The folder; by default the one that this package runs from.

    Returns
    -------
    Path

    Raises
    ------
    eeic.publish.steps.BuildError
        If it is not a checkout of the course.
    """
    folder = (Path(root) if root else Path(__file__).parents[3]).resolve()
    for needed in ("_config.yml", "_toc.yml", "notebooks", "requirements-lab.txt"):
        if not (folder / needed).exists():
            raise steps.BuildError(
                f"{folder} has no {needed}: the site is built from a checkout of the course, "
                "with the package installed from it (pip install -e .)"
            )
    return folder


def build(root: Path | str | None = None, *, quiet: bool = False) -> Path:
    """Build everything that is served, or what of it has changed.

    Parameters
    ----------
    root : Path or str, optional
        The checkout; by default the one that this package runs from.
    quiet : bool
        Print nothing.

    Returns
    -------
    Path
        The folder of the built site.

    Raises
    ------
    eeic.publish.steps.BuildError
        If a step fails, with what it printed last. What was built before stays.
    """
    root = checkout(root)
    with steps.alone(root / "_build"):
        vendor.install(root, quiet=quiet)
        # One after the other, because a later step's inputs are the earlier ones' stamps.
        for describe in (
            vendor.step,
            wheel.step,
            lab.wheels_step,
            lab.step,
            checked.step,
            calibrated.step,
            book_step,
            downloads_step,
            offline_step,
            site_step,
        ):
            steps.run(describe(root), quiet=quiet)
    return root / "_build/site"


def serve(port: int = 8000, root: Path | str | None = None) -> None:
    """Build the site and serve it on this machine until Ctrl-C.

    Parameters
    ----------
    port : int
        The port on 127.0.0.1.
    root : Path or str, optional
        The checkout; by default the one that this package runs from.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the port cannot be used (found out before the build), or a step fails.
    """
    server.server(checkout(root), port).server_close()
    server.serve(build(root), port)


def book_step(root: Path) -> steps.Step:
    """Describe the build step that makes the pages; a warning of Jupyter Book is an error.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    eeic.publish.steps.Step

    Notes
    -----
    Jupyter Book keeps the lessons' results between builds, but looks only at the notebooks
    to see whether they are still right. They come from our package and data as well, so when
    either changes the kept results are thrown away.
    """
    work = root / "_build/book-work"
    code = [path for path in sorted((root / "src/eeic").iterdir()) if path.suffix in ("", ".py")]
    runs = [path for path in code if path.name not in {"publish", "cli.py", *steps.IGNORED}]
    sources = ("_config.yml", "_toc.yml", "book", "notebooks", "src/eeic", "datasets")
    inputs = [root / name for name in (*sources, "requirements.txt")]
    inputs += _stamps(root, "validation", "calibration")

    def make(out: Path) -> None:
        made_with = work / "made-with"
        present = steps.digest([*runs, root / "datasets", root / "requirements.txt"])
        if not made_with.is_file() or made_with.read_text() != present:
            shutil.rmtree(work / "_build/.jupyter_cache", ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True)
        put_in_place(made_with, present.encode())
        shutil.rmtree(work / "_build/html", ignore_errors=True)  # pages that are no more
        jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
        strict = ["-W", "-n", "--keep-going", "--all"]
        steps.command(
            [*jupyter_book, "build", root, "--path-output", work, *strict],
            log=root / "_build/logs/book.log",
            cwd=root,
        )
        shutil.copytree(
            work / "_build/html", out, dirs_exist_ok=True, copy_function=shutil.copyfile
        )

    return steps.Step("book", inputs, root / "_build/book", make)


def downloads_step(root: Path) -> steps.Step:
    """Describe the build step that gathers the files to download, but for the offline copy.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    eeic.publish.steps.Step
        Its output has the lessons as notebooks and `eeic-datasets.zip`.
    """

    def make(out: Path) -> None:
        for lesson in lab.lessons(root):
            shutil.copyfile(lesson, out / lesson.name)
        tables = [file for file in steps.files(root / "datasets") if file.name[0] != "."]
        write_zip(out / "eeic-datasets.zip", root / "datasets", tables)

    inputs = [root / "notebooks", root / "datasets", Path(__file__)]
    return steps.Step("downloads", inputs, root / "_build/downloads", make)


def offline_step(root: Path) -> steps.Step:
    """Describe the build step that packs the course for reading without the internet.

    Parameters
    ----------
    root : Path
        The checkout, with the outputs of the vendor, book and downloads steps.

    Returns
    -------
    eeic.publish.steps.Step
        Its output has `eeic-offline.zip`: the site without the browser lab.
    """

    def make(out: Path) -> None:
        pages = out / "pages"
        _lay_out_pages(root, pages)
        (pages / "404.html").unlink(missing_ok=True)  # only a server shows it
        (pages / "START-HERE.html").write_text(START_HERE, encoding="utf-8", newline="\n")
        (pages / "README.txt").write_text(OFFLINE_README, encoding="utf-8", newline="\r\n")
        instead = pages / "lab/notebooks/index.html"
        instead.parent.mkdir(parents=True)
        instead.write_text(NO_LAB, encoding="utf-8", newline="\n")
        write_zip(out / "eeic-offline.zip", pages, steps.files(pages))
        shutil.rmtree(pages)

    return steps.Step(
        "offline copy",
        _stamps(root, "vendor", "book", "downloads"),
        root / "_build/offline",
        make,
    )


def site_step(root: Path) -> steps.Step:
    """Describe the last build step: everything in one folder, inspected.

    Parameters
    ----------
    root : Path
        The checkout, with the outputs of all other steps.

    Returns
    -------
    eeic.publish.steps.Step
        Its output is what a web server serves.
    """

    def make(out: Path) -> None:
        from eeic.publish import inspect

        _lay_out_pages(root, out)
        _copy(root / "_build/lab", out / "lab")
        _copy(root / "_build/offline", out / "downloads")
        (out / ".nojekyll").touch()  # some static hosts drop folders named _static without it
        if findings := inspect.check(out):
            raise steps.BuildError(
                f"faults in the built pages: {len(findings)}\n\n"
                + "\n".join(str(finding) for finding in findings)
            )

    return steps.Step(
        "site",
        _stamps(root, "vendor", "lab", "book", "downloads", "offline"),
        root / "_build/site",
        make,
    )


def write_zip(file: Path, folder: Path, members: Iterable[Path]) -> None:
    """Write a zip file whose bytes depend on its contents alone.

    Parameters
    ----------
    file : Path
        The zip file.
    folder : Path
        What the names in it are relative to.
    members : iterable of Path
        Files in that folder.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.relative_to(folder).as_posix(), ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, on whatever system it is made
            archive.writestr(entry, member.read_bytes())


def _lay_out_pages(root: Path, out: Path) -> None:
    built = root / "_build"
    for source in (built / "book", built / "vendor/site"):
        _copy(source, out)
    _copy(built / "downloads", out / "downloads")


def _copy(source: Path, out: Path) -> None:
    """Copy a folder into another, giving every file the present time.

    A local server tells browsers what has changed by the files' times, and some of the
    folders carry a fixed one.
    """
    shutil.copytree(
        source,
        out,
        dirs_exist_ok=True,
        copy_function=shutil.copyfile,
        ignore=shutil.ignore_patterns("*.map"),  # for debugging the makers' code, not for readers
    )


def _stamps(root: Path, *names: str) -> list[Path]:
    return [*(root / f"_build/.{name}.stamp" for name in names), Path(__file__)]
