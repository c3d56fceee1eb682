"""Turning whatever a learner hands in into plain Python, before anything is compared.

An answer comes out of a learner's own notebook, so it may be anything: text with a percent
sign, a numpy number, a one-row table, or an object whose ``==`` always says yes. Everything is
brought down to exact built-in types first; what can't be is refused with a sentence.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any


class Unreadable(ValueError):
    """An answer that cannot be read as what the question asks for; the text says why."""


#: No answer is longer or deeper than this; more is a mistake, not an answer.
_LONGEST = 10_000
_DEEPEST = 6


def plain(value: Any, _depth: int = 0) -> Any:
    """Return the answer made of None, bool, int, float, str, list and dict only.

    Parameters
    ----------
    value : Any
        What the learner's cell holds.

    Returns
    -------
    Any
        The same answer in exact built-in types; None where there is no answer (``None``,
        ``...``, empty text).

    Raises
    ------
    Unreadable
        If the answer is of another kind; the message is written for the learner.

    Notes
    -----
    Types are compared with ``type(x) is``, not ``isinstance``: a subclass of float may answer
    every comparison with True.

    Examples
    --------
    >>> plain("  7.3% ")
    '7.3%'
    >>> plain(...) is None
    True
    """
    kind = type(value)
    if kind is Unreadable:  # found to be so where the learner's code ran
        raise value
    if value is None or value is Ellipsis:
        return None
    if kind in (bool, int, float):
        return value
    if kind in (Decimal, Fraction):
        return float(value)
    if kind is str:
        if len(value) > _LONGEST:
            raise Unreadable("Your answer is far longer than an answer to this question can be.")
        return value.strip() or None
    if kind in (list, tuple, set, frozenset, dict):
        if _depth >= _DEEPEST or len(value) > _LONGEST:
            raise Unreadable("Your answer is far longer than an answer to this question can be.")
        if kind is dict:
            return {str(plain(k, _depth + 1)): plain(v, _depth + 1) for k, v in value.items()}
        parts = [plain(part, _depth + 1) for part in value]
        return sorted(parts, key=repr) if kind in (set, frozenset) else parts
    scalar = _array_scalar(value)
    if scalar is not None:
        return plain(scalar, _depth + 1)
    raise Unreadable(f"Your answer is {_describe(value)}; give a number or a piece of text.")


def _array_scalar(value: Any) -> Any:
    """Return the one value inside a numpy scalar, or a one-element array, Series or table."""
    try:  # numpy and pandas may be absent in the browser lab: then no such answer exists
        import numpy as np
        import pandas as pd
    except ImportError:
        return None
    if type(value) in set(np.sctypeDict.values()):
        return value.item()
    if type(value) in (np.ndarray, pd.Series, pd.DataFrame) and value.size == 1:
        return np.asarray(value).ravel()[0]
    return None


def _describe(value: Any) -> str:
    """Say what kind of thing an answer is, in words a learner knows."""
    kind = type(value)
    known = {
        type(print): "a function (did you forget the brackets that call it?)",
        type(plain): "a function (did you forget the brackets that call it?)",
        complex: "a complex number (a square root of a negative number, perhaps)",
    }
    if kind in known:
        return known[kind]
    if kind.__name__ in ("Series", "DataFrame", "ndarray"):
        return "a table with more than one value"
    return f"a {kind.__name__}"
