"""What several checks share: reading a matrix, and one row of a result."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def first_row(work: Callable[..., pd.DataFrame], *given: Any, **options: Any) -> Any:
    """Work a case out and return the first row of its result."""
    return work(*given, **options).iloc[0]


def matrix_of(text: str) -> NDArray[np.float64]:
    """Read ``"40 9 | 6 45"`` as two rows."""
    return np.array([line.split() for line in text.split("|")], dtype=float)
