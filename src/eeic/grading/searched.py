"""A search line that the learner writes, judged by running it in the class's own library.

Nothing of the learner's is executed: the line is read by `eeic.evidence`, which looks words up.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eeic.grading.answers import Unreadable, plain
from eeic.grading.items import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from eeic.evidence import Library

#: No line that a person writes is longer.
_LONGEST = 2_000

_WIDE = "too wide to read"
_HINTS = {
    "subject terms only": "It asks for subject terms, and theses, reports and registers have none: "
    "look for words in titles and abstracts too.",
    "one idea too many": "It asks for a kind of study, a date or a place that the question does "
    "not ask for; every such condition loses studies.",
    "too few names": "Read the titles that it finds, and look for what else writers call the same "
    "thing; join the names with OR.",
}


@dataclass(frozen=True)
class Searched:
    """A line that should find most of what answers a question, without finding everything.

    Parameters
    ----------
    records : DataFrame
        The class's library.
    relevant : tuple of str
        Ids of the records that answer the question.
    start : str
        The line that learners are given to improve.
    reference : str
        A line that does it.
    target : float
        The recall that earns all the points.
    most : float
        The greatest number of records read for each one that answers that still does.

    Examples
    --------
    >>> import pandas as pd
    >>> titles = ["Group education", "Group sessions", "Education", "Letters", "Letters and kits"]
    >>> item = Searched(
    ...     pd.DataFrame({"record_id": list("abcde"), "title": titles}),
    ...     relevant=("a", "b", "c"),
    ...     start='"group education"',
    ...     reference="group OR education",
    ...     most=1.5,
    ... )
    >>> item.judge("group OR education").share, item.judge("group OR education OR letters").share
    (1.0, 0.5)
    """

    records: "pd.DataFrame"
    relevant: tuple[str, ...]
    start: str
    reference: str
    target: float = 0.9
    most: float = 2.5

    @cached_property
    def library(self) -> "Library":
        """The library with its index."""
        from eeic.evidence import Library

        return Library(self.records)

    def asks(self) -> "list[pd.DataFrame]":
        """Return nothing: no function is called."""
        return []

    def judge(self, answer: Any) -> Verdict:
        """Judge a learner's line; never raises on one."""
        from eeic.evidence import QueryError

        try:
            line = plain(answer)
        except Unreadable as problem:
            return Verdict(0.0, str(problem), "unreadable")
        if line is None:
            return Verdict(0.0, "", "no answer")
        if type(line) is not str or len(line) > _LONGEST:
            return Verdict(
                0.0,
                f"A search line is text between quotation marks, of at most {_LONGEST:,} letters.",
                "unreadable",
            )
        try:
            found, hit = self._score(line)
        except QueryError as problem:
            return Verdict(
                0.0,
                f"The line cannot be read: {problem.problem} (character {problem.at + 1})",
                "unreadable",
            )
        return self._verdict(line, found, hit)

    def recall(self, answer: Any) -> list[str]:
        """Return nothing: the line itself is in the notebook."""
        return []

    def faults(self) -> list[str]:
        """Say why this class's library cannot carry the item."""
        found, hit = self._score(self.reference)
        _, at_first = self._score(self.start)
        wrong = []
        if hit < self.target * len(self.relevant) or found > self.most * hit:
            wrong.append(f"the line {self.reference} is not good enough here")
        if at_first > (self.target - 0.15) * len(self.relevant):
            wrong.append(f"the line to be improved, {self.start}, is nearly good enough already")
        return wrong

    def _score(self, line: str) -> tuple[int, int]:
        ids = set(self.library.search(line).ids)
        return len(ids), len(ids & set(self.relevant))

    def _verdict(self, line: str, found: int, hit: int) -> Verdict:
        there = len(self.relevant)
        _, at_first = self._score(self.start)
        said = (
            f"It finds {found} {'record' if found == 1 else 'records'}, and {hit} of the {there} "
            "that answer."
        )
        if hit >= self.target * there:
            if found <= self.most * hit:
                return Verdict(1.0, f"{said} Nine in ten or more, and not much more to read.")
            return Verdict(
                0.5,
                f"{said} Enough is found, and you would read {found / hit:.1f} records for each "
                f"one that answers; aim for {self.most:g} or fewer. Keep the names, and put back "
                "the idea that every such study shares.",
                _WIDE,
            )
        why = self._why(line)
        if hit > at_first:
            nearly = hit - at_first >= (self.target * there - at_first) / 2
            return Verdict(
                0.5 if nearly else 0.25,
                f"{said} Better than the line you were given. {_HINTS[why]}",
                why,
            )
        return Verdict(
            0.0, f"{said} That is no more than the line you were given finds. {_HINTS[why]}", why
        )

    def _why(self, line: str) -> str:
        from eeic.evidence import parse
        from eeic.evidence.query import Text, leaves

        parts = list(leaves(parse(line)))
        fields = {part.field if isinstance(part, Text) else "yr" for part in parts}
        if fields and fields <= {"su", "exp"}:
            return "subject terms only"
        kinds = ("trial", "study", "survey", "cohort", "review", "random")
        if fields & {"yr", "so", "de", "in"} or any(
            kind in str(part).lower() for part in parts for kind in kinds
        ):
            return "one idea too many"
        return "too few names"
