"""From a question to its sheet: the plain data that is shown and judged.

Whatever its type, a question is a list of *parts* of four kinds: choose ``one``, choose a
``set``, put in ``order``, give a ``number``. Python and the page judge the same sheet by the
same rules (`eeic.ask.rules`), so every sentence of feedback is written here, once.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from typing import Any

from eeic.ask import text
from eeic.ask.bank import BankError, Question, passage_spans

#: What is said when the question itself says nothing more particular.
_BARE = {
    "correct": "That is right.",
    "partly": "Part of this is right.",
    "not yet": "Try another way.",
    "noted": "Noted. Now see what the data show.",
}
_EMPTY = {
    "one": "Choose an answer first.",
    "set": "Choose at least one first.",
    "order": "Put the steps in order first.",
    "number": "Type a number first.",
}
#: What an option's fields are called in the key of a part.
_REMARK = ("feedback", "misconception")


class NotComputable(RuntimeError):
    """A number of a question cannot be worked out here; the message says why."""


def compile_sheet(question: Question, *, figure: bool = True) -> dict[str, Any]:
    """Work out a question's numbers and lay it out for showing and judging.

    Parameters
    ----------
    question : Question
        A checked question.
    figure : bool
        Whether to draw its chart, if it has one. Marking does not need it.

    Returns
    -------
    dict
        Plain data (text, numbers, lists, dicts), ready for JSON. Where the question varies it
        is its first version, and ``"others"`` holds what differs in each of the others.

    Raises
    ------
    NotComputable
        A call in the question failed, or gave no finite number.

    Examples
    --------
    >>> from eeic.ask.bank import check
    >>> asked = check(
    ...     {"id": "x", "type": "numeric", "stem": "Half of 9?", "value": 4.5, "tolerance": 0},
    ...     file="x.toml",
    ... )
    >>> compile_sheet(asked)["parts"][0]["kind"]
    'number'
    """
    first, *others = (
        _Compiler(question, settings).sheet(figure)
        for settings in question.fields.get("vary", [{}])
    )
    if others:
        first["others"] = [
            {name: value for name, value in other.items() if value != first[name]}
            for other in others
        ]
    return first


class PackageAbsent(NotComputable):
    """A package that a question's numbers need is not here, as in the browser lab."""


class _Compiler:
    def __init__(self, question: Question, settings: Mapping[str, Any]) -> None:
        self.question, self.fields, self.settings = question, question.fields, settings
        numbers = self.fields.get("numbers", {})
        self.values: dict[str, float] = {}
        for name, spec in numbers.items():
            self.values[name] = self.number(spec, name)
        self.shown = {
            name: _shown(self.values[name], spec.get("places") if isinstance(spec, dict) else None)
            for name, spec in numbers.items()
        } | {name: str(value) for name, value in settings.items()}

    def sheet(self, figure: bool) -> dict[str, Any]:
        fields = self.fields
        layout = fields["ask"] if self.question.type == "chart" else self.question.type
        layout = {"number": "numeric"}.get(layout, layout)
        sheet: dict[str, Any] = {
            "id": self.question.id,
            "type": self.question.type,
            "layout": layout,
            "outcome": fields.get("outcome", ""),
            "predict": self.question.predict,
            "keyed": self.question.keyed,
            "stem": text.block(self.fill(fields["stem"])),
            "parts": getattr(self, f"layout_{layout}")(),
            "hints": [text.block(self.fill(hint)) for hint in fields.get("hints", [])],
            "explain": text.block(self.fill(fields.get("explain", ""))),
        }
        if layout == "mark":
            sheet["passage"] = [
                {"id": name, "text": text.plain(self.fill(words))}
                for name, words in passage_spans(fields["passage"])
            ]
        if layout == "table":
            sheet["table"] = self.table()
        if "read_again" in fields:
            sheet["read_again"] = dict(fields["read_again"])
        if "chart" in fields and figure:
            sheet["figure"] = self.figure()
        sheet["say"] = self.say(sheet["parts"], layout)
        return sheet

    # -- layouts: each gives the parts -------------------------------------------------------

    def layout_choice(self) -> list[dict[str, Any]]:
        parts = [self.one("choice", self.fields["options"]) | {"label": "your answer"}]
        if because := self.fields.get("because"):
            stem = self.fill(because.get("stem", "Why? Choose the reason."))
            parts.append(
                self.one("because", because["options"]) | {"label": "the reason", "legend": stem}
            )
        return parts

    def layout_multi(self) -> list[dict[str, Any]]:
        return [self.several("options", self.fields["options"], "correct")]

    def layout_mark(self) -> list[dict[str, Any]]:
        words = {name: said for name, said in passage_spans(self.fields["passage"]) if name}
        spans = {span["id"]: span for span in self.fields["spans"]}
        return [self.several("spans", [{**spans[n], "text": t} for n, t in words.items()], "error")]

    def layout_order(self) -> list[dict[str, Any]]:
        part: dict[str, Any] = {
            "name": "order",
            "kind": "order",
            "options": self.labels(self.fields["options"]),
        }
        if self.question.keyed:
            part["key"] = {
                "right": list(self.fields["right"]),
                "slips": [
                    {"first": slip["first"], "then": slip["then"], **self.remark(slip)}
                    for slip in self.fields.get("slips", [])
                ],
            }
        return [part]

    def layout_match(self) -> list[dict[str, Any]]:
        choices = self.labels(self.fields["choices"])
        slips = self.fields.get("slips", [])
        parts = []
        for item in self.fields["items"]:
            label = self.fill(item["text"])
            part = {"name": item["id"], "kind": "one", "label": label, "options": choices}
            if self.question.keyed:
                said = {s["choice"]: self.remark(s) for s in slips if s["item"] == item["id"]}
                part["key"] = {
                    c["id"]: {"share": float(c["id"] == item["right"]), **said.get(c["id"], {})}
                    for c in choices
                }
            parts.append(part)
        return parts

    def layout_numeric(self) -> list[dict[str, Any]]:
        part = self.a_number("number", self.fields)
        part["label"] = self.fill(self.fields.get("label", "Your answer"))
        return [part]

    def layout_table(self) -> list[dict[str, Any]]:
        parts = []
        for row, column, cell in self.asked_cells():
            name = f"{row['id']}.{cell['id']}"
            if cell["ask"] == "number":
                part = self.a_number(name, cell)
            else:
                part = self.one(name, cell["options"])
            part["label"] = self.fill(f"{row['label']}: {column}")
            parts.append(part)
        return parts

    def asked_cells(self):
        """Go through the cells that ask for something, with their row and heading."""
        for row in self.fields["rows"]:
            for column, cell in zip(self.fields["columns"][1:], row["cells"], strict=True):
                if "text" not in cell:
                    yield row, column, cell

    def table(self) -> dict[str, Any]:
        return {
            "caption": self.fill(self.fields["caption"]),
            "columns": [self.fill(heading) for heading in self.fields["columns"]],
            "rows": [
                {
                    "label": self.fill(row["label"]),
                    "cells": [
                        {"text": self.fill(cell["text"])}
                        if "text" in cell
                        else {"part": f"{row['id']}.{cell['id']}"}
                        for cell in row["cells"]
                    ],
                }
                for row in self.fields["rows"]
            ],
        }

    # -- the kinds of part -------------------------------------------------------------------

    def one(self, name: str, options: list[dict[str, Any]]) -> dict[str, Any]:
        part: dict[str, Any] = {"name": name, "kind": "one", "options": self.labels(options)}
        if self.question.keyed:
            part["key"] = {
                o["id"]: {
                    "share": 1.0 if o.get("correct") else float(o.get("share", 0)),
                    **self.remark(o),
                }
                for o in options
            }
        return part

    def several(self, name: str, options: list[dict[str, Any]], flag: str) -> dict[str, Any]:
        part: dict[str, Any] = {"name": name, "kind": "set", "options": self.labels(options)}
        if self.question.keyed:
            part["key"] = {
                o["id"]: {
                    "right": bool(o.get(flag)),
                    **({"missed": self.fill(o["missed"])} if "missed" in o else {}),
                    **self.remark(o),
                }
                for o in options
            }
        return part

    def a_number(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        unit = self.fill(fields.get("unit", ""))
        part: dict[str, Any] = {"name": name, "kind": "number", "unit": unit}
        after = f", in {unit}" if unit and unit != "%" else ""
        part["unreadable"] = f"Type one number{after}, such as 12.5 or 1,250."
        if self.question.keyed:
            key: dict[str, Any] = {"near": [self.near(n, fields) for n in fields.get("near", [])]}
            if "value" in fields:
                key |= self.band(fields["value"], fields["tolerance"])
            part["key"] = key
        return part

    def near(self, near: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        tolerance = near.get("tolerance", fields.get("tolerance"))
        share = float(near.get("share", 0))
        return {**self.band(near["value"], tolerance), "share": share, **self.remark(near)}

    def band(self, value: Any, tolerance: float) -> dict[str, float]:
        """Give the lowest and highest number that count as a value.

        The hair's breadth beyond the tolerance is for binary fractions: 5.25 - 0.05 must
        admit 5.2.
        """
        middle = self.number(value, "value")
        hair = 1e-9 * max(1.0, abs(middle))
        return {"low": middle - tolerance - hair, "high": middle + tolerance + hair}

    def labels(self, options: list[dict[str, Any]]) -> list[dict[str, str]]:
        return [{"id": o["id"], "text": text.plain(self.fill(o["text"]))} for o in options]

    def remark(self, thing: Mapping[str, Any]) -> dict[str, str]:
        return {name: text.plain(self.fill(thing[name])) for name in _REMARK if name in thing}

    # -- words and numbers -------------------------------------------------------------------

    def say(self, parts: list[dict[str, Any]], layout: str) -> dict[str, Any]:
        own = self.fields.get("feedback", {})
        say: dict[str, Any] = {
            "empty": _EMPTY[parts[0]["kind"]],
            "bare": _BARE,
            "own": {
                name.replace("_", " "): text.plain(self.fill(said)) for name, said in own.items()
            },
            "more": "There is more to find.",
            "missing": "Not answered yet: {labels}.",
            "again": "Look again at: {labels}.",
        }
        if layout in ("match", "table"):
            say["empty"] = "Fill in at least one first."
            say["count"] = "{right} of {all} are right."
        return say

    def fill(self, words: str) -> str:
        return text.fill(words, self.shown)

    def number(self, spec: Any, name: str) -> float:
        if isinstance(spec, str):
            return self.values[spec]
        found = spec
        if isinstance(spec, Mapping):
            found = self.call(spec) * spec.get("times", 1)
            if "less" in spec:
                found -= self.values[spec["less"]]
        if isinstance(found, bool) or not math.isfinite(found):
            raise NotComputable(
                f'Question "{self.question.id}": {name} comes out as {found!r}, which is not a '
                "number that can be shown."
            )
        return int(found) if float(found).is_integer() else float(found)

    def call(self, spec: Mapping[str, Any]) -> Any:
        module, name = spec["call"].split(":")
        try:
            function = getattr(importlib.import_module(module), name, None)
            if function is None:
                raise self.uncallable(f'{module} has no "{name}"')
            return function(**{n: self.setting(v) for n, v in spec.get("args", {}).items()})
        except Exception as error:
            missing = _missing_package(error)
            if missing is None:
                raise
            if f"{module}.".startswith(f"{missing}."):
                raise self.uncallable(f'there is no module "{missing}"') from error
            raise PackageAbsent(
                f'Question "{self.question.id}" works its numbers out with {missing}, which this '
                "Python does not have. The lesson's page on the site shows the same question "
                "with nothing to install."
            ) from error

    def setting(self, given: Any) -> Any:
        """Put a version's setting in the place of its name."""
        named = isinstance(given, str) and given[:1] == "{" and given[-1:] == "}"
        return self.settings[given[1:-1]] if named else given

    def uncallable(self, problem: str) -> BankError:
        return BankError(f'{self.question.file}: question "{self.question.id}": {problem} to call.')

    def figure(self) -> str:
        from eeic import show  # drawing is needed by questions with a chart only

        chart = self.call(self.fields["chart"])
        return chart.html if isinstance(chart, show.Shown) else show.html_figure(chart)


def _missing_package(error: BaseException | None) -> str | None:
    """Name the package whose absence is behind an error, if that is what is behind it."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError):
            return error.name
        error = error.__cause__
    return None


def _shown(value: float, places: int | None) -> str:
    """Write a number as a reader should see it: one decimal unless told otherwise."""
    if places is None:
        places = 0 if isinstance(value, int) else 1
    return f"{value:,.{places}f}".replace("-", "−")
