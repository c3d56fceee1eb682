"""The identity of a table: sums over its rows, so that parts add up to the whole.

A row is hashed to 64 bits from its values, never from the bytes of a file, and the hashes of all
rows are added. So a world has the same identity in one file or a thousand, in CSV or Parquet,
whoever made which part and in whatever order, and an area alone adds exactly what it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

#: Rows, the sum over rows, and the sum over each column's values: what identifies a table.
Identity = dict[str, Any]

_MODULUS = 1 << 64
_MISSING = np.uint64(0x6D69_7373_696E_6721)
_TEXT = np.uint64(0x9E37_79B9_7F4A_7C15)
_WORDS_AT_ONCE = 1000


def identity(table: Mapping[str, Any] | pd.DataFrame, columns: list[dict[str, str]]) -> Identity:
    """Return the identity of a table or a part of one.

    Parameters
    ----------
    table : DataFrame or mapping of arrays
        The values, as recording left them, as `eeic.world.export.typed` makes them, or read from a
        file; text also as fixed-width bytes.
    columns : list of dict
        The columns of the data sheet, with ``name`` and ``type``.

    Returns
    -------
    dict
        ``rows``, ``hash`` (32 hexadecimal digits) and ``columns`` (16 digits each).

    Notes
    -----
    The sums are kept in two numbers of 64 bits. They tell apart what happens by accident, not what
    somebody forges: whoever can change a file can change its record as well.

    Examples
    --------
    >>> words = [{"name": "word", "type": "text"}]
    >>> whole = identity({"word": np.array([b"yes", b"no"])}, words)
    >>> parts = [identity({"word": np.array([one])}, words) for one in (b"no", b"yes")]
    >>> added(parts) == whole
    True
    """
    rows = len(table[columns[0]["name"]])
    row = np.full(rows, _TEXT)
    sums = {}
    for column in columns:
        own = _mixed(_hashes(table[column["name"]], column["type"]) ^ _salt(column["name"]))
        sums[column["name"]] = f"{_total(own):016x}"
        row = _mixed(row ^ own)
    both = f"{_total(row):016x}{_total(_mixed(row ^ _MISSING)):016x}"
    return {"rows": rows, "hash": both, "columns": sums}


def added(parts: Iterable[Identity]) -> Identity:
    """Put the identities of parts together to that of the whole.

    Parameters
    ----------
    parts : iterable of dict
        From `identity`, in any order.

    Returns
    -------
    dict
    """
    parts = list(parts)
    return {
        "rows": sum(part["rows"] for part in parts),
        "hash": _sum(part["hash"][:16] for part in parts)
        + _sum(part["hash"][16:] for part in parts),
        "columns": {
            name: _sum(part["columns"][name] for part in parts) for name in parts[0]["columns"]
        },
    }


def folded(identities: Mapping[str, Identity]) -> str:
    """Return one hash for all datasets of a world.

    Parameters
    ----------
    identities : mapping
        Dataset -> identity.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    said = json.dumps({name: identities[name]["hash"] for name in sorted(identities)})
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _sum(parts: Iterable[str]) -> str:
    return f"{sum(int(part, 16) for part in parts) % _MODULUS:016x}"


def _total(values: np.ndarray) -> int:
    return int(values.sum(dtype=np.uint64))


def _salt(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def _mixed(x: np.ndarray) -> np.ndarray:
    """Scatter each number over all 64 bits (the finaliser of SplitMix64)."""
    x = x ^ (x >> np.uint64(30))
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def _hashes(values: Any, kind: str) -> np.ndarray:
    """Return a number for each value that is the same in whatever form the value comes."""
    if kind == "text":
        return _of_text(values)
    series = pd.Series(values)
    missing = series.isna().to_numpy()
    match kind:
        case "integer":
            whole = series.fillna(0) if missing.any() else series
            bits = whole.to_numpy().astype(np.int64)
        case "date":
            bits = series.to_numpy().astype("datetime64[D]").astype(np.int64)
        case _:
            numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
            bits = (numbers + 0.0).view(np.int64)  # 0.0 turns -0.0 into 0.0
    return np.where(missing, _MISSING, bits.view(np.uint64))


def _of_text(values: Any) -> np.ndarray:
    if isinstance(values, np.ndarray) and values.dtype.kind == "S":
        return _of_bytes(values)
    series = pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, words = series.cat.codes.to_numpy(), series.cat.categories
    else:
        codes, words = pd.factorize(series)
    # Some at a time, because all are as wide as the longest, which may be a long text.
    starts = range(0, len(words), _WORDS_AT_ONCE)
    parts = (words[start : start + _WORDS_AT_ONCE] for start in starts)
    hashes = [_of_bytes(np.array([str(word).encode() for word in part])) for part in parts]
    return np.concatenate([*hashes, [_MISSING]])[codes]


def _of_bytes(values: np.ndarray) -> np.ndarray:
    size = values.dtype.itemsize
    padded = np.zeros((len(values), -(-size // 8) * 8), dtype=np.uint8)
    padded[:, :size] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
    result = np.full(len(values), _TEXT)
    for word in padded.view("<u8").astype(np.uint64).T:
        # What is only padding must not count, or the longest word would change all the others.
        result = np.where(word == 0, result, _mixed(result ^ word))
    return result
