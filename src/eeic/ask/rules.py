"""The rules by which an answer is judged.

``static/ask.mjs`` holds the same rules for the page; a test runs both on the same answers.
Change one, change the other.

========  ==========================================  =====================================
Part      Counts as an answer                         Share of the part
========  ==========================================  =====================================
one       the id of an option                         the option's share (1 when correct)
set       a list with at least one known id           (right ones - wrong ones) / all that
                                                      are right, not below 0
order     a list with every id once                   neighbours of the right order that
                                                      are in the right order / all of them
number    a number, or text that reads as one         1 inside the tolerance, a near miss's
                                                      own share, else 0
========  ==========================================  =====================================

A question's share is the mean over its parts, an empty part counting 0. Its status: *not tried*
when no part is answered; *noted* for a prediction; *correct* at 1; *not yet* at 0; else *partly*.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_TRIED, NOT_YET, PARTLY, CORRECT, NOTED = "not tried", "not yet", "partly", "correct", "noted"

#: The zeros of the scripts whose digits are read besides 0-9: Arabic-Indic, Persian and Urdu,
#: Devanagari, Bengali, Gurmukhi, Gujarati, Tamil and full-width.
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xBE6, 0xFF10)
_SIGNS = {
    **{0x2212: "-", 0x2013: "-", 0xFE63: "-", 0xFF0D: "-"},
    **{0x66B: ".", 0x66C: ",", 0xFF0E: ".", 0xFF0C: ",", 0x66A: "%", 0xFF05: "%"},
}
_SAME = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)} | _SIGNS
_SPACE = re.compile("[\t\n\r \u00a0\u2000-\u200b\u202f\u2060\u3000\ufeff]")
_NUMBER = re.compile(r"£?([+-]?)£?([0-9.,]+)(.*)", re.DOTALL)
_PLAIN = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+")
_PERCENT = ("%", "percent")


@dataclass(frozen=True)
class Outcome:
    """What an answer came to.

    Parameters
    ----------
    status : str
        "not tried", "not yet", "partly", "correct" or "noted" (a prediction).
    share : float
        From 0 to 1; 0 for a prediction, which is never right or wrong.
    feedback : str
        Plain sentences, one thought per line.
    misconception : str or None
        The name of the first misconception the answer shows.
    parts : dict of str to float
        The share of each part, by its name.
    """

    status: str
    share: float
    feedback: str
    misconception: str | None = None
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """What one part's answer came to; a share of None means there is no answer."""

    share: float | None
    remarks: tuple[Mapping[str, Any], ...] = ()
    lines: tuple[str, ...] = ()


def judge_sheet(sheet: Mapping[str, Any], answer: Any) -> Outcome:
    """Judge an answer by a question's sheet.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.sheet.compile_sheet` made of a question with its key.
    answer : object
        The answer: an id, a list of ids, a number or its text; or, when the question has
        several parts, a dict of these by the name of the part. Anything else counts as no
        answer.

    Returns
    -------
    Outcome
        Status, share, feedback and misconception.

    Raises
    ------
    ValueError
        The question came without its key.
    """
    if not sheet["keyed"]:
        raise ValueError(
            f'Question "{sheet["id"]}" came without its key; join them with ask.with_key first.'
        )
    parts, say = sheet["parts"], sheet["say"]
    if len(parts) == 1:
        given: Mapping[str, Any] = {parts[0]["name"]: answer}
    else:
        given = answer if isinstance(answer, Mapping) else {}
    found = [_KINDS[part["kind"]](part, given.get(part["name"]), say) for part in parts]
    unreadable = [line for one in found if one.share is None for line in one.lines]
    if all(one.share is None for one in found):
        return Outcome(NOT_TRIED, 0.0, (unreadable or [say["empty"]])[0])

    shares = [one.share or 0.0 for one in found]
    share = sum(shares) / len(shares)
    status = CORRECT if share == 1 else PARTLY if share > 0 else NOT_YET
    if sheet["predict"]:
        share, status = 0.0, NOTED
    lines: list[str] = []
    if "count" in say and status == PARTLY:
        right = sum(one == 1 for one in shares)
        lines.append(say["count"].replace("{right}", str(right)).replace("{all}", str(len(found))))
    again: list[str] = []
    missing: list[str] = []
    for part, one in zip(parts, found, strict=True):
        lead = f"“{part['label']}”: " if "count" in say else ""
        said = [r["feedback"] for r in one.remarks if "feedback" in r] + list(one.lines)
        lines += [lead + line for line in said]
        if one.share is None and not one.lines:
            missing.append(f"“{part['label']}”")
        elif one.share != 1 and not said and lead:
            again.append(f"“{part['label']}”")
    if again and status == PARTLY:
        lines.append(say["again"].replace("{labels}", ", ".join(again)))
    if missing:
        lines.append(say["missing"].replace("{labels}", ", ".join(missing)))
    if status in say["own"]:
        lines.append(say["own"][status])
    slips = [
        remark["misconception"]
        for one in found
        if one.share != 1 and not sheet["predict"]
        for remark in one.remarks
        if "misconception" in remark
    ]
    return Outcome(
        status,
        share,
        "\n".join(lines or [say["bare"][status]]),
        slips[0] if slips else None,
        {part["name"]: one for part, one in zip(parts, shares, strict=True)},
    )


def _one(part: Mapping[str, Any], answer: Any, say: Mapping[str, Any]) -> _Part:
    if not isinstance(answer, str) or answer not in part["key"]:
        return _Part(None)
    key = part["key"][answer]
    return _Part(key["share"], (key,))


def _set(part: Mapping[str, Any], answer: Any, say: Mapping[str, Any]) -> _Part:
    if not isinstance(answer, list):
        return _Part(None)
    key = part["key"]
    chosen = [name for name in key if name in answer]
    if not chosen:
        return _Part(None)
    right = [name for name in key if key[name]["right"]]
    wrong = [key[name] for name in chosen if not key[name]["right"]]
    missed = [key[name] for name in right if name not in chosen]
    hits = len(right) - len(missed)
    lines = [one["missed"] for one in missed if "missed" in one]
    if len(lines) < len(missed):
        lines.append(say["more"])
    return _Part(max(0, hits - len(wrong)) / len(right), tuple(wrong), tuple(lines))


def _order(part: Mapping[str, Any], answer: Any, say: Mapping[str, Any]) -> _Part:
    right = part["key"]["right"]
    if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
        return _Part(None)
    if sorted(answer) != sorted(right):
        return _Part(None)
    place = {name: index for index, name in enumerate(answer)}
    kept = [place[a] < place[b] for a, b in itertools.pairwise(right)]
    slips = [s for s in part["key"]["slips"] if place[s["first"]] < place[s["then"]]]
    return _Part(sum(kept) / len(kept), tuple(slips))


def _number(part: Mapping[str, Any], answer: Any, say: Mapping[str, Any]) -> _Part:
    if answer is None or (isinstance(answer, str) and not _SPACE.sub("", answer)):
        return _Part(None)
    value = parse_number(answer, part["unit"])
    if value is None:
        return _Part(None, lines=(part["unreadable"],))
    key = part["key"]
    if "low" in key and key["low"] <= value <= key["high"]:
        return _Part(1.0)
    for near in key["near"]:
        if near["low"] <= value <= near["high"]:
            return _Part(near["share"], (near,))
    return _Part(0.0)


_KINDS = {"one": _one, "set": _set, "order": _order, "number": _number}


def parse_number(answer: Any, unit: str = "") -> float | None:
    """Read a number as people write it.

    Parameters
    ----------
    answer : object
        A number, or text: spaces, thousands commas, a decimal comma, a pound sign, the unit
        after it, minus signs and digits of several scripts are understood.
    unit : str
        The unit that may follow. A percent sign may follow where the unit is "%" or empty.

    Returns
    -------
    float or None
        The number, or None where the text is not one number.

    Notes
    -----
    A comma before exactly three digits separates thousands ("1,250"); before any other number
    of digits, or after a leading 0, it is a decimal comma ("12,5", "0,125").

    Examples
    --------
    >>> parse_number(" 1,250 per 1,000 ", "per 1,000"), parse_number("12,5 %"), parse_number("x")
    (1250.0, 12.5, None)
    """
    if isinstance(answer, bool):
        return None
    if isinstance(answer, int | float):
        return float(answer) if abs(answer) < 1e60 else None
    if not isinstance(answer, str) or len(answer) > 60:
        return None
    found = _NUMBER.fullmatch(_tidy(answer))
    if not found:
        return None
    sign, digits, rest = found.groups()
    wanted = _tidy(unit).replace(",", "")
    allowed = {"", wanted, *(_PERCENT if wanted in ("", *_PERCENT) else ())}
    if rest.replace(",", "") not in allowed:
        return None
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif not _PLAIN.fullmatch(digits):
        return None
    return float(sign + digits)


def _tidy(words: str) -> str:
    """Take out spaces and put digits and signs in one form."""
    plain = _SPACE.sub("", words).translate(_SAME)
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in plain)
