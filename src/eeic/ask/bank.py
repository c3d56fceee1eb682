"""Questions as data: reading a bank of them and saying exactly what is wrong with it.

A bank is a TOML file of ``[[question]]`` tables. Lesson banks carry their key; the bank that
travels with an exercise must not, and its key is joined to it only when marking.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eeic.ask import text

#: What each type of question may hold. The second set is the key: what gives the answer away.
_COMMON = {"id", "type", "outcome", "stem", "numbers"}
_COMMON_KEY = {"hints", "explain", "read_again", "feedback"}
_NUMERIC = ({"unit", "label"}, {"value", "tolerance", "near"})
#: The settings of each version of a question; or the reason why there is one version only.
_VERSIONS = {"vary", "one_version"}
_TYPES: dict[str, tuple[set[str], set[str]]] = {
    "choice": ({"predict", "options", "because"}, set()),
    "multi": ({"options"}, set()),
    "order": ({"options"}, {"right", "slips"}),
    "match": ({"items", "choices"}, {"slips"}),
    "numeric": ({"predict", *_NUMERIC[0]}, _NUMERIC[1] | _VERSIONS),
    "table": ({"caption", "columns", "rows"}, _VERSIONS),
    "mark": ({"passage", "spans"}, set()),
    "chart": ({"chart", "ask", "options", *_NUMERIC[0]}, _NUMERIC[1] | {"one_version"}),
}
#: Fields of an option, item, span or cell that give the answer away.
_KEY_WITHIN = {"correct", "error", "right", "feedback", "missed", "misconception", "share"} | (
    _NUMERIC[1]
)
_STATUSES = {"correct", "partly", "not_yet", "noted"}
_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9_-]+")
_CALL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_SETTING = re.compile(r"\{(\w+)\}")
_SPAN = re.compile(r"\[([a-z0-9_-]+)\|([^\]]*)\]")


class BankError(ValueError):
    """A bank of questions cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Question:
    """One question, checked.

    Parameters
    ----------
    id : str
        Such as ``"04.ratio"``.
    type : str
        One of the eight types.
    fields : mapping
        What the bank says of it.
    file : str
        The bank's name, for messages.
    keyed : bool
        Whether the right answer is in it.
    """

    id: str
    type: str
    fields: Mapping[str, Any] = field(repr=False)
    file: str
    keyed: bool

    @property
    def predict(self) -> bool:
        """Whether this asks for a prediction, which is never right or wrong."""
        return bool(self.fields.get("predict"))

    @property
    def asks_for_a_number(self) -> bool:
        """Whether a number is to be worked out, so that its numbers could be others."""
        cells = [cell for row in self.fields.get("rows", []) for cell in row["cells"]]
        asked = [self.fields, *cells]
        numeric = self.type == "numeric" or any(one.get("ask") == "number" for one in asked)
        return numeric and not self.predict


def read(path: Path | str, *, keyed: bool = True) -> dict[str, Question]:
    """Read a bank of questions and check every field of it.

    Parameters
    ----------
    path : path
        A TOML file of ``[[question]]`` tables.
    keyed : bool
        True for a lesson's bank, whose questions carry their answers; False for the bank that
        travels with an exercise, which must not.

    Returns
    -------
    dict of str to Question
        The questions by id, in the file's order.

    Raises
    ------
    BankError
        The file is missing, is not TOML, or a field is wrong; the sentence names the file, the
        question and the field.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError:
        raise BankError(
            f"{path.name}: there is no such file in {path.parent.resolve().name}; "
            "check its name, and that the notebook runs in its own folder."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BankError(f"{path.name} is not readable TOML: {error}.") from None
    if set(data) != {"question"} or not isinstance(data["question"], list):
        raise BankError(f"{path.name}: a bank holds [[question]] tables and nothing else.")
    questions: dict[str, Question] = {}
    for number, fields in enumerate(data["question"], start=1):
        question = check(fields, file=path.name, number=number, keyed=keyed)
        if question.id in questions:
            raise BankError(f'{path.name}: two questions have the id "{question.id}".')
        if keyed and question.asks_for_a_number and not _VERSIONS & set(fields):
            raise BankError(
                f'{path.name}: question "{question.id}" asks for a number: give it versions with '
                "`vary`, or say with `one_version` why there can be one only."
            )
        questions[question.id] = question
    return questions


def check(fields: Mapping[str, Any], *, file: str, number: int = 1, keyed: bool = True) -> Question:
    """Check one question's fields.

    Parameters
    ----------
    fields : mapping
        The question as the bank gives it.
    file : str
        The bank's name, for messages.
    number : int
        Its place in the bank, for messages about a question without an id.
    keyed : bool
        Whether the key must be there (True) or must not (False).

    Returns
    -------
    Question
        The checked question.

    Raises
    ------
    BankError
        A field is wrong.
    """
    name = fields.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise BankError(
            f"{file}: question number {number} needs an id of small letters, digits, dots and "
            f'hyphens, such as "04.ratio"; it has {name!r}.'
        )
    _Check(file, name, keyed).question(fields)
    return Question(name, fields["type"], dict(fields), file, keyed)


def with_key(question: Question, key: Mapping[str, Any]) -> Question:
    """Join a question that travels without its answer with its key.

    Parameters
    ----------
    question : Question
        A question from a bank without keys.
    key : mapping
        The missing fields, named as in a lesson's bank. Whatever is a list of things with ids
        (options, items, spans, rows, a row's cells) may be given by id:
        ``{"options": {"b": {"correct": True}}}``.

    Returns
    -------
    Question
        The question with its key, ready for `eeic.ask.judge`.

    Raises
    ------
    BankError
        The key does not fit the question.

    Examples
    --------
    >>> asked = check(
    ...     {"id": "ex04.q1", "type": "numeric", "stem": "How many?"}, file="q.toml", keyed=False
    ... )
    >>> with_key(asked, {"value": 12, "tolerance": 0.5}).keyed
    True
    """
    lost = [name for name in ("id", "type") if name in key and key[name] != question.fields[name]]
    if lost:
        raise BankError(f'key of "{question.id}": it is for another {lost[0]}, {key[lost[0]]!r}.')
    merged = _merge(dict(question.fields), key, f'key of "{question.id}"')
    return check(merged, file=f"{question.file} with its key", keyed=True)


def _merge(base: dict[str, Any], extra: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Add a key's fields to a question's, finding the things in a list by their id."""
    merged = dict(base)
    for name, value in extra.items():
        here = merged.get(name)
        if isinstance(here, list) and isinstance(value, Mapping):
            ids = [item.get("id") if isinstance(item, dict) else None for item in here]
            for unknown in set(value) - set(ids):
                raise BankError(f'{where}, {name}: there is no "{unknown}" in the question.')
            merged[name] = [
                _merge(item, value[item["id"]], f"{where}, {name}")
                if isinstance(item, dict) and item.get("id") in value
                else item
                for item in here
            ]
        elif isinstance(here, dict) and isinstance(value, Mapping):
            merged[name] = _merge(here, value, f"{where}, {name}")
        else:
            merged[name] = value
    return merged


def passage_spans(passage: str) -> list[tuple[str | None, str]]:
    """Cut a passage at its markable spans.

    Parameters
    ----------
    passage : str
        Text in which ``[id|words]`` is a span that can be chosen.

    Returns
    -------
    list of (str or None, str)
        The pieces in order: the span's id (None for the text between) and its words.

    Examples
    --------
    >>> passage_spans("Use is [a|equal], so it is fair.")
    [(None, 'Use is '), ('a', 'equal'), (None, ', so it is fair.')]
    """
    pieces: list[tuple[str | None, str]] = []
    end = 0
    for found in _SPAN.finditer(passage):
        if found.start() > end:
            pieces.append((None, passage[end : found.start()]))
        pieces.append((found[1], found[2]))
        end = found.end()
    if end < len(passage):
        pieces.append((None, passage[end:]))
    return pieces


class _Check:
    """Check one question; every failure is one sentence with file, question and field."""

    def __init__(self, file: str, name: str, keyed: bool) -> None:
        self.file, self.name, self.keyed = file, name, keyed
        self.numbers: set[str] = set()
        self.settings: set[str] = set()
        self.sayable: set[str] = set()
        self.predict = False

    def fail(self, where: str, problem: str) -> BankError:
        return BankError(f'{self.file}: question "{self.name}", {where}: {problem}.')

    # -- the question as a whole -------------------------------------------------------------

    def question(self, fields: Mapping[str, Any]) -> None:
        kind = fields.get("type")
        if kind not in _TYPES:
            raise self.fail("type", f"{kind!r} is not one of {', '.join(_TYPES)}")
        self.predict = fields.get("predict", False)
        if self.predict not in (True, False):
            raise self.fail("predict", "it is true or left out")
        own, key = _TYPES[kind]
        self.known(fields, "the question", _COMMON | _COMMON_KEY | own | key, {"stem"})
        if not self.keyed:
            self.no_key(fields, "", _COMMON_KEY | key)
        self.versions(fields)
        for name, value in self.table(fields.get("numbers", {}), "numbers").items():
            self.number(value, f"numbers.{name}", names=False)
            if name in self.settings:
                raise self.fail(f"numbers.{name}", "`vary` sets something of the same name")
            self.numbers.add(name)  # a number may take off one that stands before it
        self.prose(fields, "stem")
        for name in ("outcome", "explain"):
            self.prose(fields, name, required=False)
        for place, hint in enumerate(self.items(fields, "hints", required=False), start=1):
            self.string(hint, f"hint {place}")
        again = self.table(fields.get("read_again", {}), "read_again")
        if again:
            self.known(again, "read_again", {"text", "anchor"}, {"text", "anchor"})
            self.prose(again, "text", "read_again.text")
            if not re.fullmatch(r"[\w-]+", str(again["anchor"])):
                raise self.fail("read_again.anchor", "it is a heading's anchor, without the #")
        feedback = self.table(fields.get("feedback", {}), "feedback")
        self.known(feedback, "feedback", _STATUSES, set())
        for name in feedback:
            self.prose(feedback, name, f"feedback.{name}")
        getattr(self, f"type_{kind}")(fields)

    def versions(self, fields: Mapping[str, Any]) -> None:
        """Check the settings of each version; the first is the one seen where no script runs."""
        self.prose(fields, "one_version", required=False)
        if "vary" not in fields:
            return
        if self.predict:
            raise self.fail("vary", "a prediction has one version, that of the chart it is about")
        if "one_version" in fields:
            raise self.fail("one_version", "`vary` gives it several; keep one of the two")
        rows = self.items(fields, "vary", at_least=2)
        for place, row in enumerate(rows, start=1):
            where = f"vary, version {place}"
            self.known(self.table(row, where), where, set(rows[0]), set(rows[0]))
            for name, value in row.items():
                if isinstance(value, bool) or not isinstance(value, str | int | float | list):
                    raise self.fail(f"{where}, {name}", "it is a text, a number or a list")
            if row in rows[: place - 1]:
                raise self.fail(where, "it is the same as an earlier one")
        self.settings = set(rows[0])
        self.sayable = {n for n in rows[0] if not any(isinstance(row[n], list) for row in rows)}

    # -- the eight types ---------------------------------------------------------------------

    def type_choice(self, fields: Mapping[str, Any]) -> None:
        self.options(fields, "options", exactly_one=True)
        if "because" in fields:
            if self.predict:
                raise self.fail("because", "a prediction asks for no reason")
            because = self.table(fields["because"], "because")
            self.known(because, "because", {"stem", "options"}, {"options"})
            self.prose(because, "stem", "because.stem", required=False)
            self.options(because, "because.options", exactly_one=True)

    def type_multi(self, fields: Mapping[str, Any]) -> None:
        self.options(fields, "options", extra={"missed"})

    def type_order(self, fields: Mapping[str, Any]) -> None:
        names = self.things(fields, "options", {"id", "text"}, at_least=2)
        if not self.keyed:
            return
        right = fields.get("right")
        if not isinstance(right, list) or sorted(map(str, right)) != sorted(names):
            raise self.fail("right", f"it lists every option once, in order: {', '.join(names)}")
        if right == names:
            raise self.fail("options", "they stand in the right order already; mix them")
        for place, slip in enumerate(self.items(fields, "slips", required=False), start=1):
            where = f"slip {place}"
            self.known(
                self.table(slip, where),
                where,
                {"first", "then", "feedback", "misconception"},
                {"first", "then", "feedback"},
            )
            for end in ("first", "then"):
                self.one_of(slip[end], names, f"{where}, {end}")
            if right.index(slip["first"]) <= right.index(slip["then"]):
                raise self.fail(where, "this order is right, so it is no slip")
            self.remarks(slip, where)

    def type_match(self, fields: Mapping[str, Any]) -> None:
        choices = self.things(fields, "choices", {"id", "text"}, at_least=2)
        names = self.things(fields, "items", {"id", "text", "right"}, at_least=2)
        if not self.keyed:
            return
        for item in fields["items"]:
            self.one_of(item.get("right"), choices, f'item "{item["id"]}", right')
        for place, slip in enumerate(self.items(fields, "slips", required=False), start=1):
            where = f"slip {place}"
            self.known(
                self.table(slip, where),
                where,
                {"item", "choice", "feedback", "misconception"},
                {"item", "choice", "feedback"},
            )
            self.one_of(slip["item"], names, f"{where}, item")
            self.one_of(slip["choice"], choices, f"{where}, choice")
            self.remarks(slip, where)

    def type_numeric(self, fields: Mapping[str, Any]) -> None:
        for name in ("unit", "label"):
            self.prose(fields, name, required=False)
        self.answer_number(fields, "")

    def type_table(self, fields: Mapping[str, Any]) -> None:
        self.prose(fields, "caption")
        columns = self.items(fields, "columns", at_least=2)
        for heading in columns:
            self.string(heading, "columns")
        self.things(fields, "rows", {"id", "label", "cells"}, words="label")
        asked = 0
        for row in fields["rows"]:
            where = f'row "{row["id"]}"'
            cells = self.items(row, "cells", where=where)
            if len(cells) != len(columns) - 1:
                raise self.fail(
                    where,
                    f"it has {len(cells)} cells where the heading has {len(columns) - 1} "
                    "after the first column",
                )
            seen: list[str] = []
            for cell in cells:
                if "text" in self.table(cell, where):
                    self.known(cell, where, {"text"}, set())
                    self.prose(cell, "text", f"{where}, text")
                    continue
                seen.append(self.cell(cell, where))
            if len(set(seen)) != len(seen):
                raise self.fail(where, "two of its cells have the same id")
            asked += len(seen)
        if not asked:
            raise self.fail("rows", "no cell asks for anything")

    def cell(self, cell: Mapping[str, Any], where: str) -> str:
        name = self.identity(cell, where)
        where = f'{where}, cell "{name}"'
        ask = cell.get("ask")
        if ask == "number":
            self.known(cell, where, {"id", "ask", "unit", *_NUMERIC[1]}, set())
            self.prose(cell, "unit", f"{where}, unit", required=False)
            self.answer_number(cell, f"{where}, ")
        elif ask == "choice":
            self.known(cell, where, {"id", "ask", "options"}, {"options"})
            self.options(cell, f"{where}, options", exactly_one=True)
        else:
            raise self.fail(f"{where}, ask", f'it is "number" or "choice", not {ask!r}')
        if not self.keyed:
            self.no_key(cell, f"{where}, ", _KEY_WITHIN)
        return name

    def type_mark(self, fields: Mapping[str, Any]) -> None:
        self.prose(fields, "passage")
        within = [name for name, _ in passage_spans(fields["passage"]) if name]
        allowed = {"id", "error", "feedback", "missed", "misconception"}
        names = self.things(fields, "spans", allowed, words=None)
        if sorted(within) != sorted(names):
            raise self.fail(
                "spans",
                f"they are {', '.join(names)}; the passage marks {', '.join(within) or 'none'}",
            )
        for span in fields["spans"]:
            self.remarks(span, f'span "{span["id"]}"', flag="error")
        if self.keyed and not any(span.get("error") for span in fields["spans"]):
            raise self.fail("spans", "none is an error; give one `error = true`")

    def type_chart(self, fields: Mapping[str, Any]) -> None:
        if "chart" not in fields:
            raise self.fail("chart", 'it is missing; give it as { call = "module:function" }')
        self.call(fields["chart"], "chart")
        ask = fields.get("ask")
        if ask == "choice":
            self.type_choice(fields)
        elif ask == "number":
            self.type_numeric(fields)
        else:
            raise self.fail("ask", f'it is "choice" or "number", not {ask!r}')

    # -- pieces ------------------------------------------------------------------------------

    def answer_number(self, fields: Mapping[str, Any], where: str) -> None:
        """Check the right value and the near misses of a number that is asked for."""
        if self.keyed and not self.predict and "value" not in fields:
            raise self.fail(f"{where}value", "it is missing")
        if self.predict and {"value", "tolerance"} & set(fields):
            raise self.fail(f"{where}value", "a prediction has no right value")
        if "value" in fields:
            self.number(fields["value"], f"{where}value")
            if self.settings and isinstance(fields["value"], int | float):
                raise self.fail(f"{where}value", "with `vary` it is called, not typed")
            self.tolerance(fields, where)
        for place, near in enumerate(self.items(fields, "near", required=False), start=1):
            here = f"{where}near {place}"
            allowed = {"value", "tolerance", "feedback", "misconception", "share"}
            self.known(self.table(near, here), here, allowed, {"value", "feedback"})
            self.number(near["value"], f"{here}, value")
            self.tolerance(near, f"{here}, ", default=fields.get("tolerance"))
            self.remarks(near, here)

    def tolerance(self, fields: Mapping[str, Any], where: str, default: Any = None) -> None:
        value = fields.get("tolerance", default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.fail(
                f"{where}tolerance",
                f"it is a number from 0 up, in the answer's unit, not {value!r}",
            )

    def options(
        self,
        fields: Mapping[str, Any],
        where: str,
        *,
        exactly_one: bool = False,
        extra: Iterable[str] = (),
    ) -> None:
        allowed = {"id", "text", "correct", "feedback", "misconception", "share", *extra}
        self.things(fields, "options", allowed, where=where, at_least=2)
        right = 0
        for option in fields["options"]:
            here = f'{where.removesuffix("s")} "{option["id"]}"'
            self.remarks(option, here, flag="correct")
            right += bool(option.get("correct"))
        if self.predict:
            if right:
                raise self.fail(where, "a prediction has no correct option")
            if silent := [o["id"] for o in fields["options"] if "feedback" not in o]:
                raise self.fail(where, f'"{silent[0]}" needs the feedback that answers it')
        elif self.keyed and exactly_one and right != 1:
            raise self.fail(where, f"{right or 'none'} of them are correct; exactly one must be")
        elif self.keyed and not right:
            raise self.fail(where, "none is correct; give at least one `correct = true`")

    def things(
        self,
        fields: Mapping[str, Any],
        name: str,
        allowed: set[str],
        *,
        where: str | None = None,
        words: str | None = "text",
        at_least: int = 1,
    ) -> list[str]:
        """Check a list of tables with ids, and return the ids."""
        where = where or name
        names: list[str] = []
        for thing in self.items(fields, name, where=where, at_least=at_least):
            here = f"{where} number {len(names) + 1}"
            names.append(self.identity(self.table(thing, here), here))
            here = f'{where} "{names[-1]}"'
            self.known(thing, here, allowed, {words} if words else set())
            if words:
                self.prose(thing, words, f"{here}, {words}")
            if not self.keyed:
                self.no_key(thing, f"{here}, ", _KEY_WITHIN)
        if len(set(names)) != len(names):
            raise self.fail(where, "two of them have the same id")
        return names

    def identity(self, thing: Mapping[str, Any], where: str) -> str:
        name = thing.get("id")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self.fail(where, f"it needs an id of small letters and digits, not {name!r}")
        return name

    def remarks(self, thing: Mapping[str, Any], where: str, flag: str | None = None) -> None:
        for name in ("feedback", "missed", "misconception"):
            self.prose(thing, name, f"{where}, {name}", required=False)
        if "misconception" in thing and not ({"feedback", "missed"} & set(thing)):
            raise self.fail(where, "a misconception needs the feedback that answers it")
        if flag and thing.get(flag, False) not in (True, False):
            raise self.fail(f"{where}, {flag}", "it is true or false")
        share = thing.get("share", 0)
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
            raise self.fail(f"{where}, share", f"it is from 0 to below 1, not {share!r}")

    def number(self, value: Any, where: str, *, names: bool = True) -> None:
        """Check a number: written, called, or named in the question's numbers."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return
        if isinstance(value, str) and names:
            return self.one_of(value, sorted(self.numbers), where)
        if isinstance(value, dict):
            if "less" in value:
                self.one_of(value["less"], sorted(self.numbers), f"{where}, less")
            return self.call(value, where, {"times", "less", "places"})
        raise self.fail(
            where,
            'it is a number, a name from [question.numbers] or { call = "module:function" }, '
            f"not {value!r}",
        )

    def call(self, value: Any, where: str, extra: Set[str] = frozenset()) -> None:
        self.known(self.table(value, where), where, {"call", "args", *extra}, {"call"})
        if not isinstance(value["call"], str) or not _CALL.fullmatch(value["call"]):
            raise self.fail(f"{where}, call", f'it is "module:function", not {value["call"]!r}')
        for name, given in self.table(value.get("args", {}), f"{where}, args").items():
            if isinstance(given, str) and (found := _SETTING.fullmatch(given)):
                self.one_of(found[1], sorted(self.settings), f"{where}, args.{name}")
        if not isinstance(value.get("places", 0), int):
            raise self.fail(f"{where}, places", "it is a whole number of decimals")
        if not isinstance(value.get("times", 1), int | float):
            raise self.fail(f"{where}, times", "it is a number")

    def prose(
        self, fields: Mapping[str, Any], name: str, where: str = "", *, required: bool = True
    ) -> None:
        if name in fields:
            self.string(fields[name], where or name)
        elif required:
            raise self.fail(where or name, "it is missing")

    def string(self, value: Any, where: str) -> None:
        if not isinstance(value, str) or not value.strip():
            raise self.fail(where, f"it is a text and not empty, not {value!r}")
        for unknown in sorted(text.placeholders(value) - self.numbers - self.sayable):
            raise self.fail(where, f"{{{unknown}}} is not in [question.numbers]")

    def table(self, value: Any, where: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.fail(where, f"it is a table, not {value!r}")
        return value

    def items(
        self,
        fields: Mapping[str, Any],
        name: str,
        *,
        where: str = "",
        required: bool = True,
        at_least: int = 1,
    ) -> list[Any]:
        value = fields.get(name, [])
        if not isinstance(value, list):
            raise self.fail(where or name, f"it is a list, not {value!r}")
        if required and len(value) < at_least:
            raise self.fail(where or name, f"it needs at least {at_least}, and has {len(value)}")
        return value

    def known(
        self, fields: Mapping[str, Any], where: str, allowed: set[str], required: set[str]
    ) -> None:
        for name in fields:
            if name not in allowed:
                raise self.fail(
                    where, f'it has no field "{name}"; it may have {", ".join(sorted(allowed))}'
                )
        for name in sorted(required - set(fields)):
            raise self.fail(where, f'the field "{name}" is missing')

    def one_of(self, value: Any, names: list[str], where: str) -> None:
        if value not in names:
            raise self.fail(where, f"{value!r} is not one of {', '.join(names) or 'none'}")

    def no_key(self, fields: Mapping[str, Any], where: str, names: set[str]) -> None:
        for name in fields:
            if name in names:
                raise self.fail(
                    f"{where}{name}",
                    "this bank goes to learners, so it holds no part of the key",
                )
