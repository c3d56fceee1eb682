"""Noticing that a notebook changed what a test in the same process relies on.

A cell of `mark()` needs none of this: it is judged elsewhere. A plain test (``assert ...``) runs
where the learner's code ran, and means nothing after that code has rewritten the shell, the
built-in functions or the test helpers. Code that is out to deceive can hide even from this; what
people copy from a forum can't.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

#: What tests call.
_MODULES = ("pandas.testing", "numpy.testing", "unittest.case", "math", "operator", "ast")
#: What they compare with.
_CLASSES = (("pandas", "DataFrame"), ("pandas", "Series"), ("pandas", "Index"))
#: Lists of the shell in which code can be put that rewrites cells.
_REWRITERS = ("ast_transformers", "input_transformers_post")

Known = dict[str, tuple[object, ...]]


def known(shell: Any) -> Known:
    """Return everything a test relies on, by name, to be compared later.

    Parameters
    ----------
    shell : InteractiveShell
        The shell that runs the cells.

    Returns
    -------
    dict
        For `changed`.
    """
    return dict(_things(shell))


def changed(before: Known, shell: Any) -> list[str]:
    """Return the names of what is no longer what it was.

    Parameters
    ----------
    before : dict
        What `known` returned when nothing of the notebook had run.
    shell : InteractiveShell
        The shell that runs the cells.

    Returns
    -------
    list of str
        Names, sorted; empty if nothing was changed. What was only added is not named: packages
        add methods to tables.
    """
    now = known(shell)
    return sorted(name for name, things in before.items() if not _same(things, now.get(name, ())))


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _things(shell: Any) -> Iterator[tuple[str, tuple[object, ...]]]:
    for name in _REWRITERS:
        yield f"the shell's {name}", tuple(getattr(shell, name))
    manager = shell.input_transformer_manager
    for name in ("cleanup_transforms", "line_transforms", "token_transformers"):
        yield f"the shell's {name}", tuple(getattr(manager, name))
    for name in ("run_cell", "run_code", "run_ast_nodes", "showtraceback", "_showtraceback"):
        yield f"the shell's {name}", (vars(shell).get(name),)
    yield from _functions("the shell", _inherited(type(shell)))
    yield from _functions("builtins", vars(builtins))
    for name in _MODULES:
        module: ModuleType = importlib.import_module(name)
        yield from _functions(name, vars(module))
    for package, name in _CLASSES:
        yield from _functions(name, _inherited(getattr(importlib.import_module(package), name)))


def _inherited(kind: type) -> dict[str, object]:
    """Return a class's members with those that it has from others."""
    return {name: member for each in reversed(kind.__mro__) for name, member in vars(each).items()}


def _functions(owner: str, members: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
    for name, member in members.items():
        if callable(member):
            yield f"{owner}.{name}", (member, getattr(member, "__code__", None))
