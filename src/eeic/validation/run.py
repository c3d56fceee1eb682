"""Finding the checks and the reference files, and counting the verdicts."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eeic.validation.cases import Case

Read = Callable[[str], pd.DataFrame]
Work = Callable[[Read], Iterable[Case]]


@dataclass(frozen=True)
class Check:
    """One function that judges our results against some files of one source.

    Attributes
    ----------
    source : str
        The folder of reference values, such as ``"metafor"``.
    files : tuple of str
        The files it reads, without ``.csv``; the first holds the expected values.
    method : str
        The method page it belongs to: the name of a file in ``book/reference/methods``.
    work : callable
        Takes a function that reads one of the files, and yields cases.
    """

    source: str
    files: tuple[str, ...]
    method: str
    work: Work

    @property
    def name(self) -> str:
        """Source and file of the expected values."""
        return f"{self.source}/{self.files[0]}"

    def run(self, folders: Iterable[Path]) -> list[Case] | None:
        """Judge every case, or return None where a file is not at hand.

        Parameters
        ----------
        folders : iterable of Path
            Where reference values may lie, one folder for each source in them.

        Returns
        -------
        list of Case or None
        """
        paths = {}
        for file in self.files:
            at_hand = [here / self.source / f"{file}.csv" for here in folders]
            path = next((path for path in at_hand if path.is_file()), None)
            if path is None:
                return None
            paths[file] = path
        return list(self.work(lambda file: pd.read_csv(paths[file])))


@dataclass(frozen=True)
class Report:
    """What a validation found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row for each check: method, reference, cases, agree, refused, differ.
    differing : list of str
        One line for each case that differs.
    absent : list of str
        Checks whose files are not at hand.
    """

    table: pd.DataFrame
    differing: list[str]
    absent: list[str]


_REGISTER: list[Check] = []


def check(source: str, *files: str, method: str) -> Callable[[Work], Work]:
    """Register a function as a check of some reference files.

    Parameters
    ----------
    source, *files, method : str
        As in `Check`.

    Returns
    -------
    callable
        A decorator that leaves the function as it is.
    """

    def register(work: Work) -> Work:
        _REGISTER.append(Check(source, files, method, work))
        return work

    return register


def gather() -> list[Check]:
    """Return every check that stands in `eeic.validation.checks`.

    Returns
    -------
    list of Check
        By source and file.
    """
    from eeic.validation import checks

    for module in pkgutil.iter_modules(checks.__path__):
        importlib.import_module(f"{checks.__name__}.{module.name}")
    return sorted(_REGISTER, key=lambda one: (one.name, one.method))


def folders(given: Path | None = None) -> list[Path]:
    """Return the folders of reference values on this machine.

    Parameters
    ----------
    given : Path, optional
        A folder to look in besides the course's own.

    Returns
    -------
    list of Path
        ``tests/reference`` of the checkout; then the folder given, or the ``reference`` folder
        of what EEIC_SHARED names, or of ``shared`` beside the checkout. It holds values that
        may be read but not copied into the course.
    """
    root = Path(__file__).parents[3]
    shared = Path(os.environ.get("EEIC_SHARED") or root.parent / "shared")
    wanted = (root / "tests/reference", given or shared / "reference")
    return [folder for folder in wanted if folder.is_dir()]


def validate(where: Iterable[Path] | None = None) -> Report:
    """Run every check.

    Parameters
    ----------
    where : iterable of Path, optional
        The folders of reference values; by default `folders`.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If no reference values are at hand: they come with a checkout of the course.
    """
    where = list(folders() if where is None else where)
    rows, differing, absent = [], [], []
    for one in gather():
        cases = one.run(where)
        if cases is None:
            absent.append(one.name)
            continue
        rows.append(_row(one, cases))
        differing += [f"{one.name}, {case.name}: {case.detail}" for case in _with(cases, "differs")]
    if not rows:
        raise ValueError(
            "No reference values are at hand: run this from a checkout of the course, which has "
            "them in tests/reference."
        )
    return Report(pd.DataFrame(rows), differing, absent)


def _row(one: Check, cases: list[Case]) -> dict[str, str | int]:
    return {
        "method": one.method,
        "reference": one.name,
        "cases": len(cases),
        "agree": len(list(_with(cases, "agrees"))),
        "refused": len(list(_with(cases, "refused rightly"))),
        "differ": len(list(_with(cases, "differs"))),
    }


def _with(cases: Iterable[Case], outcome: str) -> Iterator[Case]:
    return (case for case in cases if case.outcome == outcome)
