"""Finding, screening and appraising studies in the little library.

`search` understands the query language of bibliographic databases; `History` keeps a search log
whose lines can be combined; `score` compares a search with the gold standard of a question, and
`lost_groups` says whose studies a wording loses. `screen` is for decisions on titles and
abstracts, `appraise` for judgements of risk of bias.
"""

from eeic.evidence import appraise, screen
from eeic.evidence.measures import lost_groups, question, questions, score
from eeic.evidence.query import FIELDS, QueryError, parse
from eeic.evidence.search import History, Library, Result, SearchUnavailable, search

__all__ = [
    "FIELDS",
    "History",
    "Library",
    "QueryError",
    "Result",
    "SearchUnavailable",
    "appraise",
    "lost_groups",
    "parse",
    "question",
    "questions",
    "score",
    "screen",
    "search",
]
