"""The directive that writes the eight study reports of lesson 9 into a handout."""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from eeic import NOTICE
from eeic.explore import study_pages


class StudyReports(SphinxDirective):
    """Write the reports, each on a sheet of its own, and their answers on the last one."""

    def run(self) -> list[nodes.Node]:
        """Build a section for each report and one for the answers.

        Returns
        -------
        list of docutils.nodes.Node
        """
        reports = [self._section(name) for name in study_pages.names()]
        return [*reports, self._answers()]

    def _section(self, name: str) -> nodes.section:
        section = nodes.section(ids=[f"report-{name.lower()}"], names=[])
        section += nodes.title("", f"{name}. {study_pages.report(name)['title']}")
        section += nodes.raw(
            "",
            f'<div style="break-after:page">{study_pages.html(name, level=0)}</div>',
            format="html",
        )
        return section

    def _answers(self) -> nodes.section:
        section = nodes.section(ids=["answers"], names=[])
        section += nodes.title("", "The answers, for the facilitator")
        section += nodes.paragraph(
            "", "What is wrong with each report, and the item that would have warned you."
        )
        items = "".join(
            f"<dt><strong>{name}, {escape(study_pages.kind(name))}</strong></dt>"
            f"<dd>{escape(about['warned_by'])} {escape(study_pages.plainly(about['departs']))}</dd>"
            for name, about in study_pages.facts("L11R").items()
        )
        section += nodes.raw("", f"<dl>{items}</dl>", format="html")
        section += nodes.paragraph("", f"{NOTICE}.")
        return section
