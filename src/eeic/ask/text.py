"""The little Markdown that questions are written in, rendered safely.

Paragraphs, bold, italics and lists; everything else is escaped. A full Markdown parser would
let HTML through and be one more thing to load in the browser lab.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BULLET = re.compile(r"-\s+(.*)")
_NUMBERED = re.compile(r"\d+\.\s+(.*)")


def placeholders(text: str) -> set[str]:
    """Name the numbers that a text wants filled in.

    Parameters
    ----------
    text : str
        Text in which ``{name}`` stands for a number.

    Returns
    -------
    set of str
        The names.

    Examples
    --------
    >>> placeholders("{crude} per 1,000")
    {'crude'}
    """
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, numbers: Mapping[str, str]) -> str:
    """Put numbers in the place of their names.

    Parameters
    ----------
    text : str
        Text in which ``{name}`` stands for a number.
    numbers : mapping of str to str
        The numbers, already written as a reader should see them.

    Returns
    -------
    str
        The text with every name replaced.

    Examples
    --------
    >>> fill("It is {crude}%.", {"crude": "7.1"})
    'It is 7.1%.'
    """
    return _PLACEHOLDER.sub(lambda found: numbers[found[1]], text)


def inline(text: str) -> str:
    """Render one line: bold and italics, everything else escaped.

    Parameters
    ----------
    text : str
        A line of text.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> inline("a **fair** comparison, *not* <crude>")
    'a <strong>fair</strong> comparison, <em>not</em> &lt;crude&gt;'
    """
    safe = html.escape(text, quote=True)
    safe = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"\*(?=\S)(.+?)(?<=\S)\*", r"<em>\1</em>", safe)


def plain(text: str) -> str:
    """Take the marks out, for a label or a text-only output.

    Parameters
    ----------
    text : str
        A text with bold and italic marks.

    Returns
    -------
    str
        The words alone.

    Examples
    --------
    >>> plain("a **fair** comparison")
    'a fair comparison'
    """
    return html.unescape(re.sub(r"</?(?:strong|em)>", "", inline(text)))


def block(text: str) -> str:
    r"""Render paragraphs and lists.

    Parameters
    ----------
    text : str
        Paragraphs separated by empty lines; a line that starts with ``- `` or ``1. `` is an
        item of a list.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> block("Two things:\n\n- age\n- place")
    '<p>Two things:</p><ul><li>age</li><li>place</li></ul>'
    """
    return "".join(_blocks(text)) if text.strip() else ""


def _blocks(text: str) -> Iterator[str]:
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in chunk.splitlines()]
        for tag, pattern in (("ul", _BULLET), ("ol", _NUMBERED)):
            if lines and pattern.match(lines[0]):
                items: list[str] = []
                for line in lines:
                    if found := pattern.match(line):
                        items.append(found[1])
                    else:  # a long item goes on in the next line
                        items[-1] += " " + line
                yield f"<{tag}>{''.join(f'<li>{inline(i)}</li>' for i in items)}</{tag}>"
                break
        else:
            yield f"<p>{inline(' '.join(lines))}</p>"
