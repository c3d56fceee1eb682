"""Random numbers by address: the same person gets the same draw whatever else changes.

A stream belongs to (world seed, module, area, year). It is read as one block of raw uniforms,
variables by slots. New variables are appended as new rows, so old ones never move, and two
worlds that differ in one decision differ only in the people whom the decision reaches.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Module(IntEnum):
    """Who draws. A number is never used again, not even when its module is gone."""

    IDS = 0
    PEOPLE = 1
    EXPOSURES = 2
    NEED = 3
    PATHWAYS = 4
    RECORDED_ETHNICITY = 5
    RECORDED_REGISTER = 6
    RECORDED_DIABETES = 7
    RECORDED_ETHNICITY_FURTHER = 8
    TALKING = 9
    RECORDED_TALKING = 10
    SCREENING = 11
    RECORDED_SCREENING = 12
    OUTPATIENTS = 13
    RECORDED_OUTPATIENTS = 14
    EMERGENCY = 15
    RECORDED_EMERGENCY = 16
    MATERNITY = 17
    RECORDED_MATERNITY = 18
    DETENTIONS = 19
    SURVEY = 20
    RECORDED_SURVEY = 21
    VOICES = 22
    LIBRARY = 23
    TRIAL = 24
    RETURNS = 25
    WORKFORCE = 26
    OPTIONS = 27
    DIGITAL_FIRST = 28
    SYSTEM = 29
    RELABELLED = 30
    PREVENTION = 31
    RECORDED_PREVENTION = 32


def uniforms(
    seed: int, module: Module, area: int, variables: int, slots: int, *, year: int = 0
) -> np.ndarray:
    """Draw the block of raw uniforms at one address.

    Parameters
    ----------
    seed : int
        Seed of the world.
    module : Module
        Who draws.
    area : int
        Number of the area, from 1 (0 where the draw belongs to no area).
    variables, slots : int
        Rows and columns of the block.
    year : int
        Year of the simulation.

    Returns
    -------
    numpy.ndarray
        Floats in [0, 1), shape (variables, slots).

    Notes
    -----
    Raw 64-bit words of Philox are turned into floats here, because the random library may
    change its distribution methods between releases but not its raw stream.

    Examples
    --------
    >>> short = uniforms(2026, Module.NEED, 3, 2, 5)
    >>> longer = uniforms(2026, Module.NEED, 3, 4, 5)
    >>> bool((short == longer[:2]).all())
    True
    """
    found = np.empty((variables, slots))
    draw_into(found, seed, module, area, slots, year=year)
    return found


def draw_into(
    found: np.ndarray, seed: int, module: Module, area: int, slots: int, *, year: int = 0
) -> None:
    """Draw as `uniforms` does, and put the first columns where they are wanted.

    Parameters
    ----------
    found : numpy.ndarray
        Filled with floats in [0, 1): a row for each variable, as many columns as are wanted.
    seed, module, area, slots, year
        As in `uniforms`; `slots` is at least the number of columns.
    """
    variables, wanted = found.shape
    sequence = np.random.SeedSequence(seed, spawn_key=(int(module), area, year))
    words = np.random.Philox(sequence).random_raw(variables * slots).reshape(variables, slots)
    words >>= np.uint64(11)
    # The top 53 bits are exactly what a float can hold.
    np.multiply(words[:, :wanted], 2.0**-53, out=found)


def permuted(numbers: np.ndarray, seed: int, digits: int = 7) -> np.ndarray:
    """Send each number of so many digits to another one, each to its own, by the seed.

    Parameters
    ----------
    numbers : numpy.ndarray
        Whole numbers from 0, of at most so many digits.
    seed : int
        Seed of the world.
    digits : {7, 9}
        Number of digits.

    Returns
    -------
    numpy.ndarray
        Whole numbers in the same range, without repeats where the input has none.

    Notes
    -----
    Four Feistel rounds over 3163 × 3163 (31623 × 31623 for nine digits) with keys from the stream
    `Module.IDS`; the few results beyond are sent round again until they fall inside. A permutation
    that can be computed for any number alone keeps an area independent of all others, which a
    shuffle of the whole system would not.

    Examples
    --------
    >>> out = permuted(np.arange(1000), seed=1)
    >>> len(set(out.tolist()))
    1000
    """
    width, limit = {7: (3163, 10_000_000), 9: (31623, 1_000_000_000)}[digits]
    side = np.uint64(width)
    keys = (uniforms(seed, Module.IDS, 0, 4, 2) * 2**31).astype(np.uint64) * 2 + 1
    result = np.asarray(numbers).astype(np.uint64)
    outside = np.ones(result.shape, dtype=bool)
    while outside.any():
        left, right = np.divmod(result[outside], side)
        for multiplier, addend in keys:
            mixed = right * multiplier + addend
            mixed ^= mixed >> np.uint64(15)
            mixed *= np.uint64(0x2C1B3C6D)
            mixed ^= mixed >> np.uint64(13)
            left, right = right, (left + mixed) % side
        result[outside] = left * side + right
        outside = result >= limit
    return result.astype(np.int64)
