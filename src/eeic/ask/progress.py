"""A learner's progress: one record in one shape for pages, browser lab and JupyterLab.

``progress.json`` is put together from what is kept anyway (the answers in ``answers.json``, the
logbook in ``logbook.json``) and adds only what they do not hold: the pages read and the route
chosen. Two records are brought together so that nothing is lost, by the same rules on the page:
``static/progress.mjs`` has them too, and a test puts the same records through both.

Nothing is sent anywhere. What is written in the logbook is in the file only if the learner says so.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from eeic.ask import routes, store
from eeic.ask.logbooks import store as logbook_store
from eeic.files import put_in_place
from eeic.show import Shown

#: The file, beside the notebook.
FILE = "progress.json"
VERSION = 1

#: How far an answer has come; of two answers the one that is further stays.
FURTHER = ("not tried", "saved", "noted", "not yet", "partly", "correct")
#: The answers of exercises are handed in and not carried about; a self-check's id names a lesson.
_SELF_CHECK = re.compile(r"[0-9]{2}\.")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BLANK = " \t\r\n\u00a0"

Record = dict[str, Any]


class Unreadable(ValueError):
    """A file is not a record of progress; the message says why."""


def parse(text: str, name: str = FILE) -> Record:
    """Read the text of a record.

    Parameters
    ----------
    text : str
        What the file holds.
    name : str
        What to call it when it cannot be read.

    Returns
    -------
    dict
        ``{"version": 1, "pages": {page: day}, "answers": {question: state}}``, with ``route``
        (``{"name": …, "chosen": …}``) and ``logbook`` (``{box: {prompt: text}}``) where the file
        has them.

    Raises
    ------
    Unreadable
        It is not such a record.

    Examples
    --------
    >>> parse('{"version": 1, "pages": {"notebooks/00-start-here": "2026-11-24"}}')["pages"]
    {'notebooks/00-start-here': '2026-11-24'}
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(f"{name} is damaged: it does not read as JSON.") from None
    if not isinstance(data, dict) or not {"pages", "answers", "logbook"} & set(data):
        raise Unreadable(f"{name} is not a record of progress.")
    if data.get("version") != VERSION or isinstance(data["version"], bool):
        raise Unreadable(
            f"{name} is from another version of the course, which writes it otherwise."
        )
    parts = {part: data.get(part, {}) for part in ("pages", "answers", "logbook")}
    for part, held in parts.items():
        if not isinstance(held, dict) or not all(_FITS[part](one) for one in held.values()):
            raise Unreadable(f"{name} is damaged in the part “{part}”.")
    if "route" in data and not _is_choice(data["route"]):
        raise Unreadable(f"{name} is damaged in the part “route”.")
    return _record(
        data.get("route"),
        parts["pages"],
        parts["answers"],
        data.get("logbook") and parts["logbook"],
    )


def merge(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Record:
    """Bring two records together; nothing that is in either is lost.

    Parameters
    ----------
    ours, theirs : mapping
        Two records.

    Returns
    -------
    dict
        A page is read if it was in either, since the earlier day. Of two answers the one that is
        further stays, with the larger number of tries and hints; of two that are equally far,
        ours. Of two choices of a route the later stays. Of two texts in one place of the logbook
        the one that goes on from the other stays, and where neither does, both, ours first.

    Examples
    --------
    >>> here = {"version": 1, "pages": {"a": "2026-11-24"}, "answers": {}}
    >>> there = {"version": 1, "pages": {"a": "2026-11-20", "b": "2026-11-21"}, "answers": {}}
    >>> merge(here, there)["pages"]
    {'a': '2026-11-20', 'b': '2026-11-21'}
    """
    choices = [one["route"] for one in (ours, theirs) if one.get("route")]
    route = max(choices, key=lambda one: (one["chosen"], one["name"]), default=None)
    logbooks = [one["logbook"] for one in (ours, theirs) if one.get("logbook")]
    written = functools.reduce(lambda a, b: _joined(a, b, _boxes), logbooks) if logbooks else None
    return _record(
        route,
        _joined(ours["pages"], theirs["pages"], min),
        _joined(ours["answers"], theirs["answers"], _answers),
        written,
    )


def current(*, logbook: bool = False) -> Record:
    """Put together the record of the folder that the notebook runs in.

    Parameters
    ----------
    logbook : bool
        Whether what is written in the logbook belongs to it.

    Returns
    -------
    dict
        The record.

    Raises
    ------
    Unreadable
        ``progress.json`` is there and is not a record.
    """
    kept = _read(Path(FILE)) if Path(FILE).exists() else _record(None, {}, {}, None)
    return merge(kept if logbook else _without_logbook(kept), _stores(logbook=logbook))


def save(path: Path | str = FILE, *, logbook: bool = False) -> Path:
    """Write the record as a file that the page *My progress* and other notebooks can load.

    Parameters
    ----------
    path : path
        The file. One that is there is brought together with the record, not replaced by it.
    logbook : bool
        Whether what is written in the logbook goes into the file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    Unreadable
        A file of that name is there and is not a record; it is left alone.
    OSError
        The file cannot be written.
    """
    path = Path(path)
    record = current(logbook=logbook)
    if path.exists():
        record = merge(_read(path), record)
    put_in_place(path, as_text(record).encode("utf-8", "replace"), mode=0o600)
    return path


def load(path: Path | str) -> str:
    """Bring a saved record together with what is kept beside the notebook.

    Parameters
    ----------
    path : path
        The file that the page, the browser lab or another notebook saved.

    Returns
    -------
    str
        One sentence that says what came in. Answers go to ``answers.json``, the logbook to
        ``logbook.json``, pages and route to ``progress.json``.

    Raises
    ------
    Unreadable
        It is not a record; nothing was changed.
    OSError
        It cannot be opened.
    """
    path = Path(path)
    theirs = _read(path)
    stores = _stores(logbook=True)
    same = Path(FILE).exists() and Path(FILE).samefile(path)
    before = stores if same else current(logbook=True)
    after = merge(before, theirs)
    for name, state in after["answers"].items():
        if stores["answers"].get(name) != state:
            store.write(name, state)
    if after.get("logbook", {}) != stores.get("logbook", {}):
        logbook_store.write(after["logbook"])
    put_in_place(
        Path(FILE), as_text(_without_logbook(after)).encode("utf-8", "replace"), mode=0o600
    )
    return f"{path.name} is loaded. {said(changes(before, after))}"


def as_text(record: Any) -> str:
    """Write a record as the text of its file.

    Parameters
    ----------
    record : mapping
        A record.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    """Count what a record has that another has not, or has otherwise.

    Parameters
    ----------
    before, after : mapping
        Two records.

    Returns
    -------
    dict
        How many pages, answers and texts of the logbook are new or differ, and whether the route
        does (0 or 1).

    Examples
    --------
    >>> nothing = {"version": 1, "pages": {}, "answers": {}}
    >>> changes(nothing, nothing | {"pages": {"a": "2026-11-24"}})
    {'pages': 1, 'answers': 0, 'texts': 0, 'route': 0}
    """
    texts = [_texts(one.get("logbook", {})) for one in (before, after)]
    return {
        "pages": _differing(before["pages"], after["pages"]),
        "answers": _differing(before["answers"], after["answers"]),
        "texts": _differing(*texts),
        "route": int(before.get("route") != after.get("route")),
    }


def said(counts: Mapping[str, int]) -> str:
    """Say in one sentence what came in.

    Parameters
    ----------
    counts : mapping
        As `changes` gives them.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> said({"pages": 2, "answers": 1, "texts": 0, "route": 0})
    'New or changed: 2 pages read, 1 answer.'
    """
    parts = [
        f"{counts[name]} {word if counts[name] == 1 else words}"
        for name, word, words in _COUNTED
        if counts[name]
    ]
    parts += ["the route"] if counts["route"] else []
    return f"New or changed: {', '.join(parts)}." if parts else "All of it was here already."


@functools.cache
def outcomes() -> dict[str, tuple[str, ...]]:
    """Name the self-checks of each outcome; predictions are noted and never count.

    Returns
    -------
    dict
        Outcome code to the ids of its questions.

    Examples
    --------
    >>> outcomes()["M0.2"]
    ('00.pause', '00.speak-for')
    """
    from eeic import ask  # not above: that room imports this one

    found: dict[str, tuple[str, ...]] = {}
    for name in ask.ids():
        asked = ask.question(name)
        code = str(asked.fields.get("outcome", ""))
        if code and not asked.predict:
            found[code] = (*found.get(code, ()), name)
    return dict(sorted(found.items(), key=lambda one: [*map(int, one[0][1:].split("."))]))


def is_reached(questions: tuple[str, ...] | list[str], answers: Mapping[str, Any]) -> bool:
    """Say whether an outcome is reached: 60% of its questions right, partly right counting half.

    Parameters
    ----------
    questions : sequence of str
        The outcome's questions.
    answers : mapping
        The answers of a record.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> is_reached(["a", "b"], {"a": {"status": "correct"}, "b": {"status": "partly"}})
    True
    >>> is_reached(["a", "b"], {"a": {"status": "correct"}})
    False
    """
    statuses = [answers.get(name, {}).get("status") for name in questions]
    halves = 2 * statuses.count("correct") + statuses.count("partly")
    return bool(questions) and 10 * halves >= 12 * len(questions)


def summary() -> Shown:
    """Show the progress of the folder that the notebook runs in, a row for each lesson.

    Returns
    -------
    eeic.show.Shown
        A table: lesson, whether its page was read, questions right, outcomes reached.
    """
    record = current()
    rows = []
    for lesson in sorted({code[1:].split(".")[0] for code in outcomes()}, key=int):
        number = f"{int(lesson):02d}"
        own = {code: names for code, names in outcomes().items() if code.startswith(f"M{lesson}.")}
        asked = [name for names in own.values() for name in names]
        right = sum(record["answers"].get(n, {}).get("status") == "correct" for n in asked)
        read = next((day for page, day in record["pages"].items() if f"/{number}-" in page), "–")
        reached = [code for code, names in own.items() if is_reached(names, record["answers"])]
        rows.append(
            (
                f"{int(lesson)}. {routes.titles()[number]}",
                read,
                f"{right} of {len(asked)}",
                ", ".join(reached) or "–",
            )
        )
    head = ("Lesson", "Page read on", "Questions right", "Outcomes reached")
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    cells = "".join(f'<th scope="col">{name}</th>' for name in head)
    words = "\n".join("  ".join(row) for row in [head, *rows])
    caption = "Your progress, as far as this folder knows"
    return Shown(
        f"<table><caption>{caption}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>",
        words,
    )


_COUNTED = (
    ("pages", "page read", "pages read"),
    ("answers", "answer", "answers"),
    ("texts", "text in the logbook", "texts in the logbook"),
)


def _read(path: Path) -> Record:
    try:
        return parse(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is damaged: it is not text.") from None


def _stores(*, logbook: bool) -> Record:
    """Put together what the answers' and the logbook's own files hold."""
    return _record(None, {}, store.read(), logbook_store.read() if logbook else None)


def _record(
    route: Mapping[str, str] | None,
    pages: Mapping[str, str],
    answers: Mapping[str, Any],
    logbook: Mapping[str, Any] | None,
) -> Record:
    made: Record = {"version": VERSION}
    if route:
        made["route"] = {"name": route["name"], "chosen": route["chosen"]}
    made["pages"] = dict(pages)
    made["answers"] = {name: state for name, state in answers.items() if _SELF_CHECK.match(name)}
    if logbook:
        made["logbook"] = {box: dict(texts) for box, texts in logbook.items()}
    return made


def _without_logbook(record: Mapping[str, Any]) -> Record:
    return {name: part for name, part in record.items() if name != "logbook"}


def _joined(ours: Mapping[str, Any], theirs: Mapping[str, Any], settle: Any) -> dict[str, Any]:
    both = {name: settle(ours[name], theirs[name]) for name in ours if name in theirs}
    return {**ours, **theirs, **both}


def _boxes(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    return _joined(ours, theirs, _texts_together)


def _texts_together(ours: str, theirs: str) -> str:
    if not theirs.strip(_BLANK) or ours.startswith(theirs):
        return ours
    if not ours.strip(_BLANK) or theirs.startswith(ours):
        return theirs
    here = ours.split("\n\n")
    return "\n\n".join([*here, *(part for part in theirs.split("\n\n") if part not in here)])


def _answers(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    further = theirs if _distance(theirs) > _distance(ours) else ours
    most = {name: max(_count(ours, name), _count(theirs, name)) for name in ("tries", "hints")}
    return {**further, **most}


def _distance(state: Mapping[str, Any]) -> tuple[int, int, int]:
    status = state.get("status")
    place = FURTHER.index(status) if isinstance(status, str) and status in FURTHER else 0
    return place, _count(state, "tries"), _count(state, "hints")


def _count(state: Mapping[str, Any], name: str) -> int:
    value = state.get(name)
    return value if type(value) is int and value > 0 else 0


def _texts(logbook: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], str]:
    return {
        (box, prompt): text
        for box, prompts in logbook.items()
        for prompt, text in prompts.items()
        if text.strip(_BLANK)
    }


def _differing(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> int:
    # As text, because Python takes True for 1 and the page does not.
    same = (
        name in before and as_text(before[name]) == as_text(held) for name, held in after.items()
    )
    return len(after) - sum(same)


def _is_choice(route: Any) -> bool:
    return isinstance(route, dict) and all(
        isinstance(route.get(name), str) for name in ("name", "chosen")
    )


_FITS = {
    "pages": lambda day: isinstance(day, str) and _DAY.fullmatch(day) is not None,
    "answers": lambda state: isinstance(state, dict),
    "logbook": lambda box: (
        isinstance(box, dict) and all(isinstance(text, str) for text in box.values())
    ),
}
