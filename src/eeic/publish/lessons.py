"""Checks on the lessons' sources: their form, their company, and their words.

The rules are those of CONTRIBUTING.md. Each returns findings instead of raising, so that an
author sees everything that is wrong at once.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from eeic.publish.inspect import Finding

#: The second-level headings of every lesson, in this order; rounds stand between the third
#: and the fourth.
HEADINGS = [
    "The decision",
    "You will be able to",
    "Before you start",
    "Open the working",
    "Talk about it",
    "Handle with care",
    "Use it at work",
    "Key points",
    "References",
    "Next",
]
#: A lesson's box in the learner's own document, and the line that leads to it.
_LOGBOOK = re.compile(r"^ask\.logbook\(\"(\d\d)\"\)$", re.M)
_LOGBOOK_LINE = re.compile(r"^\*\*For your logbook:\*\* \S", re.M)
ROUND = re.compile(r"^Round \d+: ")
TAGS = {"hide-input", "remove-input", "remove-cell", "path-code", "discuss", "check"}
#: The logbook's box, and the cell that it parts off, come on top.
MOST_CELLS = 45
MOST_LINES = 3
MOST_WORKING_LINES = 12
MOST_WORDS_BETWEEN = 200

#: The fixed parts of a facilitator guide.
GUIDE_HEADINGS = [
    "Purpose",
    "Minutes",
    "Room and access",
    "Opening",
    "Rounds",
    "Discussion",
    "Without technology",
    "Exit question",
    "What past runs taught us",
]

_BANNED = {
    r"BAME|BME": "name the groups",
    r"non-[Ww]hites?": "name the groups",
    r"[Hh]ard[- ]to[- ]reach": "say what the service does not do",
    r"[Tt]he (Asian|Black|White|Muslim|South Asian) community": "communities are many: be specific",
    r"[Ss]imply|[Oo]bviously|[Ee]asily": "leave the word out: what is easy differs between readers",
    r"[Ee]thnics|[Cc]oloured people|[Cc]aucasian": "use the words people use of themselves",
}
_AMERICAN = {
    r"[Cc]olou?r(?<!olour)": "colour",
    r"[Bb]ehavior": "behaviour",
    r"[Cc]enter(ed|s)?\b": "centre",
    r"[Pp]rogram\b": "programme",
    r"[Aa]nalyz": "analys…",
    r"[Oo]rganiz": "organis…",
    r"[Ss]tandardiz": "standardis…",
    r"[Rr]ecogniz": "recognis…",
    r"[Ss]ummariz": "summaris…",
    r"[Ll]icense\b(?=s? of| for)": "licence",
}


def check(root: Path) -> list[Finding]:
    """Check every lesson of a course, and every page's words.

    Parameters
    ----------
    root : Path
        The course's folder, with ``notebooks/``, ``book/`` and ``_toc.yml``.

    Returns
    -------
    list of Finding
        Empty when nothing is wrong.
    """
    found = []
    for path in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        found += check_form(path)
        found += check_company(path, root)
    found += check_words(root)
    return found


def check_form(path: Path) -> list[Finding]:
    """Check one lesson's notebook against the lesson skeleton and the cell rules."""
    page = path.name
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        return [Finding(page, "unreadable", f"not a notebook: {error}")]
    number = path.name.partition("-")[0]
    faults = [*_cell_faults(cells), *_logbook_faults(cells, number)]
    if number != "00":  # the way in is not a lesson and has no rounds
        faults += _skeleton_faults(cells)
    return [Finding(page, rule, message) for rule, message in faults]


def check_company(path: Path, root: Path) -> list[Finding]:
    """Check that a lesson stands in the contents and has its guide, questions and exercise."""
    slug = path.stem
    number = slug.split("-")[0]
    company = {
        "questions": root / "src" / "eeic" / "ask" / "questions" / f"{slug}.toml",
    }
    if number != "00":
        company["facilitator guide"] = root / "book" / "facilitators" / f"{slug}.md"
        company["exercise"] = root / "exercises" / "source" / f"ex{slug}" / f"ex{slug}.ipynb"
    found = [
        Finding(path.name, "company", f"has no {what}: {where.relative_to(root)} is missing")
        for what, where in company.items()
        if not where.exists()
    ]
    if f"notebooks/{slug}" not in (root / "_toc.yml").read_text("utf-8"):
        found.append(Finding(path.name, "company", "is not in _toc.yml"))
    guide = company.get("facilitator guide")
    if guide and guide.exists():
        found += _guide_faults(guide)
    return found


def check_words(root: Path) -> list[Finding]:
    """Check the words that people read: pages, lessons, questions and exercises."""
    found = []
    for path in _prose_files(root):
        for number, line in enumerate(_prose(path).splitlines(), start=1):
            for pattern, instead in (_BANNED | _AMERICAN).items():
                hit = re.search(rf"\b(?:{pattern})\b" if "\\b" not in pattern else pattern, line)
                if hit:
                    where = f"{path.relative_to(root)}:{number}"
                    found.append(Finding(where, "words", f"“{hit[0]}”: {instead}"))
    return found


def _cell_faults(cells: list[dict]) -> Iterator[tuple[str, str]]:
    ids = [cell.get("id", "") for cell in cells]
    for cell_id in ids:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell_id) or re.fullmatch(
            r"[0-9a-f-]{8,}", cell_id
        ):
            yield "ids", f"cell id “{cell_id}” does not say what the cell is"
    for cell_id in {i for i in ids if ids.count(i) > 1}:
        yield "ids", f"cell id “{cell_id}” stands twice"
    most = MOST_CELLS + 2 * any(_LOGBOOK.search("".join(cell["source"])) for cell in cells)
    if len(cells) > most:
        yield "length", f"{len(cells)} cells; at most {most}"
    for cell in cells:
        where = f"cell “{cell.get('id', '?')}”"
        source = "".join(cell["source"])
        tags = set(cell["metadata"].get("tags", []))
        for tag in sorted(tags - TAGS):
            yield "tags", f"{where} has the unknown tag “{tag}”"
        if cell["cell_type"] == "markdown":
            if re.search(r"!\[\s*\]\(", source):
                yield "alt", f"{where} has an image without alt text"
            if "<table" in source:
                yield "tables", f"{where} has an HTML table written by hand"
            continue
        if cell.get("outputs") or cell.get("execution_count"):
            yield "outputs", f"{where} is committed with outputs"
        if re.search(r"^\s*[%!]|pip install|urllib|requests\.|https?://", source, re.M):
            yield "network", f"{where} has a magic, a shell line or a network call"
        lines = [line for line in source.splitlines() if line.strip()]
        if "path-code" in tags:
            if len(lines) > MOST_WORKING_LINES:
                yield "length", f"{where}: {len(lines)} lines; at most {MOST_WORKING_LINES}"
            if not any(line.startswith("assert ") for line in lines):
                yield "working", f"{where} does not end by asserting that both numbers agree"
        elif len(lines) > MOST_LINES:
            yield "length", f"{where}: {len(lines)} visible lines; at most {MOST_LINES}"
        hidden = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
        if not tags & {"hide-input", "remove-input", "remove-cell"} or not hidden:
            yield "hidden", f"{where} is not hidden in both the book and JupyterLab"


def _logbook_faults(cells: list[dict], number: str) -> Iterator[tuple[str, str]]:
    text = {
        kind: "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == kind)
        for kind in ("markdown", "code")
    }
    if not _LOGBOOK_LINE.search(text["markdown"]):
        yield "logbook", "has no line “**For your logbook:** …”"
    shown = _LOGBOOK.findall(text["code"])
    if number == "00":  # it has no box of its own, so it says where all of them are
        if "(../book/develop/logbook.md)" not in text["markdown"]:
            yield "logbook", "has no link to the page with all boxes"
    elif shown != [number]:
        boxes = " and ".join(shown) or "none"
        yield "logbook", f'shows box {boxes}; it needs one cell with ask.logbook("{number}")'


def _skeleton_faults(cells: list[dict]) -> Iterator[tuple[str, str]]:
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    headings = re.findall(r"^## (.+)$", text, re.M)
    fixed = [h for h in headings if not ROUND.match(h)]
    if fixed != HEADINGS:
        missing = [h for h in HEADINGS if h not in fixed]
        strange = [h for h in fixed if h not in HEADINGS]
        yield (
            "skeleton",
            f"headings differ from the skeleton (missing {missing}, unknown {strange}, "
            f"or out of order)",
        )
    rounds = [h for h in headings if ROUND.match(h)]
    if not 2 <= len(rounds) <= 5:
        yield "skeleton", f"{len(rounds)} rounds; two to five are wanted"
    aims, points = _bullets(text, "You will be able to"), _bullets(text, "Key points")
    if len(aims) != len(points) or not 3 <= len(aims) <= 5:
        yield "skeleton", f"{len(aims)} objectives and {len(points)} key points; 3–5, one each"
    for aim in aims:
        if re.match(r"\W*(understand|know|learn|appreciate)\b", aim, re.I):
            yield "objectives", f"“{aim}” begins with a verb that cannot be observed"
    yield from _long_stretches(cells)


def _long_stretches(cells: list[dict]) -> Iterator[tuple[str, str]]:
    """Find text without an interaction inside the rounds that is too long to hold attention."""
    in_rounds, words, heading = False, 0, ""
    for cell in cells:
        source = "".join(cell["source"])
        for title in re.findall(r"^## (.+)$", source, re.M):
            in_rounds, heading, words = bool(ROUND.match(title)), title, 0
        if cell["cell_type"] == "code":
            words = 0
        elif in_rounds:
            words += len(re.findall(r"\w+", re.sub(r"^:::.*$", "", source, flags=re.M)))
            if words > MOST_WORDS_BETWEEN:
                yield "length", f"“{heading}”: {words} words without an interaction"


def _bullets(text: str, heading: str) -> list[str]:
    part = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    return re.findall(r"^[-*\d.]+ (.+)$", part[1], re.M) if part else []


def _guide_faults(path: Path) -> list[Finding]:
    text = path.read_text("utf-8")
    found = []
    for heading in GUIDE_HEADINGS:
        part = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.M | re.S)
        if not part:
            found.append(Finding(path.name, "guide", f"has no part “{heading}”"))
        elif len(re.findall(r"\w+", part[1])) < 12:
            found.append(Finding(path.name, "guide", f"the part “{heading}” is not filled"))
    return found


def _prose_files(root: Path) -> list[Path]:
    patterns = [
        "README.md",
        "CONTRIBUTING.md",
        "book/**/*.md",
        "notebooks/*.ipynb",
        "exercises/source/**/*.ipynb",
        "exercises/source/**/*.toml",
        "src/eeic/ask/questions/*.toml",
        "src/eeic/ask/logbooks/boxes.toml",
    ]
    return sorted(path for pattern in patterns for path in root.glob(pattern))


def _prose(path: Path) -> str:
    """Return the text that a person reads in a file, without code, links and quotations."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    elif path.suffix == ".toml":
        tomllib.loads(text)
        text = re.sub(r"\bcall = \"[^\"]*\"", "", text)
    text = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)|https?://\S+|“[^”\n]*”|<[^>\n]+>", " ", text)
