"""Other parameters than the course's own: a file of changes, each checked before it is believed.

A file of changes has the shape of ``data/parameters.json`` and holds only what differs. What each
number may be stands in ``data/ranges.json``: a pattern for its name, the lowest and the highest
value; the first pattern that fits counts.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

#: Lists that are read as the steps of a curve or of bands, so they must ascend.
_ASCENDING = ("*.ages", "*.arrival_age", "*.arrived_by_age")


class BadParameter(ValueError):
    """A file of changes says something that no world can be told."""


def read(path: Path) -> str:
    """Read a file of changes to the parameters, and check it.

    Parameters
    ----------
    path : Path
        A JSON file in the shape of ``parameters.json`` with only what differs.

    Returns
    -------
    str
        What really differs, as JSON: for `eeic.world.systems.load`. Empty if nothing does.

    Raises
    ------
    BadParameter
        If the file is no JSON, or names what does not exist, or a value has the wrong kind or is
        outside its range. The message says the file, the name, the value and what is allowed.
    """
    try:
        changes = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise BadParameter(f"{path} cannot be read as JSON: {error}.") from None
    try:
        return checked(changes)
    except BadParameter as error:
        raise BadParameter(f"{path}: {error}") from None


def checked(changes: Any) -> str:
    """Check changes to the parameters.

    Parameters
    ----------
    changes : dict
        As in the file.

    Returns
    -------
    str
        What really differs, as JSON; empty if nothing does.

    Raises
    ------
    BadParameter
        As in `read`.

    Examples
    --------
    >>> checked({"recording": {"not_stated": 0.05}})
    '{"recording": {"not_stated": 0.05}}'
    >>> checked({"recording": {"not_started": 0.05}})
    Traceback (most recent call last):
    ...
    eeic.world.overlay.BadParameter: there is no parameter 'recording.not_started'; did you mean
    'recording.not_stated'?
    """
    different = _different(changes, shipped(), "")
    return json.dumps(different, sort_keys=True, ensure_ascii=False) if different else ""


def merged(changes: str) -> dict[str, Any]:
    """Return all parameters, the course's own with these changes.

    Parameters
    ----------
    changes : str
        From `checked`.

    Returns
    -------
    dict
    """
    return _merged(json.loads(json.dumps(shipped())), json.loads(changes or "{}"))


def bounds(name: str, value: float) -> tuple[float, float]:
    """Return the lowest and the highest value that a parameter may have.

    Parameters
    ----------
    name : str
        Its name, sections and all: ``"recording.not_stated"``.
    value : float
        What it is in the course's own worlds.

    Returns
    -------
    tuple of float
        From ``ranges.json``; for a name that is not there, 0 to 1 if that is where the value lies,
        else ten times as far from 0 as it is on either side.
    """
    for pattern, low, high in _ranges():
        if fnmatchcase(name, pattern):
            return low, high
    return (0, 1) if 0 <= value <= 1 else (-10 * abs(value), 10 * abs(value))


@cache
def shipped() -> dict[str, Any]:
    """Return the course's own parameters. Treat them as read-only.

    Returns
    -------
    dict
        Content of ``parameters.json``.
    """
    return json.loads((files(__package__) / "data" / "parameters.json").read_text("utf-8"))


@cache
def _ranges() -> list[tuple[str, float, float]]:
    text = (files(__package__) / "data" / "ranges.json").read_text("utf-8")
    return [(one["name"], one["lowest"], one["highest"]) for one in json.loads(text)["ranges"]]


def _different(new: Any, old: Any, name: str) -> Any:
    """Return what of `new` differs from `old`, everything checked; None if nothing does."""
    match old:
        case dict():
            if not isinstance(new, dict):
                whole = "the file" if not name else f"{name!r}"
                raise BadParameter(f"{whole} must be an object of names and values, not {new!r}.")
            found = {}
            for key, value in new.items():
                inner = f"{name}.{key}" if name else key
                if key not in old:
                    near = get_close_matches(key, list(old), n=1, cutoff=0.5)
                    full = near and (f"{name}.{near[0]}" if name else near[0])
                    hint = f"did you mean {full!r}?" if full else f"there are {', '.join(old)}."
                    raise BadParameter(f"there is no parameter {inner!r}; {hint}")
                changed = _different(value, old[key], inner)
                if changed is not None:
                    found[key] = changed
            return found or None
        case list():
            if not isinstance(new, list) or len(new) != len(old):
                raise BadParameter(f"{name!r} must be a list of {len(old)} values, not {new!r}.")
            for place, (one, was) in enumerate(zip(new, old, strict=True), 1):
                _different(one, was, f"{name}[{place}]")
            if any(fnmatchcase(name, pattern) for pattern in _ASCENDING) and new != sorted(new):
                raise BadParameter(f"{name!r} must ascend, not be {new!r}.")
            return None if new == old else new
        case str():
            if not isinstance(new, str):
                raise BadParameter(f"{name!r} must be text, not {new!r}.")
            if name == "version" and new != old:
                raise BadParameter(f"'version' belongs to the course and stays {old!r}.")
            return None if new == old else new
    if isinstance(old, bool) or old is None:
        if type(new) is not type(old):
            what = "true or false" if isinstance(old, bool) else "null"
            raise BadParameter(f"{name!r} must be {what}, not {new!r}.")
        return None if new == old else new
    if isinstance(new, bool) or not isinstance(new, int | float):
        raise BadParameter(f"{name!r} must be a number, not {new!r}.")
    low, high = bounds(name, old)
    # Written so that not-a-number is refused too.
    if not low <= new <= high:
        raise BadParameter(f"{name!r} must be from {low:g} to {high:g}, not {new!r}.")
    if _counts(name) and isinstance(old, int) and new != int(new):
        raise BadParameter(f"{name!r} must be a whole number, not {new!r}.")
    return None if new == old else new


def _counts(name: str) -> bool:
    """Tell whether a parameter counts something, such as years or days."""
    return any(
        fnmatchcase(name, pattern) for pattern in ("*_years", "*_from", "*_day", "*.ages[[]*")
    )


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict):
        return old | {key: _merged(old[key], value) for key, value in new.items()}
    return new
