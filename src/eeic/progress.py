"""Showing how far long work is, on the error stream."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_AFTER = 3  # seconds; what takes less needs no bar


@contextmanager
def shown(
    total: int, unit: str, *, scale: bool = False
) -> Iterator[tuple[Callable[[int], Any], Callable[[str], None]]]:
    """Show a bar with the time left, where tqdm is installed; nothing elsewhere.

    Parameters
    ----------
    total : int
        How much there is to do.
    unit : str
        What is counted, with a space before it.
    scale : bool
        Whether large counts are shortened ("3.2M").

    Yields
    ------
    callable, callable
        The first is told how much more is done, the second says a sentence above the bar.

    Examples
    --------
    >>> with shown(3, " notebooks") as (advance, say):
    ...     _ = advance(3)
    """
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda steps: None, lambda sentence: print(sentence, file=sys.stderr)
        return
    with tqdm(
        total=total,
        unit=unit,
        unit_scale=scale,
        file=sys.stderr,
        delay=_AFTER,
        mininterval=0.5 if sys.stderr.isatty() else 30,
    ) as bar:
        yield bar.update, lambda sentence: bar.write(sentence, file=sys.stderr)
