"""What a session asks about itself, before, after and looking back, and what the answers say.

The confidence items are worded once. Knowledge items come from the lessons' own questions. A
summary gives medians and counts and hides small numbers, since a room is small and its people know
each other. Nobody is asked for a name or an ethnic group: with so few people the answer would point
at somebody, and there would be neither a need nor a lawful basis for having it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: How many knowledge items a session has.
KNOWLEDGE_ITEMS = 4
#: A result about fewer people than this is not shown, nor a count of fewer.
FEWEST = 10
#: When the confidence items are asked, as the columns of a table of answers name it.
TIMES = ("before", "after", "looking_back")
#: What stands in place of a result about too few people.
WITHHELD = f"fewer than {FEWEST}"


class AnswersError(ValueError):
    """A table of answers cannot be summarised; the message says where and why."""


@dataclass(frozen=True)
class Content:
    """What is asked.

    Parameters
    ----------
    about : str
        What stands at the top of each sheet.
    leads : mapping
        The words before the items: ``before``, ``after``, ``looking_back`` and ``session``.
    confidence : sequence of str
        How the confidence items go on.
    session : sequence of str
        The questions about the session.
    """

    about: str
    leads: Mapping[str, str]
    confidence: Sequence[str]
    session: Sequence[str]


def content() -> Content:
    """Read what is asked.

    Returns
    -------
    Content

    Examples
    --------
    >>> len(content().confidence)
    5
    """
    return Content(
        **tomllib.loads(files("eeic.ask").joinpath("evaluation.toml").read_text("utf-8"))
    )


def knowledge(lessons: Sequence[str]) -> list[dict[str, Any]]:
    """Choose knowledge items for a session from its lessons' questions.

    Parameters
    ----------
    lessons : sequence of str
        The lessons' numbers, such as ``["03", "06"]``.

    Returns
    -------
    list of dict
        At most `KNOWLEDGE_ITEMS`, taken from the lessons in turn and, within one, from different
        objectives first. Each has ``id``, ``stem`` (HTML), ``options`` (texts) and ``right``
        (the letter). Only questions with one answer to choose, to be read without a chart.

    Examples
    --------
    >>> [item["right"] in "ABCDE" for item in knowledge(["00"])][0]
    True
    """
    waiting = [list(_usable(lesson)) for lesson in lessons]
    chosen: list[dict[str, Any]] = []
    while len(chosen) < KNOWLEDGE_ITEMS and any(waiting):
        for items in waiting:
            if items and len(chosen) < KNOWLEDGE_ITEMS:
                chosen.append(items.pop(0))
    return [_item(sheet) for sheet in chosen]


def columns(knowledge_items: int) -> list[str]:
    """Name the columns of a table of answers.

    Parameters
    ----------
    knowledge_items : int
        How many knowledge items the session had.

    Returns
    -------
    list of str
        ``pair``, the number on a pair of sheets, and one column for each thing to be entered.

    Examples
    --------
    >>> columns(1)[:3]
    ['pair', 'before_1', 'before_2']
    """
    asked = content()
    names = ["pair"]
    names += [f"{time}_{n}" for time in TIMES for n in range(1, len(asked.confidence) + 1)]
    names += [f"knows_{time}_{n}" for time in TIMES[:2] for n in range(1, knowledge_items + 1)]
    return names + [f"session_{n}" for n in range(1, len(asked.session) + 1)]


def read(path: Path | str) -> pd.DataFrame:
    """Read a table of answers and check it.

    Parameters
    ----------
    path : path
        A CSV file with the columns of `columns`; a field left empty is a question left out.

    Returns
    -------
    pandas.DataFrame
        One row for each pair of sheets; letters in capitals.

    Raises
    ------
    AnswersError
        If the file is missing, lacks a column, has one that is not asked for (such as a name), a
        number twice, or an answer that the sheets do not offer.
    """
    import pandas as pd

    path = Path(path)
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise AnswersError(f"{path.name}: there is no such file in this folder.") from None
    items = sum(name.startswith("knows_before_") for name in table.columns)
    wanted = columns(items)
    if missing := [name for name in wanted if name not in table.columns]:
        raise AnswersError(f"{path.name} has no column {missing[0]}: begin with the empty table.")
    if strange := [name for name in table.columns if name not in wanted]:
        raise AnswersError(
            f"{path.name} has a column {strange[0]}, which is not asked for: take it out, and keep "
            "nothing that says who somebody is."
        )
    table = table[(table != "").any(axis=1)].apply(lambda column: column.str.strip().str.upper())
    if (twice := table["pair"][table["pair"].duplicated()]).any():
        raise AnswersError(f"{path.name}: pair {twice.iloc[0]} stands in two rows.")
    for name in wanted[1:]:
        offered = ["", *"ABCDEFG"] if name.startswith("knows_") else ["", *"12345"]
        wrong = ~table[name].isin(offered)
        if wrong.any():
            row = table.index[wrong][0]
            offer = "letters" if name.startswith("knows_") else "1 to 5"
            raise AnswersError(
                f"{path.name}, line {row + 2}: {name} is “{table.loc[row, name]}”; the sheet "
                f"offers {offer}, or leave it empty."
            )
    return table.reset_index(drop=True)


def summary(answers: pd.DataFrame, right: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Summarise a table of answers, with small numbers withheld.

    Parameters
    ----------
    answers : pandas.DataFrame
        As `read` gives it.
    right : sequence of str
        The right letter of each knowledge item.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``confidence`` (for each item and comparison: people with both answers, the two medians,
        and how many are higher, the same and lower), ``knowledge`` (right before and after, of
        those who answered both) and ``session`` (people and median). Cells of fewer than `FEWEST`
        people are withheld, and further ones where they could be had by subtraction.

    Raises
    ------
    AnswersError
        If the number of right letters is not that of the knowledge items.

    Examples
    --------
    >>> import pandas as pd
    >>> few = pd.DataFrame([dict.fromkeys(columns(0), "3")])
    >>> summary(few, [])["session"]["people"].tolist()[0]
    'fewer than 10'
    """
    import pandas as pd

    items = sum(name.startswith("knows_before_") for name in answers.columns)
    if items != len(right):
        raise AnswersError(
            f"the table has {items} knowledge items and {len(right)} right letters were given: "
            "take the letters from this session's own sheet."
        )
    asked = content()
    confidence = [
        {"I can …": item} | _change(answers, start, number)
        for number, item in enumerate(asked.confidence, start=1)
        for start in ("before", "looking_back")
    ]
    known = [
        {"question": number} | _right(answers, number, letter)
        for number, letter in enumerate(right, start=1)
    ]
    session = [
        {"question": item} | _one(answers[f"session_{number}"])
        for number, item in enumerate(asked.session, start=1)
    ]
    return {
        "confidence": pd.DataFrame(confidence),
        "knowledge": pd.DataFrame(known),
        "session": pd.DataFrame(session),
    }


def _usable(lesson: str) -> Iterator[dict[str, Any]]:
    """Give a lesson's questions that can be asked on paper, one of each objective first."""
    from eeic import ask
    from eeic.ask.sheet import compile_sheet

    fit = [
        question
        for question in map(ask.question, ask.ids(lesson))
        if question.type == "choice" and not question.predict
    ]
    # One that also asks for the reason is asked here without it, after those that do not.
    fit.sort(key=lambda question: "because" in question.fields)
    firsts = {question.fields["outcome"]: question for question in reversed(fit)}
    ordered = [q for q in fit if firsts[q.fields["outcome"]] is q]
    ordered += [q for q in fit if q not in ordered]
    for question in ordered[:KNOWLEDGE_ITEMS]:
        yield compile_sheet(question, figure=False)


def _item(sheet: Mapping[str, Any]) -> dict[str, Any]:
    part = sheet["parts"][0]
    letters = dict(zip((option["id"] for option in part["options"]), "ABCDEFG", strict=False))
    best = max(part["key"], key=lambda name: part["key"][name]["share"])
    return {
        "id": sheet["id"],
        "stem": sheet["stem"],
        "options": [option["text"] for option in part["options"]],
        "right": letters[best],
    }


def _change(answers: pd.DataFrame, start: str, number: int) -> dict[str, str]:
    """Compare one item at two times, among those who answered at both."""
    import pandas as pd

    pair = answers[[f"{start}_{number}", f"after_{number}"]].replace("", pd.NA).dropna()
    first, then = (pair[name].astype(int) for name in pair)
    counts = {
        "higher": int((then > first).sum()),
        "same": int((then == first).sum()),
        "lower": int((then < first).sum()),
    }
    enough = len(pair) >= FEWEST
    return {
        "compared": f"{'before' if start == 'before' else 'looking back'}, and after",
        "people": _people(len(pair)),
        "median first": f"{first.median():g}" if enough else WITHHELD,
        "median after": f"{then.median():g}" if enough else WITHHELD,
        **_protected(counts, len(pair)),
    }


def _right(answers: pd.DataFrame, number: int, letter: str) -> dict[str, str]:
    """Count who had a question right before and after, among those who answered both."""
    import pandas as pd

    names = [f"knows_{time}_{number}" for time in TIMES[:2]]
    both = answers[names].replace("", pd.NA).dropna()
    said: dict[str, str] = {"people": _people(len(both))}
    for name, time in zip(names, TIMES, strict=False):
        right = int((both[name] == letter).sum())
        shown = _protected({"right": right, "not": len(both) - right}, len(both))
        said[f"right {time}"] = shown["right"]
    return said


def _one(column: pd.Series) -> dict[str, str]:
    given = column[column != ""].astype(int)
    enough = len(given) >= FEWEST
    return {"people": _people(len(given)), "median": f"{given.median():g}" if enough else WITHHELD}


def _people(number: int) -> str:
    return str(number) if number >= FEWEST else WITHHELD


def _protected(counts: Mapping[str, int], total: int) -> dict[str, str]:
    """Show the parts of a total that can be shown without giving a small one away."""
    import pandas as pd

    from eeic.disclosure import Rule, protect

    if total < FEWEST:
        return dict.fromkeys(counts, WITHHELD)
    rule = Rule(1, FEWEST - 1, 1, "this course, for rooms")
    cells = pd.DataFrame({"part": [*counts, "all"], "people": [*counts.values(), total]})
    safe = protect(
        cells,
        count="people",
        hierarchy={"part": {"all": list(counts)}},
        rule=rule,
        hide_totals=False,
    )
    shown = safe.set_index("part")["shown"]
    return {name: "withheld" if shown[name] == "*" else shown[name] for name in counts}
