"""The page a learner gets back: what they wrote, what it earned and why.

nbgrader's own page fetches a script from a public server, shows hidden tests and tracebacks, and
looks like a program's log. This one holds everything it needs, runs no script, and shows of an
error its last line only. It is an nbconvert exporter, so that formgrader's button,
``nbgrader generate_feedback`` and ``eeic exercise grade`` all make the same page.
"""

import base64
import re
from html import escape
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbconvert.filters import markdown2html, strip_ansi

from eeic import NOTICE

#: How the cell begins that says what was wrong with a file.
ABOUT_FILE = "> **About the file you handed in**"

#: The browser itself refuses whatever a learner's own text might try to fetch or run.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2a33; --muted: #4a5a66; --paper: #ffffff;
  --surface: #f6f3ed; --rule: #d9d4c9; --accent: #0b5a61; --ok: #1d6b3a; --notyet: #7a4a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf0; --muted: #b4c0c8; --paper: #14191d;
  --surface: #1f272d; --rule: #39444c; --accent: #7fd0d6; --ok: #86d6a2; --notyet: #f0c274; } }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1.0625rem/1.6 "Atkinson Hyperlegible Next", system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
a { color: var(--accent); } .muted { color: var(--muted); }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; } td.number, th.number { text-align: right; padding-right: 0;
  font-variant-numeric: tabular-nums; }
pre { background: var(--surface); padding: .7rem .9rem; border-radius: 6px;
  font-size: .9rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; }
a:focus-visible { outline: 3px solid #ffbf47; outline-offset: 2px; }
.mark, blockquote { background: var(--surface); border-left: 6px solid var(--notyet);
  border-radius: 6px; padding: .7rem 1rem; margin: 1rem 0; }
.mark.full { border-color: var(--ok); } blockquote { border-color: var(--accent); }
.mark p, blockquote p { margin: .2rem 0; } .points { font-weight: 700; }
.answer { border-left: 3px solid var(--rule); padding-left: 1rem; }
img { max-width: 100%; background: #ffffff; }
@media print { body { max-width: none; } .mark { break-inside: avoid; } }
"""
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a p br hr h1 h2 h3 h4 h5 h6 ul ol li em strong code pre blockquote del sub sup "
        "table thead tbody tr th td span div",
    )
)


class FeedbackPage(Exporter):
    """Make the feedback page of one marked notebook.

    nbgrader runs it over ``autograded/`` and has its preprocessor put each cell's points and the
    marker's comments into the cells first.
    """

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(  # type: ignore[override]  # nbconvert's own exporters return text
        self, nb: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        notebook, found = super().from_notebook_node(nb, resources, **kwargs)
        return page(notebook, found.get("nbgrader", {})), found


def page(notebook: Any, about: dict[str, Any]) -> str:
    """Return a marked notebook as a page.

    Parameters
    ----------
    notebook : NotebookNode
        The marked notebook, with points and comments in the cells' metadata.
    about : dict
        nbgrader's account of it: student, assignment, score, max_score.

    Returns
    -------
    str
        A whole HTML document.
    """
    heading, section, lines = "Feedback", "", []
    parts: list[str] = []
    pending: list[str] = []  # a section is shown once it is known to hold something marked
    for cell in notebook.cells:
        described = cell.metadata.get("nbgrader", {})
        if described.get("grade"):
            anchor = escape(described["grade_id"])
            score, points = described.get("score") or 0.0, described.get("points") or 0.0
            lines.append((anchor, section, score, points))
            if cell.cell_type == "markdown":
                pending.append(f'<div class="answer">{_markdown(cell.source)}</div>')
            parts += [*pending, _mark(cell, anchor, score, points)]
            pending = []
        elif cell.cell_type == "markdown":
            if title := re.match(r"# (.+)", cell.source):
                heading = title[1]
            elif cell.source.startswith(ABOUT_FILE):
                parts.append(_markdown(cell.source))
            else:
                if title := re.match(r"## (.+)", cell.source):
                    section = re.sub(r" \([^)]*points?[^)]*\)$", "", title[1])
                    pending = []
                pending.append(_markdown(cell.source))
        elif cell.cell_type == "code":
            pending.append(_code(cell, own=not described.get("locked")))
    return _document(heading, about, lines, parts)


def _document(
    heading: str,
    about: dict[str, Any],
    lines: list[tuple[str, str, float, float]],
    parts: list[str],
) -> str:
    total, most = sum(line[2] for line in lines), sum(line[3] for line in lines)
    rows = "".join(
        f'<tr><td><a href="#{anchor}">{escape(section)}</a></td>'
        f'<td class="number">{score:g} of {points:g}</td></tr>'
        for anchor, section, score, points in lines
    )
    learner = escape(str(about.get("student", "")))
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Feedback: {escape(heading)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<p class="muted">Feedback for {learner}</p>
<h1>{escape(heading)}</h1>
<p class="points">{total:g} of {most:g} points</p>
</header>
<main>
<table>
<thead><tr><th scope="col">Question</th><th scope="col" class="number">Points</th></tr></thead>
<tbody>{rows}</tbody>
</table>
{"".join(parts)}
</main>
<footer><p class="muted">{NOTICE}.</p></footer>
</body>
</html>
"""


def _mark(cell: Any, anchor: str, score: float, points: float) -> str:
    """Return the box under a question: points, feedback and a marker's comment."""
    said = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            # The last line repeats the points that stand above it.
            said += [line for line in output.text.splitlines() if not _POINTS.fullmatch(line)]
        elif output.output_type == "error":
            said.append(_error(output))
    said = [f"<p>{escape(line)}</p>" for line in said if line.strip()]
    if comment := cell.metadata["nbgrader"].get("comment"):
        said.append(_markdown(comment))
    word = "point" if points == 1 else "points"
    full = " full" if points and score >= points else ""
    return (
        f'<section class="mark{full}" id="{anchor}" aria-label="Points and feedback">'
        f'<p class="points">{score:g} of {points:g} {word}</p>{"".join(said)}</section>'
    )


_POINTS = re.compile(r"[\d.]+ of [\d.]+ points?")


def _error(output: Any) -> str:
    """Return what an error says, without the trace that leads to it."""
    said = strip_ansi(str(output.get("evalue", ""))).strip()
    name = output.get("ename", "Error")
    if name == "CellTimeoutError":
        return "This took too long and was stopped; is there a loop that never ends?"
    if name == "MarkingFault":
        return "This could not be marked, through no fault of yours; your marker will look at it."
    return f"The cell stopped with {name}: {said[:300]}"


def _code(cell: Any, own: bool) -> str:
    """Return a code cell; of the exercise's own cells only those that showed something."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append(f"<pre>{escape(strip_ansi(output.text)[:5000])}</pre>")
        elif output.output_type == "error":
            shown.append(f"<p>{escape(_error(output))}</p>")
        else:
            shown.append(_data(output.data))
    if not cell.source.strip() or not (own or any(shown)):
        return ""
    return f"<pre><code>{escape(cell.source)}</code></pre>{''.join(shown)}"


def _data(data: Any) -> str:
    """Return what a cell displayed: a picture as a picture, anything else as its plain text.

    HTML made by a cell isn't repeated: it could hold anything.
    """
    for kind in ("image/png", "image/jpeg", "image/svg+xml"):
        if kind in data:
            packed = data[kind].strip()
            if kind == "image/svg+xml":
                packed = base64.b64encode(packed.encode()).decode()
            source = f"data:{kind};base64,{escape(packed)}"
            return f'<p><img alt="A picture made by the cell above" src="{source}"></p>'
    text = data.get("text/plain", "")
    return f"<pre>{escape(text[:5000])}</pre>" if text and "text/html" not in data else ""


def _markdown(source: str) -> str:
    """Return Markdown as HTML without anything that could run, load or restyle."""
    import bleach

    html = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(source))
    return bleach.clean(html, tags=_TAGS, attributes={"a": ["href"]}, strip=True)
