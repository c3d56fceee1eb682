"""The ways through the course on its pages, and what the pages' script has to know of them.

Titles, minutes and outcomes come from the lessons, routes from `eeic.ask.routes`; whether a lesson
is written is seen from its notebook. So a lesson that is added appears in every route, on *My
progress* and on the certificate by itself.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import eeic
from eeic.ask import page, progress, routes
from eeic.publish import outcomes

#: Pages that can be marked as read, besides the lessons.
MARKED = ("book/topics/", "book/start/taster")
SCRIPT, STYLE = "eeic-progress.js", "eeic-progress.css"

#: The line under a lesson's title (`eeic.publish.book` lays out the same one).
_MINUTES = re.compile(r"Read: (\d+) minutes\. Explore: (\d+)\. Code: (\d+)\.")
_NO_SCRIPT = {
    "progress": "Your browser fills this page in from what it keeps on this device, and needs "
    "JavaScript for it. Without it, every lesson and every printed form works as well.",
    "certificate": "Your browser fills the certificate in from what it keeps on this device, and "
    "needs JavaScript for it. Without it, a list of dates and lessons of your own says as much.",
}


def course(root: Path) -> dict[str, Any]:
    """Gather what the pages' script has to know of the course.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    dict
        The course's name and version; the written lessons with page, minutes, and outcomes with
        their questions; the titles of the planned ones; the routes.
    """
    says = {one.code: one.objective for one in outcomes.table(root)}
    asked = progress.outcomes()
    notebooks = {path.name[:2]: path for path in sorted((root / "notebooks").glob("[0-9]*.ipynb"))}
    lessons = []
    for number, path in notebooks.items():
        codes = [code for code in says if code.startswith(f"M{int(number)}.")]
        lessons.append(
            {
                "id": number,
                "title": routes.titles()[number],
                "page": f"notebooks/{path.stem}",
                "minutes": _minutes(path, number),
                "outcomes": [
                    {"code": code, "says": _plain(says[code]), "questions": asked[code]}
                    for code in codes
                    if code in asked
                ],
            }
        )
    return {
        "course": "Evidence and Ethnicity in Commissioning",
        "version": eeic.__version__,
        "lessons": lessons,
        "planned": {
            number: title for number, title in routes.titles().items() if number not in notebooks
        },
        "routes": [
            {
                "id": route.id,
                "title": route.title,
                "time": route.time,
                "page": route.page,
                "ends": route.ends,
                "steps": [{"lesson": s.lesson, "part": s.part} for s in route.steps],
            }
            for route in routes.routes().values()
        ],
    }


def script(root: Path) -> str:
    """Make the one script of progress on the pages.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    str
        A classic script with the course's data in front; it also runs from ``file://``.
    """
    data = json.dumps(course(root), ensure_ascii=False, separators=(",", ":"))
    return f"const eeicCourse = {data};\n" + page.classic(
        "progress.mjs", "eeicProgress", "progress-page.js"
    )


class RouteTable(SphinxDirective):
    """Write one route: its lessons in order, what is written of it, and the button to take it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table.

        Returns
        -------
        list of docutils.nodes.Node
        """
        route = routes.routes()[self.arguments[0]]
        written = {
            path.name[:2]: path.stem
            for path in Path(self.env.srcdir).glob("notebooks/[0-9]*.ipynb")
        }
        self.env.note_dependency(str(Path(routes.__file__).with_name("routes.toml")))
        place = nodes.raw(
            "",
            f'<div class="eeic-route-button" data-eeic-route="{escape(route.id)}"></div>',
            format="html",
        )
        return [
            place,
            *self._parsed(_table(route, written)),
            nodes.paragraph("", _stand(route, written)),
        ]

    def _parsed(self, lines: list[str]) -> list[nodes.Node]:
        holder = nodes.container()
        self.state.nested_parse(StringList(lines), self.content_offset, holder)
        return holder.children


class Place(SphinxDirective):
    """Make room for what the script fills in: ``progress`` or ``certificate``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Put the place on the page, with a sentence for readers without a script.

        Returns
        -------
        list of docutils.nodes.Node
        """
        kind = self.arguments[0]
        return [
            nodes.raw(
                "", f"<div data-eeic-{kind}><p>{escape(_NO_SCRIPT[kind])}</p></div>", format="html"
            )
        ]


def connect(app: Sphinx) -> None:
    """Connect the directives, the marks and the script to the book.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application that builds the book.
    """
    app.add_directive("eeic-route", RouteTable)
    app.add_directive("eeic-place", Place)
    app.connect("builder-inited", _write)
    app.connect("html-page-context", _mark, priority=600)  # after the book's own


def _write(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = app.outdir / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SCRIPT).write_text(script(Path(app.srcdir)), encoding="utf-8")
        (folder / STYLE).write_text(page.asset("progress.css"), encoding="utf-8")


def _mark(
    app: Sphinx, name: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    body = context.get("body", "")
    if name.startswith(("notebooks/", *MARKED)) and body:
        body += (
            f'<section class="eeic-read" data-eeic-page="{escape(name)}" '
            'aria-label="Your progress"></section>'
        )
        context["body"] = body
    if re.search(r"data-eeic-(?:page|route|progress|certificate)\b", body):
        app.add_js_file(SCRIPT, loading_method="defer")
        app.add_css_file(STYLE)


def _minutes(path: Path, number: str) -> dict[str, int]:
    hit = _MINUTES.search(path.read_text("utf-8"))
    if not hit:
        return {"all": routes.minutes()[number]}
    return dict(zip(("Read", "Explore", "Code"), map(int, hit.groups()), strict=True))


def _plain(markdown: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)|\{\w+\}`([^`<]*?)(?: *<[^>]*>)?`|[*`]", r"\1\2", markdown)


def _table(route: routes.Route, written: dict[str, str]) -> list[str]:
    parts = [step.part for step in route.steps]
    by_week = all(part.startswith("week ") for part in parts)
    heading = "Week" if by_week else "What of it"
    head = ["Lesson", *([heading] if any(parts) else []), "Alone"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for step in route.steps:
        title = routes.titles()[step.lesson]
        name = f"{int(step.lesson)}. {title}" if step.lesson.isdigit() else title
        said = (
            f"{{doc}}`{name} </notebooks/{written[step.lesson]}>`"
            if step.lesson in written
            else f"{name} *(not yet written)*"
        )
        part = step.part.removeprefix("week ") or "all of it"
        lines.append(f"| {' | '.join([said, *([part] if any(parts) else []), _time(step)])} |")
    return lines


def _time(step: routes.Step) -> str:
    minutes = routes.minutes()[step.lesson]
    return f"{minutes}&nbsp;min" if minutes < 180 else "5–6&nbsp;hours"


def _stand(route: routes.Route, written: dict[str, str]) -> str:
    there = [step for step in route.steps if step.lesson in written]
    if len(there) == len(route.steps):
        return "All of this way is written."
    minutes = sum(routes.minutes()[step.lesson] for step in there)
    return (
        f"{len(there)} of the {len(route.steps)} lessons of this way are written, about "
        f"{round(minutes / 30) / 2:g} hours alone if each is taken whole."
    )
