"""Lesson 5, *Asking and searching*: its charts, the sentences it states and its sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eeic.explore import sandbox
from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.explore.sandbox import IDEAS, NO_GROUP, SHORT, SOURCES, STARTS, assemble, look
from eeic.show import or_absent

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic import charts
    from eeic.charts import Chart
    from eeic.charts import found as drawn
else:
    # Questions read this module where there is no pandas: see `later`.
    pd, charts, drawn = later("pandas"), later("eeic.charts"), later("eeic.charts.found")

#: The line behind the sentence in the draft paper, as its author kept it.
PAPER = ("Q6", "first")

_LIBRARY = (
    f"The little library of world 2026-a: {sandbox.RECORDS:,} invented records of studies. "
    "Its gold standard says which records answer the question; real searches have none."
)
_ROWS = (
    "One square is one study. A study about several groups stands in several rows. Groups stand in "
    "the order of the census table."
)


def line(question: str, start: str) -> str:
    """Return one of the worked lines.

    Parameters
    ----------
    question : {"Q6", "Q3", "Q4", "Q1"}
        The question.
    start : {"first", "subjects", "names", "wide"}
        Which of its lines.

    Returns
    -------
    str
    """
    return assemble(STARTS[question][start].boxes)


def _looked(question: str, start: str) -> dict[str, Any]:
    return look(question, line(question, start))


def found(question: str, start: str) -> int:
    """Count the records that a worked line finds.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    int
    """
    return int(_looked(question, start)["count"])


def hits(question: str, start: str) -> int:
    """Count those of them that answer the question.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    int
    """
    return int(_looked(question, start)["hit"])


def relevant(question: str) -> int:
    """Count the records that answer a question.

    Parameters
    ----------
    question : str
        Its name.

    Returns
    -------
    int
    """
    return len(sandbox.question(question)["relevant"])


def missed(question: str, start: str) -> int:
    """Count the records that answer and that a worked line does not find.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    int
    """
    return relevant(question) - hits(question, start)


def recall(question: str, start: str) -> float:
    """Return the recall of a worked line, in percent.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    float
    """
    return 100 * hits(question, start) / relevant(question)


def precision(question: str, start: str) -> float:
    """Return the precision of a worked line, in percent.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    float
    """
    return 100 * hits(question, start) / found(question, start)


def needed_to_read(question: str, start: str) -> float:
    """Return how many records are read for each one that answers.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    float
    """
    return found(question, start) / hits(question, start)


def in_source(question: str, source: str) -> int:
    """Count the records that answer a question and stand in one kind of source.

    Parameters
    ----------
    question : str
        Its name.
    source : str
        One of `eeic.explore.sandbox.SOURCES`, or "elsewhere" for all but journals.

    Returns
    -------
    int
    """
    rows = {name: there for name, _, there in _looked(question, "first")["sources"]}
    if source == "elsewhere":
        return sum(rows.values()) - rows.get("journal", 0)
    return int(rows.get(source, 0))


@or_absent
def sandbox_frame(question: str, start: str) -> Chart:
    """Chart what a worked line finds, loses and makes people read.

    Parameters
    ----------
    question, start : str
        As in `line`.

    Returns
    -------
    Chart
    """
    said, result = line(question, start), _looked(question, start)
    hit, count, there = result["hit"], result["count"], result["relevant"]
    about, where = _rows(result["groups"]), _rows(result["sources"], SOURCES)
    table = pd.DataFrame(
        [
            ("All that answer", hit, there),
            *((f"About: {name}", seen, whole) for name, seen, whole in about),
            *((f"In: {name}", seen, whole) for name, seen, whole in where),
        ],
        columns=["Studies that answer", "Found", "There are"],
    )
    return charts.Chart(
        draw=drawn.found(
            drawn.Pile(hit, count - hit, there - hit),
            [
                drawn.Shelf("Whose studies", about),
                drawn.Shelf("Where they stand", where),
            ],
        ),
        alt=f"A bar of {hit} records found that answer, {count - hit} found that do not and "
        f"{there - hit} not found. Below, a row of squares for each group and each kind of source, "
        "filled where a study is found.",
        caption=f"The line: {said}. {_LIBRARY} {_ROWS}",
        table=table,
        finding=result["finding"],
    )


def _rows(rows: list[list[Any]], names: dict[str, str] | None = None) -> list[tuple[str, int, int]]:
    words = {NO_GROUP: NO_GROUP} | {k: v[0].upper() + v[1:] for k, v in (names or {}).items()}
    return [(words.get(name, name), seen, there) for name, seen, there in rows]


@or_absent
def places_chart() -> Chart:
    """Chart in which kind of source the studies that answer each question stand.

    Returns
    -------
    Chart
        One shelf for each question.
    """
    table = pd.DataFrame(
        [
            [SHORT[name], *(in_source(name, source) for source in SOURCES), relevant(name)]
            for name in IDEAS
        ],
        columns=["Question", *(text[0].upper() + text[1:] for text in SOURCES.values()), "All"],
    )
    rows = [(_BRIEF[name], in_source(name, "journal"), relevant(name)) for name in IDEAS]
    return charts.Chart(
        draw=drawn.found(
            None,
            [drawn.Shelf("Studies that answer each question", rows)],
            keys=("in a journal", "elsewhere only"),
        ),
        alt="A row of squares for each of four questions, filled for studies in journals. "
        + "; ".join(f"{name}: {seen} of {there}" for name, seen, there in rows)
        + ".",
        caption=f"{_LIBRARY} Elsewhere: conference abstracts, theses, official and community "
        "reports, registers of studies.",
        table=table,
        finding=_said_of_places(),
    )


def _said_of_places() -> str:
    low = min(IDEAS, key=lambda name: in_source(name, "journal") / relevant(name))
    return (
        f"Whoever searches journals alone can find at most {in_source(low, 'journal')} of the "
        f"{relevant(low)} studies about “{_BRIEF[low].lower()}”; "
        f"{in_source(low, 'community report')} stand in community reports and "
        f"{in_source(low, 'thesis')} in theses. About Gypsy, Roma "
        f"and Traveller people it is {in_source('Q6', 'journal')} of {relevant('Q6')}."
    )


_BRIEF = {
    "Q6": "Gypsy, Roma, Traveller",
    "Q3": "What people say",
    "Q4": "Health workers",
    "Q1": "Interpreters, messages",
}


@or_absent
def trade_chart() -> Chart:
    """Chart recall against reading for four lines about interpreters and messages.

    Returns
    -------
    Chart
        A dot for each line.
    """
    question = "Q1"
    lines = [
        drawn.Trade(start.label, found(question, name), recall(question, name))
        for name, start in STARTS[question].items()
    ]
    table = filters(question)
    return charts.Chart(
        draw=drawn.trades(lines),
        alt="Four dots, records to read across and recall upwards. "
        + "; ".join(f"{one.name}: {one.read} to read, {one.recall:.0f}% found" for one in lines)
        + ".",
        caption=f"Four lines for one question: {SHORT[question]} {relevant(question)} records "
        f"answer it. {_LIBRARY} The broken line is at 90%.",
        table=table,
        finding=_said_of_trade(question),
    )


def _said_of_trade(question: str) -> str:
    wide, names = found(question, "wide"), found(question, "names")
    return (
        f"“Every name that writers use” finds {hits(question, 'names')} of {relevant(question)} "
        f"with {names:,} records to read. “As wide as it goes” finds {hits(question, 'wide')} "
        f"with {wide:,}: {wide - names:,} more to read, and "
        f"{_more(hits(question, 'wide') - hits(question, 'names'))}."
    )


def _more(count: int) -> str:
    return (
        "nothing new"
        if count == 0
        else f"{count} more that {'answers' if count == 1 else 'answer'}"
    )


@or_absent
def filters(question: str = "Q1") -> DataFrame:
    """Score the four worked lines of a question.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    DataFrame
        One row a line: found, of these answer, recall, precision, to read for each.
    """
    return pd.DataFrame(
        [
            {
                "Line": start.label,
                "Found": found(question, name),
                "Of these answer": hits(question, name),
                "Recall, %": float(recall(question, name)),
                "Precision, %": float(precision(question, name)),
                "To read for each": float(needed_to_read(question, name)),
            }
            for name, start in STARTS[question].items()
        ]
    )


@or_absent
def words_table() -> DataFrame:
    """Count, for each name writers use, the records of the first decision that have it.

    Returns
    -------
    DataFrame
        One row a word: it finds, of these answer, answer and have none of the words above.
    """
    seen: set[int] = set()
    wanted = _answering("Q6")
    rows = []
    for word in IDEAS["Q6"][0].chips:
        result = look("Q6", word)
        answer = set(result["found"]) & wanted
        rows.append(
            {
                "Word or phrase": word,
                "It finds": result["count"],
                "Of these answer": len(answer),
                "New, not found by the words above": len(answer - seen),
            }
        )
        seen |= answer
    return pd.DataFrame(rows)


def _answering(question: str) -> set[int]:
    places = sandbox._places()
    return {places[one] for one in sandbox.question(question)["relevant"]}


def left_out() -> int:
    """Count the records that the wide line about interpreters finds and that left such people out.

    Returns
    -------
    int
        Records that say that people who needed an interpreter were not included, and that do not
        answer the question.
    """
    result = look("Q1", 'ab:"interpreter were not included"')
    return len(set(result["found"]) - _answering("Q1"))


def umbrella() -> int:
    """Count the studies of what people say that umbrella terms find by themselves.

    Returns
    -------
    int
    """
    return int(look("Q3", assemble([sandbox.UMBRELLA, *STARTS["Q3"]["names"].boxes[1:]]))["hit"])


@or_absent
def log_table() -> DataFrame:
    """Write a search log as the lesson would have liked to see it beside the paper.

    Returns
    -------
    DataFrame
        line, what was run, found, of these answer, why.
    """
    steps = [
        (line("Q6", "first"), "the paper's own line"),
        ('"Gypsy, Roma and Traveller communities"', "without a limit on the kind of study"),
        ("gypsy OR gypsies OR roma OR traveller*", "the names themselves, old records too"),
        ('#3 OR "travelling families" OR "nomadic families"', "dated wording, for finding only"),
        ("#4 NOT so:journal", "what a search of journals would have left out"),
    ]
    rows: list[dict[str, Any]] = []
    log: list[str] = []
    for number, (said, why) in enumerate(steps, start=1):
        result = look("Q6", said, log)
        log.append(said)
        rows.append(
            {
                "Line": number,
                "What was run": said,
                "Found": result["count"],
                "Of these answer": result["hit"],
                "Why": why,
            }
        )
    return pd.DataFrame(rows)


@or_absent
def findings() -> dict[str, str]:
    """Say every result of the lesson in a sentence.

    Returns
    -------
    dict of str to str
        By a short name.
    """
    by_place = "; ".join(
        f"{in_source('Q6', source)} in {text}"
        for source, text in SOURCES.items()
        if in_source("Q6", source)
    )
    first, names = PAPER, ("Q6", "names")
    return {
        "paper": f"The paper's line finds {found(*first)} records, and {hits(*first)} of them "
        f"answer the question. The library holds {relevant('Q6')}: the line misses "
        f"{missed(*first)} of them.",
        "names": f"With every name that writers use, the line finds {hits(*names)} of "
        f"{relevant('Q6')}, and {found(*names)} records to read. That is "
        f"{found(*names) - found(*first)} more to read than the paper's author had.",
        "umbrella": f"Umbrella terms alone find {umbrella()} of {relevant('Q3')} studies of what "
        "people say about maternity care and general practice, however wide the words for the "
        "care and the method are. With the names of the groups beside them it is "
        f"{hits('Q3', 'names')}.",
        "places": _said_of_places(),
        "where": f"The {relevant('Q6')} studies about Gypsy, Roma and Traveller people stand here: "
        f"{by_place}.",
        "subjects": f"Subject terms alone find {hits('Q1', 'subjects')} of the {relevant('Q1')} "
        f"studies about interpreters and messages: recall {recall('Q1', 'subjects'):.0f}%."
        + " Nobody has given subject terms to the theses, reports and registers."
        * (missed("Q1", "subjects") > 0),
        "trade": _said_of_trade("Q1"),
        "left_out": f"Of the records that the widest line brings up, {left_out():,} say that "
        "people who needed an interpreter were not included. The word is there and the people "
        "are not.",
        "honest": f"We searched the little library (1,200 records, six kinds of source) with five "
        f"lines, kept in the log. We found {hits(*names)} studies about Gypsy, Roma and Traveller "
        f"people, {in_source('Q6', 'elsewhere')} of them outside journals. We did not search "
        "records that are not in English, and we asked no community organisation what it holds.",
    }


def finding(name: str) -> str:
    """Say one result of the lesson.

    Parameters
    ----------
    name : str
        One of the names in `findings`.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    said = findings()
    if not isinstance(said, dict):
        return said
    if name not in said:
        raise ValueError(f"There is no finding {name!r}; there are {', '.join(map(repr, said))}.")
    return said[name]


EXPLORERS = {
    "search-sandbox": Explorer(
        name="search-sandbox",
        title="Search sandbox",
        lead="Choose a question and build a line: words inside an idea are joined with OR, ideas "
        "with AND. See what it finds, whose studies it loses, and how much you would have to read.",
        controls=(
            Control("question", "Question", tuple(SHORT.items()), "Q6"),
            Control(
                "start",
                "Line",
                tuple((name, start.label) for name, start in STARTS["Q6"].items()),
                "first",
            ),
        ),
        compute=lambda question, start: sandbox_frame(question, start),
        page=sandbox.page,
        widget=sandbox.widget,
    )
}
