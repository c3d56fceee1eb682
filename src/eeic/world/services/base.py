"""What every service of the world brings, so that one more service is one more module.

A service has a pathway, which knows what people meet and never their group; a recording, which
writes the dataset down with its faults; and indicators, whose gaps the truth takes apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eeic.world.block import Block
from eeic.world.parameters import WorldParameters

#: The chance of being among those an indicator is about, and the value to expect then: one value
#: a resident each.
Expectation = tuple[np.ndarray, np.ndarray]

#: Takes the exposures and returns what to expect of every indicator of a service.
Expect = Callable[[pd.DataFrame], dict[str, Expectation]]

#: Name of a flaw -> how many, and of how many. The name has two parts where a source is meant.
Flaws = dict[tuple[str, ...], tuple[float, float]]


@dataclass(frozen=True)
class Indicator:
    """Something that is taught as a gap, and that the truth explains.

    Attributes
    ----------
    name : str
        Its name in the truth.
    dataset : str
        The dataset it is worked out from, such as ``"L04"``.
    label, among : str
        What is counted, and among whom.
    mechanisms : tuple of str
        The mechanisms that can act on it; all others contribute nothing.
    counted : callable
        Takes the latent frame and returns who is counted, and the value of each resident (true or
        false, or a number). Who is counted is a true or false for each resident, or the numbers of
        rows of the frame, which may repeat: a person then counts more than once, such as for each
        appointment.
    recorded : callable or None
        Takes the files as recording left them and returns, for each row that counts, the
        person's number and their value: what an analyst of the files would count. None where the
        files cannot say.
    age_matters : bool
        Whether groups differ in it through their ages even with every mechanism off.
    """

    name: str
    dataset: str
    label: str
    among: str
    mechanisms: tuple[str, ...]
    counted: Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray]]
    recorded: Callable[[Mapping[str, pd.DataFrame]], tuple[np.ndarray, np.ndarray]] | None = None
    age_matters: bool = False


@dataclass(frozen=True)
class Service:
    """One service: what happens in it, what is written down, and what is taught of it.

    Attributes
    ----------
    name : str
        Its name, as in the module.
    datasets : tuple of str
        The person-level datasets that it writes.
    walk : callable
        Takes a block and the exposures, and returns the latent columns, one row a resident.
    write : callable
        Takes a `Written` and returns each dataset's rows for the block.
    indicators : tuple of Indicator
        What is taught.
    expect : callable
        Takes the parameters, works out once what does not depend on people, and returns an
        `Expect`.
    flaws : callable or None
        Takes a `Written` and the files, and lays truth and file side by side: dataset -> flaw ->
        how many, and of how many.
    source, contact : str
        The source of recorded ethnicity that the service is, and the latent column that says who
        was in contact with it; empty where it is none.
    """

    name: str
    datasets: tuple[str, ...]
    walk: Callable[[Block, pd.DataFrame], pd.DataFrame]
    write: Callable[[Written], dict[str, pd.DataFrame]]
    indicators: tuple[Indicator, ...]
    expect: Callable[[WorldParameters], Expect]
    flaws: Callable[[Written, Mapping[str, pd.DataFrame]], dict[str, Flaws]] | None = None
    source: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Written:
    """What a service's recording may look at.

    Attributes
    ----------
    block : Block
        The areas.
    people, exposed : DataFrame
        Their residents, and what these meet.
    walked : DataFrame
        What happened to them: the latent columns of every service.
    codes : mapping of str to numpy.ndarray
        Ethnic group as each source holds it: source -> number of the group, `NOT_STATED` or
        `NOT_KNOWN` of `eeic.world.recording.columns`.
    faithful : bool
        Write everything down as it was.
    """

    block: Block
    people: pd.DataFrame
    exposed: pd.DataFrame
    walked: pd.DataFrame
    codes: Mapping[str, np.ndarray]
    faithful: bool
