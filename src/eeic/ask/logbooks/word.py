"""The logbook as a Word document: the smallest set of parts that Word and its kin open.

The page makes the same file in JavaScript (``static/logbook.mjs``); a test holds the two together
byte by byte. Change one, change the other. The fixed parts stand here only, and travel to the
page with its sheet.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from xml.sax.saxutils import escape

from eeic.ask.logbooks.content import boxes

TITLE = "My logbook"
COURSE = "Evidence and Ethnicity in Commissioning"

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "application/vnd.openxmlformats"


def _style(name: str, label: str, paragraph: str, run: str) -> str:
    """Write one style; a learner changes the look of the whole document by changing these."""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{label}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _run(points: float, colour: str, *marks: str) -> str:
    size = f'<w:sz w:val="{points * 2:g}"/><w:szCs w:val="{points * 2:g}"/>'
    return "".join(f"<w:{mark}/>" for mark in marks) + f'<w:color w:val="{colour}"/>' + size


def _heading(before: int, level: int) -> str:
    return (
        f'<w:keepNext/><w:spacing w:before="{before}" w:after="80"/><w:outlineLvl w:val="{level}"/>'
    )


_STYLES = (
    f'{_XML}<w:styles xmlns:w="{_MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Arial" w:eastAsia="Arial" w:hAnsi="Arial" w:cs="Arial"/>'
    '<w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="en-GB" w:eastAsia="en-GB"/>'
    "</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>"
    '<w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
    '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/><w:qFormat/></w:style>'
    + _style("Title", "Title", '<w:spacing w:after="60"/>', _run(26, "0B5A61", "b"))
    + _style("Subtitle", "Subtitle", '<w:spacing w:after="360"/>', _run(11, "4A5A66"))
    + _style("Heading1", "heading 1", _heading(480, 0), _run(16, "0B5A61", "b"))
    + _style("Heading2", "heading 2", _heading(200, 1), _run(12, "1C2A33", "b"))
    + _style("Question", "Question", '<w:spacing w:after="360"/>', _run(11, "4A5A66", "i"))
    + "</w:styles>"
)

#: The parts that are the same in every document.
PARTS = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{_TYPES}-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/word/document.xml" '
        f'ContentType="{_TYPES}-officedocument.wordprocessingml.document.main+xml"/>'
        '<Override PartName="/word/styles.xml" '
        f'ContentType="{_TYPES}-officedocument.wordprocessingml.styles+xml"/>'
        '<Override PartName="/word/settings.xml" '
        f'ContentType="{_TYPES}-officedocument.wordprocessingml.settings+xml"/>'
        '<Override PartName="/docProps/core.xml" '
        f'ContentType="{_TYPES}-package.core-properties+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        '<Relationship Id="rId2" '
        f'Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>"
    ),
    "word/_rels/document.xml.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/settings" Target="settings.xml"/></Relationships>'
    ),
    "word/styles.xml": _STYLES,
    # Without it Word opens the document in a mode for files of long ago.
    "word/settings.xml": (
        f'{_XML}<w:settings xmlns:w="{_MAIN}"><w:compat><w:compatSetting '
        'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
        'w:val="15"/></w:compat></w:settings>'
    ),
    # The two that change: the page fills them in as this module does.
    "word/document.xml": (
        f'{_XML}<w:document xmlns:w="{_MAIN}"><w:body>{{body}}<w:sectPr>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1304" w:right="1304" w:bottom="1304" '
        'w:left="1304" w:header="709" w:footer="709" w:gutter="0"/>'
        "</w:sectPr></w:body></w:document>"
    ),
    "docProps/core.xml": (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{TITLE}</dc:title>'
        f"<dc:subject>{COURSE}</dc:subject><dc:language>en-GB</dc:language>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">{day}T00:00:00Z</dcterms:created>'
        "</cp:coreProperties>"
    ),
}

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# What XML may not hold, and what does not count as a word.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORD = re.compile(r"[^ \t\r\n\u00a0]")


def docx(written: Mapping[str, Mapping[str, str]], day: date) -> bytes:
    """Make the document.

    Parameters
    ----------
    written : mapping
        Box id to prompt id to what was written.
    day : datetime.date
        The day that stands under the title.

    Returns
    -------
    bytes
        A ``.docx`` file: the boxes that were begun, each question that is still open in italics,
        and a list of the rest. If nothing was written, all boxes with their questions.
    """
    said = f"{COURSE}. Saved on {day.day} {_MONTHS[day.month - 1]} {day.year}."
    body = "".join([_paragraph("Title", TITLE), _paragraph("Subtitle", said), *_body(written)])
    changing = {"{body}": body, "{day}": day.isoformat()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in PARTS.items():
            for mark, value in changing.items():
                text = text.replace(mark, value, 1) if mark in PARTS[name] else text
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, text.encode())
    return out.getvalue()


def _body(written: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    begun = [box for box in boxes() if _full(written.get(box.id, {}).values())]
    known = {(box.id, prompt.id) for box in boxes() for prompt in box.prompts}
    more = [
        (f"{box}, {prompt}", text)
        for box, of in sorted(written.items())
        for prompt, text in sorted(of.items())
        if (box, prompt) not in known and _full([text])
    ]
    for box in begun or ([] if more else boxes()):
        yield _paragraph("Heading1", f"{int(box.id)}. {box.title}")
        for prompt in box.prompts:
            yield _paragraph("Heading2", prompt.name)
            text = written.get(box.id, {}).get(prompt.id, "")
            yield _answer(text) if _full([text]) else _paragraph("Question", prompt.ask)
    if more:
        yield _paragraph("Heading1", "From another version of the course")
        for name, text in more:
            yield _paragraph("Heading2", name) + _answer(text)
    rest = [box for box in boxes() if box not in begun]
    if rest and (begun or more):
        yield _paragraph("Heading1", "Not begun yet")
        for box in rest:
            yield _paragraph("", f"{int(box.id)}. {box.title}")


def _full(texts) -> bool:
    return any(_WORD.search(text) for text in texts)


def _answer(text: str) -> str:
    lines = re.split(r"\r\n|\r|\n", text)
    return "".join(_paragraph("", line) for line in lines if _WORD.search(line))


def _paragraph(style: str, text: str) -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    plain = escape(_FORBIDDEN.sub("", text).replace("\t", "    "))
    return f'<w:p>{named}<w:r><w:t xml:space="preserve">{plain}</w:t></w:r></w:p>'
