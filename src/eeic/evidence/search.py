"""Searching records, and keeping the log of a search.

Words are found by SQLite's full-text index in memory; which records a whole line finds is then
a matter of sets, worked out here, so that AND, OR and NOT mean exactly what they say.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field

import pandas as pd

from eeic.evidence.query import (
    ANYWHERE,
    FIELDS,
    And,
    Line,
    Node,
    Not,
    Or,
    QueryError,
    Text,
    Years,
    leaves,
    mixed,
    parse,
)


class SearchUnavailable(RuntimeError):
    """There is no full-text index to search with in this Python."""


@dataclass(frozen=True)
class Result:
    """What a line of a search found.

    Attributes
    ----------
    query : str
        The line as it was understood.
    ids : tuple of str
        Ids of the records, in the order of the library.
    parts : dict of int
        Each word, phrase, span of years or earlier line of the query -> how many records it finds
        by itself.
    notes : tuple of str
        What the searcher should know: for instance that AND was done before OR.
    records : DataFrame
        The records found.
    """

    query: str
    ids: tuple[str, ...]
    parts: dict[str, int]
    notes: tuple[str, ...]
    records: pd.DataFrame = field(repr=False)

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.ids)


class Library:
    """Records with an index. Build it once and search it often.

    Parameters
    ----------
    records : DataFrame
        Records with ``record_id`` and any of the columns that can be searched: dataset L11, or
        your own.

    Raises
    ------
    ValueError
        If there is no column record_id, two records share an id, or nothing can be searched.
    SearchUnavailable
        If this Python's SQLite has no full-text search (FTS5).

    Examples
    --------
    >>> library = Library(
    ...     pd.DataFrame({"record_id": ["a", "b"], "title": ["Text reminders", "Interpreters"]})
    ... )
    >>> library.search("remind*").ids
    ('a',)
    """

    def __init__(self, records: pd.DataFrame) -> None:
        if "record_id" not in records:
            raise ValueError("The records have no column record_id.")
        ids = records["record_id"].astype(str)
        if ids.duplicated().any():
            raise ValueError(f"The record {ids[ids.duplicated()].iloc[0]} stands there twice.")
        wanted = {column for columns in FIELDS.values() for column in columns}
        self._columns = [name for name in records if name in wanted and name != "year"]
        if not self._columns:
            raise ValueError(f"The records have none of {', '.join(sorted(wanted))} to search in.")
        self.records = records.reset_index(drop=True)
        self._ids = ids.tolist()
        self._all = frozenset(range(len(ids)))
        self._index = self._indexed()
        self._found: dict[Text | Years, frozenset[int]] = {}

    def _indexed(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        columns = ", ".join(self._columns)
        try:
            # Accents do not matter to a searcher, and hyphens part words.
            connection.execute(
                f"CREATE VIRTUAL TABLE words USING fts5"
                f'({columns}, tokenize = "unicode61 remove_diacritics 2")'
            )
        except sqlite3.OperationalError as error:
            raise SearchUnavailable(
                "Searching needs SQLite with its full-text index FTS5, which this Python was built "
                f"without ({error}); the Python of python.org and conda has it."
            ) from None
        marks = ", ".join("?" * (len(self._columns) + 1))
        texts = self.records[self._columns].astype(object)
        texts = texts.where(texts.notna(), "")
        connection.executemany(
            f"INSERT INTO words(rowid, {columns}) VALUES ({marks})",
            [(number, *map(str, row)) for number, row in enumerate(texts.to_numpy().tolist())],
        )
        return connection

    def search(self, query: str, history: History | None = None) -> Result:
        """Search.

        Parameters
        ----------
        query : str
            One line; `eeic.evidence.query` describes the language.
        history : History, optional
            The log whose lines ``#1``, ``#2`` … mean.

        Returns
        -------
        Result

        Raises
        ------
        QueryError
            If the line cannot be read, looks in a column that the records do not have, or names
            a line of the history that is not there.
        """
        node = parse(query)
        for one in leaves(node):
            self._check(one, query, history)
        found = self._find(node, history)
        parts = {str(one): len(self._find(one, history)) for one in leaves(node)}
        notes = []
        if mixed(query):
            notes.append("AND was done before OR; put brackets around what belongs together.")
        nothing = [name for name, count in parts.items() if count == 0]
        if nothing:
            notes.append(f"Nothing has {', '.join(nothing)}; check the spelling.")
        rows = sorted(found)
        return Result(
            str(node),
            tuple(self._ids[row] for row in rows),
            parts,
            tuple(notes),
            self.records.iloc[rows].reset_index(drop=True),
        )

    def _check(self, one: Text | Years | Line, query: str, history: History | None) -> None:
        if isinstance(one, Line):
            lines = len(history) if history is not None else 0
            if not 1 <= one.number <= lines:
                has = f"it has {lines}" if lines else "there are none yet"
                raise QueryError(
                    f"There is no line {one} in the search history; {has}.",
                    query,
                    max(query.find(str(one)), 0),
                )
        elif isinstance(one, Years) and "year" not in self.records:
            raise QueryError("These records have no column year.", query, 0)
        elif isinstance(one, Text) and not self._where(one):
            raise QueryError(
                f"These records have no column {' or '.join(FIELDS.get(one.field, ANYWHERE))}.",
                query,
                max(query.find(one.words), 0),
            )
        if isinstance(one, Text) and one.field == "exp":
            from eeic.world.library import subjects

            if one.words.lower() not in {term.lower() for term in subjects()}:
                raise QueryError(
                    f"{one.words!r} is not a subject term of the list, so it has nothing below it.",
                    query,
                    max(query.find(one.words), 0),
                )

    def _where(self, text: Text) -> list[str]:
        wanted = FIELDS["su"] if text.field == "exp" else FIELDS.get(text.field, ANYWHERE)
        return [name for name in wanted if name in self._columns]

    def _find(self, node: Node, history: History | None) -> frozenset[int]:
        match node:
            case And(parts):
                return frozenset.intersection(*(self._find(part, history) for part in parts))
            case Or(parts):
                return frozenset.union(*(self._find(part, history) for part in parts))
            case Not(part):
                return self._all - self._find(part, history)
            case Line(number):
                assert history is not None  # checked before
                return history.rows(number)
            case Text() | Years():
                if node not in self._found:
                    self._found[node] = self._look_up(node)
                return self._found[node]

    def _look_up(self, leaf: Text | Years) -> frozenset[int]:
        if isinstance(leaf, Years):
            year = pd.to_numeric(self.records["year"])
            return frozenset(self.records.index[year.between(leaf.first, leaf.last)].tolist())
        asked = [leaf.words]
        if leaf.field == "exp":
            from eeic.world.library import narrower, subjects

            exact = {term.lower(): term for term in subjects()}
            asked = narrower(exact[leaf.words.lower()])
        columns = " ".join(self._where(leaf))
        found: set[int] = set()
        for words in asked:
            quoted = words.replace('"', '""')
            match = f'{{{columns}}} : "{quoted}"{" *" if leaf.beginning else ""}'
            rows = self._index.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,))
            found.update(row for (row,) in rows)
        return frozenset(found)


def search(query: str, records: pd.DataFrame | Library, history: History | None = None) -> Result:
    """Search records with one line.

    Parameters
    ----------
    query : str
        The line: words, ``"phrases"``, ``begin*``, AND, OR, NOT, brackets, field prefixes
        (``ti: ab: tiab: su: kw: au: so: in: de: se: yr:2024-2031``, also in words), ``exp:"Subject
        term"`` for a subject term with all narrower ones, and ``#1`` for an earlier line.
    records : DataFrame or Library
        The records; a `Library` saves making the index again.
    history : History, optional
        The log that ``#1`` refers to.

    Returns
    -------
    Result

    Raises
    ------
    QueryError
        If the line cannot be read: it says what is wrong and where.

    Examples
    --------
    >>> records = pd.DataFrame(
    ...     {
    ...         "record_id": ["R1", "R2", "R3"],
    ...         "title": ["Text reminders in diabetes care", "Interpreters", "Diabetic eye checks"],
    ...         "abstract": ["Letters and SMS", "Care of people with diabetes", "A cohort"],
    ...         "year": [2019, 2031, 2033],
    ...     }
    ... )
    >>> search("diabet* NOT ti:reminder*", records).ids
    ('R2', 'R3')
    >>> found = search("yr:2030-2036 AND (interpreter* OR cohort)", records)
    >>> found.count, found.parts
    (2, {'yr:2030-2036': 2, 'interpreter*': 1, 'cohort': 1})
    """
    library = records if isinstance(records, Library) else Library(records)
    return library.search(query, history)


class History:
    """A search log: lines that were run, how many records each found, and why it was run.

    Parameters
    ----------
    records : DataFrame or Library
        What is searched.

    Examples
    --------
    >>> records = pd.DataFrame({"record_id": ["a", "b"], "title": ["SMS trial", "Letter trial"]})
    >>> log = History(records)
    >>> log.add("sms OR text", reason="the programme").count
    1
    >>> log.add("#1 AND trial").count
    1
    >>> log.table()
       line         search  found         reason
    0     1    sms OR text      1  the programme
    1     2   #1 AND trial      1
    """

    def __init__(self, records: pd.DataFrame | Library) -> None:
        self.library = records if isinstance(records, Library) else Library(records)
        self._results: list[Result] = []
        self._reasons: list[str] = []
        self._rows: list[frozenset[int]] = []

    def __len__(self) -> int:
        return len(self._results)

    def __getitem__(self, number: int) -> Result:
        """Return the result of a line, counted from 1."""
        if not 1 <= number <= len(self):
            raise IndexError(f"The search history has {len(self)} lines, counted from 1.")
        return self._results[number - 1]

    def add(self, query: str, reason: str = "") -> Result:
        """Run a line and write it into the log.

        Parameters
        ----------
        query : str
            The line; ``#1`` stands for the first one.
        reason : str
            Why, for whoever reads the log.

        Returns
        -------
        Result

        Raises
        ------
        QueryError
            If the line cannot be read; nothing is written then.
        """
        result = self.library.search(query, self)
        place = {name: row for row, name in enumerate(self.library._ids)}
        self._results.append(result)
        self._reasons.append(re.sub(r"\s+", " ", reason).strip())
        self._rows.append(frozenset(place[name] for name in result.ids))
        return result

    def rows(self, number: int) -> frozenset[int]:
        """Return the positions of the records that a line found.

        Parameters
        ----------
        number : int
            The line, from 1.

        Returns
        -------
        frozenset of int
        """
        return self._rows[number - 1]

    def table(self) -> pd.DataFrame:
        """Return the log.

        Returns
        -------
        DataFrame
            line, search, found, reason.
        """
        return pd.DataFrame(
            {
                "line": range(1, len(self) + 1),
                "search": [one.query for one in self._results],
                "found": [one.count for one in self._results],
                "reason": self._reasons,
            }
        )
