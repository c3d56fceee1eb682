"""The search sandbox: a line is built from ideas, run, and held against the gold standard.

In a notebook `eeic.evidence` runs the line. A page without a server carries the records in a
compact form, and ``static/search.mjs`` holds the same query language and the same sums for it; a
test asks both the same. Change one, change the other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eeic import categories, datasets
from eeic.datasets import remembered
from eeic.explore.later import later

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eeic import evidence
    from eeic.explore.explorer import Explorer
else:
    evidence = later("eeic.evidence")

#: How many records the course's little library has.
RECORDS = 1200

#: What a record about nobody in particular counts as.
NO_GROUP = "Not about one group"

#: Source as the records write it -> its name in a sentence.
SOURCES = {
    "journal": "journals",
    "conference": "conference abstracts",
    "thesis": "theses",
    "report": "official reports",
    "community report": "community reports",
    "registry": "registers of studies",
}

#: A group with fewer studies than this is named only where no group has more.
ENOUGH = 5

#: How many records a learner sees at once.
SHOWN = 12


@dataclass(frozen=True)
class Idea:
    """One part of a question: its words are alternatives, and every part must be met.

    Attributes
    ----------
    label : str
        What the part is about.
    chips : tuple of str
        Words that can be added with one press.
    """

    label: str
    chips: tuple[str, ...]


@dataclass(frozen=True)
class Start:
    """A line to start from, as the words in each idea.

    Attributes
    ----------
    label : str
        What kind of line it is.
    boxes : tuple of str
        What stands in each idea.
    """

    label: str
    boxes: tuple[str, ...]


_WHERE = Idea(
    "Where to look",
    (
        "so:journal",
        "so:conference",
        "so:thesis",
        "so:report",
        'so:"community report"',
        "so:registry",
    ),
)
#: Words for everybody at once; for finding only.
UMBRELLA = '"minority ethnic" OR "ethnic minority" OR "ethnic minorities" OR BME OR BAME'
_GRT = 'gypsy OR gypsies OR roma OR traveller* OR "travelling families" OR "nomadic families"'
_WHO = (
    f'{UMBRELLA} OR racialised OR "ethnically diverse" OR asian* OR bangladeshi OR pakistani OR '
    "indian OR black OR african OR caribbean* OR gypsy OR gypsies OR roma OR traveller* OR "
    '"travelling families" OR arab* OR "middle eastern" OR chinese OR "eastern europe" OR '
    '"eastern european" OR "white ethnic" OR "other white" OR mixed OR "dual heritage" OR '
    'interpreters OR "little English" OR "limited English" OR "non-English" OR "language support"'
)
_CARE = (
    "maternity OR antenatal OR pregnancy OR midwifery OR "
    '"general practice" OR "primary care" OR GP OR "family practice"'
)
_TALKED = 'qualitative OR interview* OR "focus group"'
_WORKERS = (
    '"community health workers" OR "lay health workers" OR "peer link workers" OR '
    '"community connectors"'
)

#: Question -> its ideas.
IDEAS: dict[str, tuple[Idea, ...]] = {
    "Q6": (
        Idea(
            "Whose care?",
            (
                '"Gypsy, Roma and Traveller communities"',
                "gypsy",
                "gypsies",
                "roma",
                "traveller*",
                '"travelling families"',
                '"nomadic families"',
            ),
        ),
        Idea("What kind of study?", ("trial*", "survey*", "interview*", "review")),
        _WHERE,
    ),
    "Q3": (
        Idea(
            "Who is speaking?",
            (
                '"minority ethnic"',
                '"ethnic minorities"',
                "BAME",
                '"South Asian"',
                "Pakistani",
                "Arab*",
                "roma",
                '"people who use interpreters"',
            ),
        ),
        Idea(
            "About which care?",
            (
                "maternity",
                "antenatal",
                "midwifery",
                "pregnancy",
                '"general practice"',
                '"primary care"',
            ),
        ),
        Idea("How were they asked?", ("qualitative", "interview*", '"focus group"')),
        _WHERE,
    ),
    "Q4": (
        Idea(
            "What is done?",
            (
                '"community health workers"',
                '"lay health workers"',
                '"peer link workers"',
                '"community connectors"',
            ),
        ),
        Idea(
            "In which service?",
            (
                '"bowel screening"',
                '"cervical screening"',
                "bowel",
                "colorectal",
                "cervical",
                '"smear tests"',
            ),
        ),
        _WHERE,
    ),
    "Q1": (
        Idea(
            "What is done?",
            (
                "interpreter*",
                "interpreting",
                "translated",
                "multilingual",
                '"language-matched"',
                '"preferred language"',
            ),
        ),
        Idea(
            "For whom?",
            (
                '"language support"',
                '"people who use interpreters"',
                '"little English"',
                '"limited English proficiency"',
            ),
        ),
        Idea("What kind of study?", ("trial*", "cohort", "review")),
        _WHERE,
    ),
}

#: Question -> what it is called.
SHORT = {
    "Q6": "Gypsy, Roma and Traveller people: how is care used, and what helps?",
    "Q3": "What do people say about reaching maternity care and general practice?",
    "Q4": "Do community health workers raise screening uptake?",
    "Q1": "Do interpreters and messages in people's languages help?",
}

#: Question -> name of a worked line -> the line. The names are the same for every question.
STARTS: dict[str, dict[str, Start]] = {
    "Q6": {
        "first": Start("A first line", ('"Gypsy, Roma and Traveller communities"', "trial*", "")),
        "subjects": Start(
            "Subject terms only", ('su:"Gypsy, Roma and Traveller communities"', "", "")
        ),
        "names": Start("Every name that writers use", (_GRT, "", "")),
        "wide": Start("As wide as it goes", (f"{_GRT} OR famil* OR communit*", "", "")),
    },
    "Q3": {
        "first": Start("A first line", ('"ethnic minorities"', "maternity", "qualitative", "")),
        "subjects": Start(
            "Subject terms only",
            (
                'su:"Minority ethnic groups"',
                'su:("Maternity care" OR "General practice")',
                'su:"Qualitative research"',
                "",
            ),
        ),
        "names": Start("Every name that writers use", (_WHO, _CARE, _TALKED, "")),
        "wide": Start("As wide as it goes", (_WHO, _CARE, "", "")),
    },
    "Q4": {
        "first": Start(
            "A first line",
            ('"community health workers"', '"bowel screening" OR "cervical screening"', ""),
        ),
        "subjects": Start(
            "Subject terms only",
            (
                'su:"Community health workers"',
                'su:("Bowel screening" OR "Cervical screening")',
                "",
            ),
        ),
        "names": Start(
            "Every name that writers use",
            (_WORKERS, 'bowel OR colorectal OR cervical OR "smear tests"', ""),
        ),
        "wide": Start("As wide as it goes", ("communit* OR lay OR peer", "screening", "")),
    },
    "Q1": {
        "first": Start("A first line", ("interpreter*", "", "trial*", "")),
        "subjects": Start(
            "Subject terms only",
            ('su:("Interpreting services" OR "Translated materials")', "", "", ""),
        ),
        "names": Start(
            "Every name that writers use",
            (
                "ti:(interpret* OR translated OR multilingual OR "
                '"language-matched" OR "preferred language")',
                "",
                "",
                "",
            ),
        ),
        "wide": Start(
            "As wide as it goes",
            ("interpret* OR translat* OR multilingual OR language*", "", "", ""),
        ),
    },
}

#: The columns that a page carries; a line that asks for others is told that they are not there.
CARRIED = (
    "title",
    "abstract",
    "subject_terms",
    "keywords",
    "year",
    "source",
    "published_in",
    "design",
    "setting",
)

# Figures in abstracts say nothing to a searcher and cannot be packed; "type 2" can, and stays.
_FIGURE = re.compile(r"(?<![\w.,])(?<!type )\d[\d.,]*(?!\w)(?<![.,])")


def without_figures(text: str, mark: str = "#") -> str:
    """Leave the figures out of an abstract.

    Parameters
    ----------
    text : str
        The abstract.
    mark : str
        What stands in place of each figure.

    Returns
    -------
    str

    Examples
    --------
    >>> without_figures("Of 120 people with type 2 diabetes, 3.5% came (HbA1c).", "…")
    'Of … people with type 2 diabetes, …% came (HbA1c).'
    """
    return _FIGURE.sub(mark, text)


@remembered
def _made() -> Any:
    from eeic.world.library import make

    return make(datasets.recipe(), number=RECORDS)


@remembered
def library() -> evidence.Library:
    """Return the little library of world 2026-a with its index.

    Returns
    -------
    eeic.evidence.Library
    """
    return evidence.Library(_made().records)


@remembered
def question(name: str) -> dict[str, Any]:
    """Return one of the library's questions with its gold standard.

    Parameters
    ----------
    name : str
        Such as ``"Q6"``.

    Returns
    -------
    dict
        As `eeic.evidence.question` gives it.
    """
    return evidence.question(name, _made().truth)


def assemble(boxes: Sequence[str]) -> str:
    """Make one line of the words in each idea.

    Parameters
    ----------
    boxes : sequence of str
        What stands in each; an empty one says nothing.

    Returns
    -------
    str
        All that is not empty, joined with AND; in brackets what would otherwise fall apart.

    Examples
    --------
    >>> assemble(["sms OR text", '"bowel screening"', ""])
    '(sms OR text) AND "bowel screening"'
    >>> assemble(["sms OR text", "", ""])
    'sms OR text'
    """
    said = [" ".join(box.split()) for box in boxes if box.strip()]
    if len(said) < 2:
        return "".join(said)
    return " AND ".join(one if _WHOLE.fullmatch(one) else f"({one})" for one in said)


_WHOLE = re.compile(r"(?:\w+:)?(?:\"[^\"]*\"\*?|[^\s()\"]+|\([^()]*\))")


def look(name: str, line: str, log: Sequence[str] = ()) -> dict[str, Any]:
    """Run a line and hold what it finds against the gold standard of a question.

    Parameters
    ----------
    name : str
        The question.
    line : str
        The line, in the language of `eeic.evidence`.
    log : sequence of str
        The lines that ``#1``, ``#2`` … stand for.

    Returns
    -------
    dict
        Plain lists and numbers, as ``search.mjs`` gives them too: ``problem`` and ``at`` if the
        line cannot be read; otherwise line, count, parts, notes, relevant, hit, groups, sources
        (each a name, how many are found, how many there are), found, missed (numbers of records)
        and finding.
    """
    history = evidence.History(library())
    try:
        for earlier in log:
            history.add(earlier)
        result = library().search(line, history)
    except evidence.QueryError as error:
        return {"problem": error.problem, "at": error.at}
    about = question(name)
    place, records = _places(), _made().records
    found = [place[one] for one in result.ids]
    wanted = {place[one] for one in about["relevant"]}
    hit = wanted & set(found)
    groups, sources = _empty(categories.LABELS, NO_GROUP), _empty(SOURCES)
    for one, whose in about["groups"].items():
        number = place[one]
        for group in whose:
            _count(groups, NO_GROUP if group == "everyone" else group, number in hit)
        _count(sources, records["source"].iloc[number], number in hit)
    return {
        "line": result.query,
        "count": len(found),
        "parts": [[text, count] for text, count in result.parts.items()],
        "notes": list(result.notes),
        "relevant": len(wanted),
        "hit": len(hit),
        "groups": _counted(groups),
        "sources": _counted(sources),
        "found": found,
        "missed": sorted(wanted - hit),
        "finding": _sentence(
            len(found), len(wanted), len(hit), _counted(groups), _counted(sources)
        ),
    }


@remembered
def _places() -> dict[str, int]:
    return {one: number for number, one in enumerate(_made().records["record_id"])}


def _empty(*names: Any) -> dict[str, list[int]]:
    whole = [one for name in names for one in ([name] if isinstance(name, str) else name)]
    return {one: [0, 0] for one in whole}


def _count(rows: dict[str, list[int]], name: str, seen: bool) -> None:
    rows[name][0] += seen
    rows[name][1] += 1


def _counted(rows: Mapping[str, list[int]]) -> list[list[Any]]:
    return [[name, *row] for name, row in rows.items() if row[1]]


def percent(part: int, whole: int) -> int:
    """Round a share to a whole percentage, halves up, as the page does.

    Parameters
    ----------
    part, whole : int
        How many, and of how many.

    Returns
    -------
    int

    Examples
    --------
    >>> percent(1, 8)
    13
    """
    return (200 * part + whole) // (2 * whole)


def to_read(count: int, hit: int) -> float:
    """Say how many records are read for each one that answers, to one decimal.

    Parameters
    ----------
    count, hit : int
        Records found, and how many of them answer the question.

    Returns
    -------
    float

    Examples
    --------
    >>> to_read(379, 74)
    5.1
    """
    return ((20 * count + hit) // (2 * hit)) / 10


def _sentence(
    count: int, relevant: int, hit: int, groups: list[list[Any]], sources: list[list[Any]]
) -> str:
    records = "record" if count == 1 else "records"
    said = [
        f"The line finds {count:,} {records}. Of the {relevant} that answer the question it finds "
        f"{hit}: recall {percent(hit, relevant)}%."
    ]
    if hit:
        said.append(f"You would read {to_read(count, hit):.1f} for each one that answers.")
    if hit == relevant:
        said.append("None is lost.")
    else:
        # The lowest share found; of equal shares the group with most studies.
        about = [row for row in groups if row[0] != NO_GROUP]
        about = [row for row in about if row[2] >= ENOUGH] or about
        if about:
            name, seen, there = min(about, key=lambda row: (row[1] / row[2], -row[2]))
            if seen < there:
                said.append(f"Of {there} about {_whom(name)} it finds {seen}.")
        source, seen, there = max(sources, key=lambda row: row[2] - row[1])
        said.append(f"Most of what it loses stands in {SOURCES[source]}: {there - seen}.")
    return " ".join(said)


def _whom(group: str) -> str:
    if group == "Any other ethnic group":
        return "people from any other ethnic group"
    return f"{group} people"


# -- what a page carries ----------------------------------------------------------------------


@remembered
def payload() -> dict[str, Any]:
    """Pack the records and the questions for a page without a server.

    Returns
    -------
    dict
        Abstracts as numbers of sentences, their figures left out; columns with few values as
        numbers of those values.
    """
    from eeic.world.library import subjects

    records = _made().records
    told = [re.split(r"(?<=[.?]) ", without_figures(text)) for text in records["abstract"]]
    sentences = sorted({one for said in told for one in said})
    number = {one: n for n, one in enumerate(sentences)}
    terms = [(text or "").split("; ") for text in records["subject_terms"].fillna("")]
    words = [text.split("; ") for text in records["keywords"]]
    place = _places()
    data: dict[str, Any] = {
        "titles": records["title"].tolist(),
        "sentences": sentences,
        "abstracts": " ".join(",".join(_short(number[one]) for one in said) for said in told),
        "years": (records["year"] - 2000).tolist(),
        "terms": _lists(terms),
        "keywords": _lists(words),
        "above": [[term, above or ""] for term, above in subjects().items()],
    }
    for name in ("source", "published_in", "design", "setting"):
        values = sorted(set(records[name]))
        data[name] = [values, [values.index(one) for one in records[name]]]
    whose: list[list[str]] = []
    answers = {}
    for name in IDEAS:
        about = question(name)
        rows = []
        for one in about["relevant"]:
            groups = sorted(about["groups"][one])
            if groups not in whose:
                whose.append(groups)
            rows.append([place[one], whose.index(groups)])
        answers[name] = rows
    return {**data, "whose": whose, "answers": answers}


def _short(number: int) -> str:
    """Write a number with the digits and small letters, as JavaScript reads it in base 36."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    written = ""
    while number or not written:
        number, rest = divmod(number, 36)
        written = digits[rest] + written
    return written


def _lists(rows: list[list[str]]) -> list[Any]:
    values = sorted({one for row in rows for one in row})
    number = {one: _short(n) for n, one in enumerate(values)}
    return [values, " ".join(",".join(number[one] for one in row) for row in rows)]


def set_up() -> dict[str, Any]:
    """Return what the sandbox looks like: questions, ideas, worked lines, names.

    Returns
    -------
    dict
    """
    return {
        "questions": [
            {
                "name": name,
                "short": SHORT[name],
                "asked": question(name)["asked"],
                "relevant": len(question(name)["relevant"]),
                "ideas": [{"label": idea.label, "chips": list(idea.chips)} for idea in ideas],
                "starts": [
                    {"label": start.label, "boxes": list(start.boxes)}
                    for start in STARTS[name].values()
                ],
            }
            for name, ideas in IDEAS.items()
        ],
        "groups": [*categories.LABELS, NO_GROUP],
        "sources": SOURCES,
        "records": RECORDS,
        "shown": SHOWN,
    }


def records_of(numbers: Sequence[int], *, wanted: Sequence[int] = ()) -> list[dict[str, Any]]:
    """Return records as the sandbox lists them.

    Parameters
    ----------
    numbers : sequence of int
        Places in the library.
    wanted : sequence of int
        Those of them that answer the question.

    Returns
    -------
    list of dict
        title, abstract, year, source, answers.
    """
    rows = _made().records.iloc[list(numbers)]
    return [
        {
            "title": row.title,
            "abstract": row.abstract,
            "year": int(row.year),
            "source": row.source,
            "answers": number in set(wanted),
        }
        for number, row in zip(numbers, rows.itertuples(), strict=True)
    ]


def asset(name: str) -> str:
    """Read the sandbox's script or style.

    Parameters
    ----------
    name : str
        ``search.mjs`` or ``search.css``.

    Returns
    -------
    str
    """
    return (files("eeic.explore") / "static" / name).read_text(encoding="utf-8")


def static_script() -> str:
    """Give the script that makes the sandbox of a page work without a kernel.

    Returns
    -------
    str
        One classic script, which also runs from a disk.
    """
    module = asset("search.mjs")
    head, found, tail = module.partition("export default ")
    if not found or "export default " in tail:
        raise ValueError("search.mjs must hold 'export default ' once, as its last statement.")
    return (
        f'(() => {{\n"use strict";\n{head}const eeicSearch = {tail}\neeicSearch.mount();\n}})();\n'
    )


def page(explorer: Explorer) -> str:
    """Write the sandbox as HTML that works without Python, and reads well without a script.

    Parameters
    ----------
    explorer : Explorer
        The sandbox with its worked lines.

    Returns
    -------
    str
    """
    from eeic import show

    start = explorer.frame()
    data = {"setUp": set_up(), "packed": payload()}
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    name = f"eeic-{explorer.name}-title"
    return (
        f'<section class="eeic-explorer eeic-sandbox" data-eeic-search="{explorer.name}" '
        f'aria-labelledby="{name}">'
        f'<p class="eeic-explorer-title" id="{name}">{escape(explorer.title)}</p>'
        f'<p class="eeic-explorer-lead">{escape(explorer.lead)}</p>'
        '<div class="eeic-sandbox-live"></div><div class="eeic-sandbox-printed">'
        f'<p class="eeic-settings">{escape(explorer.in_words(explorer.defaults))}. '
        f"The line: {escape(default_line(explorer.defaults))}</p>"
        f'<p class="eeic-finding">{escape(start.finding)}</p>{show.html_figure(start)}</div>'
        f'<script type="application/json">{written}</script></section>'
    )


def default_line(settings: Mapping[str, Any]) -> str:
    """Return the line of a worked frame.

    Parameters
    ----------
    settings : mapping
        ``question`` and ``start``.

    Returns
    -------
    str
    """
    return assemble(STARTS[settings["question"]][settings["start"]].boxes)


def widget(explorer: Explorer) -> Any:
    """Make the sandbox for a notebook: the page's controls, with Python to run the line.

    Parameters
    ----------
    explorer : Explorer
        The sandbox with its worked lines.

    Returns
    -------
    anywidget.AnyWidget
        Its trait ``asked`` takes a line, and ``answer`` holds what came of it.
    """
    made = _widget_class()(
        set_up={**set_up(), "title": explorer.title, "lead": explorer.lead},
    )
    made.asked = {"n": 0, "question": "Q6", "line": default_line(explorer.defaults), "log": []}
    return made


@cache
def _widget_class() -> type:
    import anywidget
    import traitlets

    from eeic import explore

    class Search(anywidget.AnyWidget):
        """The sandbox in a notebook."""

        _esm = asset("search.mjs")
        _css = explore.static_css() + asset("search.css")
        set_up = traitlets.Dict().tag(sync=True)
        asked = traitlets.Dict().tag(sync=True)
        answer = traitlets.Dict().tag(sync=True)

        @traitlets.observe("asked")
        def _run(self, change: Any) -> None:
            ask = change.new
            found = look(ask["question"], ask["line"], ask.get("log", ()))
            if "problem" not in found:
                place = _places()
                wanted = [place[one] for one in question(ask["question"])["relevant"]]
                found["list"] = records_of(found["found"][:SHOWN], wanted=wanted)
                found["lost"] = records_of(found["missed"][:SHOWN], wanted=wanted)
                found["found"] = []
            self.answer = {**found, "n": ask["n"]}

    return Search
