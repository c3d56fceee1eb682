"""Packages for learning platforms: a route as a SCORM package, or as a zip of plain pages."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from eeic.ask import routes
from eeic.ask.routes import Route
from eeic.publish import excerpt, inspect, lessons, scorm, steps
from eeic.publish import site as whole

#: What every package has besides its route: looked into on the way, and counted by nobody.
BESIDE = (
    "book/develop/logbook.html",
    "book/reference/glossary.html",
    "book/reference/references.html",
    "book/reference/accessibility.html",
    scorm.PRIVACY,
)
#: The route that takes all of the site along.
WHOLE = "full"

#: The most that the NHS Learning Hub takes in one zip; other platforms take less or more.
MOST_BYTES = 2_000_000_000
_NAME = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Made:
    """One package that was made.

    Parameters
    ----------
    file : Path
        The zip file.
    kind : str
        What it is, such as ``"SCORM 1.2"``.
    title : str
        What it holds.
    pages, beside, files, questions : int
        How many pages make the route, how many stand beside it, how many files there are in
        all, and how many questions count.
    unwritten : tuple of str
        Lessons of the route that are not written yet.
    """

    file: Path
    kind: str
    title: str
    pages: int
    beside: int
    files: int
    questions: int
    unwritten: tuple[str, ...]

    def __str__(self) -> str:
        size = self.file.stat().st_size / 1e6
        lines = [
            f"{self.title}, as {self.kind}: {self.file}",
            f"  {size:.1f} MB, {self.files} files: {self.pages} pages to go through and "
            f"{self.beside} beside them",
        ]
        if self.kind.startswith("SCORM"):
            lines.append(
                f"  passed with {scorm.PASS} of 100 on {self.questions} questions, all pages opened"
                if self.questions
                else "  completed when all pages were opened; no questions count"
            )
        if self.unwritten:
            lines.append(
                f"  lessons not written yet, and so not in it: {', '.join(self.unwritten)}"
            )
        return "\n".join(lines)


def publish(
    kind: str,
    name: str,
    root: Path,
    *,
    site: Path | None = None,
    edition: str = "1.2",
    to: Path | None = None,
) -> list[Made]:
    """Make the packages of one route, or of all.

    Parameters
    ----------
    kind : str
        ``"scorm"`` or ``"html"``.
    name : str
        A route's id, or ``"all"``.
    root : Path
        The checkout.
    site : Path, optional
        The built site; by default that of the checkout.
    edition : str
        Of SCORM: ``"1.2"`` or ``"2004"``.
    to : Path, optional
        The zip file, which must not be there yet. By default it goes to ``_build/packages``,
        where it takes the place of the last one.

    Returns
    -------
    list of Made

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is no such route, the lessons or the site have faults, or a package would.
    """
    site = site or root / "_build/site"
    known = routes.routes()
    if name not in known and name != "all":
        raise steps.BuildError(
            f"there is no route {name!r}: take one of {', '.join(known)}, or all of them with all"
        )
    if to is not None and name == "all":
        raise steps.BuildError("--to names one file: leave it out to make all packages")
    if to is not None and to.exists():
        raise steps.BuildError(f"{to} is there already: give another name, or delete it first")
    if not site.is_dir():
        raise steps.BuildError(f"{site} is not there: build the site first (eeic site build)")
    _refuse_faults([*lessons.check(root), *inspect.check(site)], "the course")
    chosen = list(known.values()) if name == "all" else [known[name]]
    return [_make(kind, route, root, site, edition, to) for route in chosen]


def _make(kind: str, route: Route, root: Path, site: Path, edition: str, to: Path | None) -> Made:
    walk, unwritten = pages_of(route, site)
    questions = questions_of(route, site)
    beside = excerpt.every_page(site) if route.id == WHOLE else list(BESIDE)
    name = f"eeic-{route.id}"
    what = f"SCORM {edition}" if kind == "scorm" else "a zip of pages"
    ending = f"scorm-{edition}" if kind == "scorm" else "html"
    file = to or root / f"_build/packages/{name}-{ending}.zip"
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".package-") as work:
        folder = Path(work, "pages")
        excerpt.cut(site, folder, walk, beside, online=online(root))
        if kind == "scorm":
            scorm.dress(
                folder, edition, name=name, title=route.title, pages=walk, questions=questions
            )
        else:
            entry = excerpt.ENTRY.format(
                first=walk[0], title=escape(f"{scorm.COURSE}: {route.title}")
            )
            (folder / "index.html").write_text(entry, encoding="utf-8", newline="\n")
        _refuse_faults([*inspect.check(folder), *check_names(folder)], name)
        members = steps.files(folder)
        # Platforms look for the manifest first, and some only at the front.
        members.sort(key=lambda member: member.name != "imsmanifest.xml")
        part = Path(work, file.name)
        whole.write_zip(part, folder, members)
        if part.stat().st_size > MOST_BYTES:
            raise steps.BuildError(
                f"{name} takes {part.stat().st_size / 1e9:.1f} GB, and the NHS Learning Hub takes "
                "2 GB: make packages of shorter routes"
            )
        part.replace(file)
    counted = excerpt.every_page(site) if route.id == WHOLE else {*walk, *beside}
    return Made(
        file,
        what,
        route.title,
        len(walk),
        len(counted) - len(walk),
        len(members),
        len(questions),
        unwritten,
    )


def pages_of(route: Route, site: Path) -> tuple[list[str], tuple[str, ...]]:
    """Find the pages of a route in a built site.

    Parameters
    ----------
    route : eeic.ask.routes.Route
        The route.
    site : Path
        The built site.

    Returns
    -------
    list of str, tuple of str
        The page about the route and its lessons, as names in the site; the numbers of the
        lessons that are not written yet.
    """
    lesson_pages = {step.lesson: lesson_page(step.lesson, site) for step in route.steps}
    written = [page for page in lesson_pages.values() if page]
    unwritten = tuple(lesson for lesson, page in lesson_pages.items() if not page)
    return [f"{route.page}.html", *written], unwritten


def questions_of(route: Route, site: Path) -> list[str]:
    """Find the questions that count in a route.

    Parameters
    ----------
    route : eeic.ask.routes.Route
        The route.
    site : Path
        The built site.

    Returns
    -------
    list of str
        Their ids, in the order of the route.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the route names a question that its lesson's page does not have.
    """
    found: list[str] = []
    for step in route.steps:
        page = lesson_page(step.lesson, site)
        if not page:
            continue
        there = scorm.counted(site, [page])
        wanted = list(there) if step.questions is None else list(step.questions)
        if lost := [one for one in wanted if one not in there]:
            raise steps.BuildError(
                f"the route {route.id} counts {', '.join(lost)}, which {page} does not have: "
                "mend src/eeic/ask/routes.toml, or build the site again"
            )
        found += wanted
    return found


def lesson_page(lesson: str, site: Path) -> str:
    """Find the page of a lesson.

    Parameters
    ----------
    lesson : str
        Its number, or ``"capstone"``.
    site : Path
        The built site.

    Returns
    -------
    str
        Its name in the site; empty if it is not there.
    """
    pages = sorted((site / "notebooks").glob(f"{lesson}-*.html"))
    return pages[0].relative_to(site).as_posix() if pages else ""


def online(root: Path) -> str:
    """Read where the whole course is on the web: ``html: baseurl`` of ``_config.yml``.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    str
        The address; empty if none is set.
    """
    settings: dict[str, Any] = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    return str((settings.get("html") or {}).get("baseurl") or "")


def check_names(folder: Path) -> list[inspect.Finding]:
    """Find what only goes wrong on the platform: names of files, and new windows.

    Parameters
    ----------
    folder : Path
        The contents of a package.

    Returns
    -------
    list of Finding
        Names with other than plain letters; two that differ only in capitals; capitals in names
        that are ours to choose; links that open a window, which platforms forbid or lose.
    """
    found = []
    seen: dict[str, str] = {}
    for file in steps.files(folder):
        name = file.relative_to(folder).as_posix()
        if not _NAME.fullmatch(name):
            found.append(inspect.Finding(name, "names", "has other than plain letters in its name"))
        if other := seen.setdefault(name.lower(), name) if name.lower() in seen else "":
            found.append(inspect.Finding(name, "names", f"differs from {other} only in capitals"))
        seen[name.lower()] = name
        if name.endswith(".html"):
            if name != name.lower():
                found.append(inspect.Finding(name, "names", "has capitals in its name"))
            if re.search(r"""\btarget=["']?_blank""", file.read_text("utf-8")):
                found.append(inspect.Finding(name, "windows", "has a link that opens a window"))
    return found


def _refuse_faults(findings: Sequence[inspect.Finding], what: str) -> None:
    if findings:
        raise steps.BuildError(
            f"nothing was published, because {what} has faults ({len(findings)}):\n\n"
            + "\n".join(str(finding) for finding in findings)
        )
