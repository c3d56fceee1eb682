"""The shell of every page that grading makes: one file, no script, nothing fetched.

The browser itself refuses whatever a learner's own text might try to fetch or run.
"""

from __future__ import annotations

import functools
import re
from html import escape
from pathlib import Path

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_MARK = (
    '<svg viewBox="0 0 54 40" width="54" height="40" fill="none" stroke-width="5" '
    'aria-hidden="true" focusable="false"><path d="M29.4 13.7A13 13 0 1 1 23.8 8.4"/>'
    '<path d="M24.6 26.3A13 13 0 1 1 30.2 31.6"/></svg>'
)
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a p br hr h1 h2 h3 h4 h5 h6 ul ol li em strong code pre blockquote del sub sup "
        "table thead tbody tr th td span div",
    )
)


def document(
    title: str,
    above: str,
    heading: str,
    body: str,
    *,
    footer: str,
    style: str = "",
    made_by: str = "",
) -> str:
    """Return a whole page in the course's look.

    Parameters
    ----------
    title : str
        The page's name, as plain text.
    above : str
        The line above the heading, as plain text.
    heading : str
        The heading, as Markdown.
    body : str
        What follows, as HTML.
    footer : str
        The line at the foot, as plain text.
    style : str
        CSS to follow the course's own.
    made_by : str
        The command that made it, by which it knows its own pages again.

    Returns
    -------
    str
        A whole HTML document.
    """
    maker = f'\n<meta name="generator" content="{escape(made_by)}">' if made_by else ""
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">{maker}
<title>{escape(title)}</title>
<style>{_style()}{style}</style>
</head>
<body>
<header class="band"><div class="top">{_MARK}
<p>Evidence and Ethnicity <span>in Commissioning</span></p></div></header>
<main>
<header>
<p class="muted">{escape(above)}</p>
<h1>{inline(heading)}</h1>
</header>
{body}
</main>
<footer><p>{escape(footer)}</p></footer>
</body>
</html>
"""


def is_made_by(path: Path, made_by: str) -> bool:
    """Say whether a file is a page that a command of ours made."""
    with path.open(encoding="utf-8", errors="replace") as page:
        return f'<meta name="generator" content="{escape(made_by)}">' in page.read(2000)


@functools.lru_cache(maxsize=2048)
def markdown(source: str) -> str:
    """Return Markdown as HTML without anything that could run, load or restyle."""
    import bleach
    from nbconvert.filters import markdown2html

    html = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(source))
    # A learner's headings stand below the page's own.
    html = re.sub(r"(</?)h[1-6]\b[^>]*>", r"\1strong>", html)
    html = re.sub(r"<th[^>]*>\s*</th>", "<td></td>", html)
    return bleach.clean(html, tags=_TAGS, attributes={"a": ["href"]}, strip=True)


def inline(text: str) -> str:
    """Return one line of Markdown without its paragraph; "1. Title" is no list here."""
    text = re.sub(r"^(\d*)([-+#>.)])", r"\1\\\2", text)
    return re.sub(r"^<p>(.*)</p>\s*$", r"\1", markdown(text).strip(), flags=re.DOTALL)


@functools.cache
def _style() -> str:
    return Path(__file__).with_name("feedback.css").read_text(encoding="utf-8")
