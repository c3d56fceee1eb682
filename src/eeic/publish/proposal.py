"""The invented proposal of dataset L17, written into the page where people assess it."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from eeic import datasets


class Proposal(SphinxDirective):
    """Write the proposal's pages as they stand in the data."""

    def run(self) -> list[nodes.Node]:
        """Build one section for each part of the proposal.

        Returns
        -------
        list of docutils.nodes.Node
        """
        parts = datasets.load("L17")
        sections: list[nodes.Node] = []
        for number, part in enumerate(parts.itertuples(), start=1):
            section = nodes.section(ids=[f"proposal-{number}"], names=[])
            section += nodes.title("", f"{part.heading} (page {part.page})")
            section += nodes.paragraph("", part.text)
            sections.append(section)
        return sections
