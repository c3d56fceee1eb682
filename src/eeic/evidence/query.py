"""The query language: what a search line means, and in one sentence what is wrong with one.

The language is that of the large bibliographic databases, with the parts that they agree on::

    diabet* AND (interpreter* OR "language support") NOT ti:review
    su:"Text messaging" OR ab:(SMS AND remind*)
    yr:2024-2031 AND #1

NOT binds more tightly than AND, and AND more than OR. Words that stand side by side must all
occur, as if AND stood between them. Operators may be written in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

#: Field prefix, short and in words -> the columns of the records that it looks in.
FIELDS: dict[str, tuple[str, ...]] = {
    "ti": ("title",),
    "ab": ("abstract",),
    "tiab": ("title", "abstract"),
    "su": ("subject_terms",),
    "kw": ("keywords",),
    "au": ("authors",),
    "so": ("source",),
    "in": ("published_in",),
    "de": ("design",),
    "se": ("setting",),
    "yr": ("year",),
}
_IN_WORDS = {
    "title": "ti",
    "abstract": "ab",
    "subject": "su",
    "subjects": "su",
    "keyword": "kw",
    "keywords": "kw",
    "author": "au",
    "authors": "au",
    "source": "so",
    "journal": "in",
    "design": "de",
    "setting": "se",
    "year": "yr",
    "exp": "exp",
}
#: Every prefix that can be written before a colon.
PREFIXES = (*FIELDS, *_IN_WORDS)

#: Where words without a prefix are looked for.
ANYWHERE = ("title", "abstract", "subject_terms", "keywords")

_SHORTEST_STEM = 2


class QueryError(ValueError):
    """A search line that cannot be read. The message says what is wrong and where.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    query : str
        The line.
    at : int
        Where, from 0.

    Attributes
    ----------
    problem : str
        The sentence alone.
    at : int
        Where in the line, from 0.
    """

    def __init__(self, message: str, query: str, at: int) -> None:
        super().__init__(f"{message}\n  {query}\n  {' ' * at}^")
        self.problem, self.at = message, at


@dataclass(frozen=True)
class Text:
    """A word, a phrase or the beginning of a word, looked for in some columns.

    Attributes
    ----------
    words : str
        As written, without quotation marks and star.
    field : str
        Prefix, empty for anywhere.
    phrase, beginning : bool
        Whether it was in quotation marks, and whether the last word may go on.
    """

    words: str
    field: str = ""
    phrase: bool = False
    beginning: bool = False

    def __str__(self) -> str:
        text = f'"{self.words}"' if self.phrase else self.words
        return f"{self.field + ':' if self.field else ''}{text}{'*' * self.beginning}"


@dataclass(frozen=True)
class Years:
    """Years from one to another, both counted."""

    first: int
    last: int

    def __str__(self) -> str:
        one = self.first == self.last
        return f"yr:{self.first}" if one else f"yr:{self.first}-{self.last}"


@dataclass(frozen=True)
class Line:
    """An earlier line of the search history."""

    number: int

    def __str__(self) -> str:
        return f"#{self.number}"


@dataclass(frozen=True)
class And:
    """All parts must hold."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, (Or,)) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """At least one part must hold."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


@dataclass(frozen=True)
class Not:
    """The part must not hold."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part, (And, Or))}"


Node = Text | Years | Line | And | Or | Not


def _bracketed(node: Node, kinds: tuple[type, ...]) -> str:
    return f"({node})" if isinstance(node, kinds) else str(node)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int
    beginning: bool = False


_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<open>\()|(?P<close>\))
    |(?P<line>\#\d*)
    |(?P<field>[A-Za-z_]+):
    |(?P<quoted>["“”](?P<inside>[^"“”]*)(?P<ended>["“”])?)
    |(?P<word>[^\s()"“”:]+)
    |(?P<odd>.)""",
    re.VERBOSE,
)


def parse(query: str) -> Node:
    """Read one line of a search.

    Parameters
    ----------
    query : str
        The line.

    Returns
    -------
    Text, Years, Line, And, Or or Not
        What it means. Written out with ``str`` and read again it means the same.

    Raises
    ------
    QueryError
        If it cannot be read.

    Examples
    --------
    >>> str(parse('diabet* and (interpreter OR ti:"language support")'))
    'diabet* AND (interpreter OR ti:"language support")'
    >>> parse("(sms OR reminder*")
    Traceback (most recent call last):
    ...
    eeic.evidence.query.QueryError: The bracket opened at character 1 is never closed.
      (sms OR reminder*
      ^
    """
    return _Parser(query).whole()


def mixed(query: str) -> bool:
    """Tell whether AND and OR stand side by side without brackets between them.

    Parameters
    ----------
    query : str
        The line.

    Returns
    -------
    bool

    Raises
    ------
    QueryError
        If the line cannot be read.

    Examples
    --------
    >>> mixed("sms OR text AND trial"), mixed("(sms OR text) AND trial")
    (True, False)
    """
    parser = _Parser(query)
    parser.whole()
    return parser.mixed


def leaves(node: Node) -> Iterator[Text | Years | Line]:
    """Yield the parts that are looked up by themselves, from left to right.

    Parameters
    ----------
    node : Node
        What `parse` returned.

    Yields
    ------
    Text, Years or Line
    """
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


class _Parser:
    """Reads from left to right, one token ahead."""

    def __init__(self, query: str) -> None:
        if not isinstance(query, str):
            raise TypeError(f"A query is text, not {type(query).__name__}.")
        self.query = query
        self.tokens = list(self._tokens())
        self.place = 0
        self.mixed = False

    def refuse(self, message: str, at: int) -> QueryError:
        return QueryError(message, self.query, at)

    def _tokens(self) -> Iterator[_Token]:
        place = 0
        while place < len(self.query):
            found = _TOKENS.match(self.query, place)
            assert found is not None  # the last alternative takes any character
            kind, at = str(found.lastgroup), place
            place = found.end()
            if found["space"]:
                continue
            if found["quoted"]:
                if not found["ended"]:
                    raise self.refuse(
                        f"The quotation mark at character {at + 1} is never closed.", at
                    )
                star = self.query[place : place + 1] == "*"
                place += star
                yield _Token("quoted", found["inside"].strip(), at, star)
            elif found["field"]:
                yield _Token("field", found["field"], at)
            elif found["line"]:
                yield _Token("line", found["line"], at)
            elif found["word"]:
                word = found["word"]
                kind = word.upper() if word.upper() in ("AND", "OR", "NOT") else "word"
                yield _Token(kind, word, at)
            elif found["odd"]:
                raise self.refuse(f"{found['odd']!r} stands here without a field before it.", at)
            else:
                yield _Token(kind, found[0], at)

    @property
    def next(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def sees(self, *kinds: str) -> bool:
        return self.next is not None and self.next.kind in kinds

    def take(self) -> _Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def whole(self) -> Node:
        if not self.tokens:
            raise self.refuse("The query is empty.", 0)
        node = self.any_of("")
        if self.next is not None:
            # Everything but a closing bracket has been read by now.
            at = self.next.at
            raise self.refuse(f"The bracket at character {at + 1} closes nothing.", at)
        return node

    def any_of(self, field: str) -> Node:
        parts, several = self.all_of(field)
        found = [parts]
        while self.sees("OR"):
            self.must_follow(self.take())
            parts, more = self.all_of(field)
            several = several or more
            found.append(parts)
        self.mixed = self.mixed or (several and len(found) > 1)
        return found[0] if len(found) == 1 else _flat(Or, found)

    def all_of(self, field: str) -> tuple[Node, bool]:
        """Return what must hold together, and whether that is more than one thing."""
        parts = [self.one(field)]
        while self.next is not None and not self.sees("OR", "close"):
            if self.sees("AND"):
                self.must_follow(self.take())
            parts.append(self.one(field))
        return (parts[0], False) if len(parts) == 1 else (_flat(And, parts), True)

    def must_follow(self, operator: _Token) -> None:
        if self.next is None or self.sees("close", "AND", "OR"):
            word = operator.kind
            raise self.refuse(
                f"{word} at character {operator.at + 1} has nothing after it to search for.",
                operator.at,
            )

    def one(self, field: str) -> Node:
        token = self.next
        if token is None or token.kind in ("AND", "OR", "close"):
            at = len(self.query) if token is None else token.at
            if token is not None and token.kind != "close":
                message = f"{token.kind} at character {at + 1} has nothing before it to search for."
            elif token is not None:
                before = self.place and self.tokens[self.place - 1].kind == "open"
                what = "has nothing in it" if before else "closes nothing"
                message = f"The bracket at character {at + 1} {what}."
            else:
                message = "The query stops before it says what to search for."
            raise self.refuse(message, at)
        self.take()
        if token.kind == "NOT":
            self.must_follow(token)
            return Not(self.one(field))
        if token.kind == "open":
            node = self.any_of(field)
            if not self.sees("close"):
                raise self.refuse(
                    f"The bracket opened at character {token.at + 1} is never closed.", token.at
                )
            self.take()
            return node
        if token.kind == "field":
            return self.in_field(token, field)
        if token.kind == "line":
            if token.text == "#":
                raise self.refuse("A line of the history is written with its number: #1.", token.at)
            return Line(int(token.text[1:]))
        return self.text(token, field)

    def in_field(self, token: _Token, outside: str) -> Node:
        name = token.text.lower()
        name = _IN_WORDS.get(name, name)
        if name not in FIELDS and name != "exp":
            near = get_close_matches(token.text.lower(), PREFIXES, n=1, cutoff=0.5)
            meant = f"; did you mean {near[0]}:" if near else f"; there are {', '.join(FIELDS)}"
            raise self.refuse(f"There is no field {token.text!r}{meant}.", token.at)
        if outside:
            raise self.refuse(
                f"The field {token.text}: stands in brackets that belong to {outside}: already.",
                token.at,
            )
        after = self.next
        if after is None or after.kind not in ("word", "quoted", "open"):
            raise self.refuse(f"The field {token.text}: has nothing after it.", token.at)
        return self.one(name)

    def text(self, token: _Token, field: str) -> Node:
        words, quoted = token.text, token.kind == "quoted"
        beginning = token.beginning
        if not quoted and words.endswith("*"):
            words, beginning = words[:-1], True
        if words.startswith("*") or (not words and beginning):
            raise self.refuse(
                "A star stands for the rest of a word, so it needs the beginning before it "
                "(diabet*).",
                token.at,
            )
        if "*" in words or "?" in words:
            raise self.refuse(
                "A star can only stand at the end of a word, and there is no question mark.",
                token.at,
            )
        if field == "yr":
            return self.years(words, beginning, token)
        if not re.search(r"\w", words):
            raise self.refuse(f"{token.text!r} has no letter or digit to look for.", token.at)
        if beginning and len(words) < _SHORTEST_STEM:
            raise self.refuse(
                f"{words}* would find nearly everything; give at least two letters.", token.at
            )
        return Text(words, field, quoted, beginning)

    def years(self, words: str, beginning: bool, token: _Token) -> Years:
        found = re.fullmatch(r"(\d{4})(?:\s*[-–]\s*(\d{4}))?", words)
        if not found or beginning:
            raise self.refuse("Years are written yr:2030 or yr:2024-2031.", token.at)
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise self.refuse(f"The years run backwards; write yr:{last}-{first}.", token.at)
        return Years(first, last)


def _flat(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """Put a AND (b AND c) as a AND b AND c, which is the same."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return kind(tuple(flat))
