"""How near a world is to the published ranges that it is calibrated to.

The ranges stand in ``data/calibration.csv``, one row each with where it comes from; this module
works out what a world achieves. Chances are used instead of what happened wherever the world has
them, so that luck has no say. A measure is written ``kind:what:whom``, such as
``share:bowel_uptake:all``; its kind is a function in `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS, TO_NHS_2001
from eeic.world.exposures import EXPOSED
from eeic.world.recording.ethnicity import SOURCES
from eeic.world.registry import SERVICES
from eeic.world.services.base import Expectation
from eeic.world.tables import detentions, maternity, sample

if TYPE_CHECKING:
    from eeic.world.build import World

#: Unit of a row -> what a share or a number is multiplied by.
UNITS: dict[str, int] = {"%": 100, "per 1000": 1000, "per 100000": 100_000}

ALL = "all"
_REFERENCE = "White British"
#: Groups that published figures put together.
_TOGETHER: dict[str, tuple[str, ...]] = {
    "South Asian": ("Indian", "Pakistani", "Bangladeshi"),
    "Black": ("Black African", "Black Caribbean", "Other Black"),
    "Mixed": (
        *("White and Asian", "White and Black African", "White and Black Caribbean"),
        "Other Mixed",
    ),
}


@dataclass(frozen=True)
class Look:
    """A world, and what of it several measures need.

    Attributes
    ----------
    world : World
        The world.
    """

    world: World = field(repr=False)

    @cached_property
    def expected(self) -> dict[str, Expectation]:
        """What to expect of every indicator: weight and value of each resident."""
        exposed = self.world.latent[list(EXPOSED)]
        found: dict[str, Expectation] = {}
        for service in SERVICES:
            found |= service.expect(self.world.parameters)(exposed)
        return found

    @cached_property
    def fifth(self) -> np.ndarray:
        """Fifth of deprivation in which each resident lives (1 is the most deprived)."""
        return _fifths(self.world.parameters.tables["area"], self.world.latent["area"].to_numpy())

    @cached_property
    def band(self) -> np.ndarray:
        """Number of each resident's five-year age band."""
        return np.minimum(self.world.latent["age"].to_numpy() // 5, 18)

    def who(self, group: str) -> np.ndarray:
        """Tell which residents are of a group, or of some that published figures put together.

        Parameters
        ----------
        group : str
            A label, ``"South Asian"``, ``"Black"``, ``"Mixed"`` or ``"all"``.

        Returns
        -------
        numpy.ndarray
            True or false for each resident.
        """
        if group == ALL:
            return np.ones(len(self.world.latent), dtype=bool)
        numbers = [LABELS.index(label) for label in _TOGETHER.get(group, (group,))]
        return np.isin(self.world.latent["group"].to_numpy(), numbers)

    def mean(self, indicator: str, which: np.ndarray) -> float:
        """Return what some residents can expect of an indicator.

        Parameters
        ----------
        indicator : str
            Its name.
        which : numpy.ndarray
            True or false for each resident.

        Returns
        -------
        float
        """
        weight, value = self.expected[indicator]
        with np.errstate(invalid="ignore"):  # nobody there
            return float((weight * value)[which].sum() / weight[which].sum())

    @cached_property
    def own(self) -> pd.Series:
        """What each resident says of themselves, by id."""
        return self.world.tables["L01"].set_index("person_id")["ethnic_group_self"]

    @cached_property
    def recorded(self) -> pd.DataFrame:
        """The last record of each person at each source: shown group by id and source."""
        rows = self.world.tables["L02"].drop_duplicates(["person_id", "source"], keep="last")
        return rows.pivot(index="person_id", columns="source", values="ethnic_group_recorded")


Measure = Callable[..., float]
MEASURES: dict[str, Measure] = {}


def measure(function: Measure) -> Measure:
    """Add a function to `MEASURES` under its own name.

    Parameters
    ----------
    function : callable
        Takes a `Look` and the words that follow the kind in a measure.

    Returns
    -------
    callable
        The same function.
    """
    MEASURES[function.__name__] = function
    return function


def targets() -> pd.DataFrame:
    """Return the ranges that the world is calibrated to.

    Returns
    -------
    DataFrame
        parameter, target_low, target_high, unit, anchor (where it comes from), mark (S read in
        the source, S2 second hand, R recalled, U invented or uncertain) and measure.
    """
    text = (files(__package__) / "data" / "calibration.csv").read_text("utf-8")
    return pd.read_csv(StringIO(text), keep_default_na=False)


def calibrated(world: World) -> pd.DataFrame:
    """Return what a world achieves of everything that it is calibrated to.

    Parameters
    ----------
    world : World
        A built world: the course's own parameters, and large enough for small groups to count
        (``course``).

    Returns
    -------
    DataFrame
        The rows of `targets` with ``achieved``, and ``within`` where it lies in its range.

    Raises
    ------
    ValueError
        If a row names a kind of measure that there is not.
    """
    table = targets()
    look = Look(world)
    achieved = [
        _achieved(look, one, unit)
        for one, unit in zip(table["measure"], table["unit"], strict=True)
    ]
    table["achieved"] = np.array(achieved).round(6)
    table["within"] = table["achieved"].between(table["target_low"], table["target_high"])
    return table


def _achieved(look: Look, measured: str, unit: str) -> float:
    kind, *words = measured.split(":")
    if kind not in MEASURES:
        raise ValueError(
            f"calibration.csv: there is no kind of measure {kind!r} (in {measured!r}); "
            f"there are {', '.join(MEASURES)}."
        )
    return MEASURES[kind](look, *words) * UNITS.get(unit, 1)


# People


@measure
def residents(look: Look, group: str) -> float:
    """Return a group's share of residents."""
    return float(look.who(group).mean())


@measure
def median_age(look: Look, group: str) -> float:
    """Return the median age of a group."""
    return float(np.median(look.world.latent["age"].to_numpy()[look.who(group)]))


@measure
def most_deprived_tenth(look: Look, group: str) -> float:
    """Return the share of a group that lives in the most deprived tenth of areas."""
    decile = look.world.parameters.tables["area"]["deprivation_decile"].to_numpy()
    lives = decile[look.world.latent["area"].to_numpy() - 1] == 1
    return float(lives[look.who(group)].mean())


@measure
def place_in_most_deprived_tenth(look: Look, group: str) -> float:
    """Return how many groups have no larger share there: 1 for the group with the lowest."""
    own = most_deprived_tenth(look, group)
    return float(sum(most_deprived_tenth(look, label) <= own for label in LABELS))


@measure
def language_need(look: Look, group: str) -> float:
    """Return the share of a group that needs language support."""
    return float(look.world.latent["language_need"].to_numpy()[look.who(group)].mean())


# Indicators of people


@measure
def share(look: Look, indicator: str, group: str) -> float:
    """Return what a group can expect of an indicator."""
    return look.mean(indicator, look.who(group))


@measure
def share_of_adults(look: Look, indicator: str, group: str) -> float:
    """Return the same among residents of 18 and more."""
    adult = look.world.latent["age"].to_numpy() >= look.world.parameters["need"]["adult_from"]
    return look.mean(indicator, look.who(group) & adult)


@measure
def share_without(look: Look, indicator: str, group: str) -> float:
    """Return the share that is left."""
    return 1 - look.mean(indicator, look.who(group))


@measure
def share_without_more_if_unmet(look: Look, indicator: str, group: str) -> float:
    """Return by how much the share that is left is greater where language need is unmet."""
    met = look.who(group) & ~_unmet(look)
    return look.mean(indicator, met) - look.mean(indicator, look.who(group) & _unmet(look))


@measure
def odds_ratio(look: Look, indicator: str, group: str) -> float:
    """Return a group's odds over those of White British people."""
    ours, theirs = (look.mean(indicator, look.who(one)) for one in (group, _REFERENCE))
    return ours / (1 - ours) / (theirs / (1 - theirs))


@measure
def adjusted_odds_ratio(look: Look, indicator: str, group: str) -> float:
    """Return Mantel and Haenszel's odds ratio of adults alike in age band, sex and fifth."""
    weight, value = look.expected[indicator]
    female = look.world.latent["female"].to_numpy().astype(np.int64)
    stratum = (look.band * 2 + female) * 5 + look.fifth - 1
    adult = look.world.latent["age"].to_numpy() >= look.world.parameters["need"]["adult_from"]

    def sums(label: str) -> tuple[np.ndarray, np.ndarray]:
        which = look.who(label) & adult
        place, w = stratum[which], weight[which]
        return (
            np.bincount(place, weights=w * value[which], minlength=190),
            np.bincount(place, weights=w, minlength=190),
        )

    (x1, n1), (x0, n0) = sums(group), sums(_REFERENCE)
    total = np.where(n1 + n0 > 0, n1 + n0, 1)
    return float((x1 * (n0 - x0) / total).sum() / (x0 * (n1 - x1) / total).sum())


@measure
def fifths(look: Look, indicator: str, group: str) -> float:
    """Return the ratio of the most to the least deprived fifth."""
    of = look.who(group)
    most, least = (look.mean(indicator, of & (look.fifth == one)) for one in (1, 5))
    return most / least


@measure
def fifths_by_age(look: Look, indicator: str, which: str) -> float:
    """Return the lowest or the highest ratio of fifths over the five-year age bands."""
    ratio = [
        look.mean(indicator, (look.band == one) & (look.fifth == 1))
        / look.mean(indicator, (look.band == one) & (look.fifth == 5))
        for one in range(19)
    ]
    return {"lowest": min, "highest": max}[which](ratio)


@measure
def unmet(look: Look, indicator: str, group: str) -> float:
    """Return the ratio of people whose language need is not wholly met to all others."""
    of = look.who(group)
    return look.mean(indicator, of & _unmet(look)) / look.mean(indicator, of & ~_unmet(look))


@measure
def practices_sd(look: Look, _what: str) -> float:
    """Return how much practices differ, as the standard deviation of their log-odds of checks."""
    quality = look.world.parameters.tables["practice"]["quality_z"]
    return float(quality.std() * look.world.parameters["pathways"]["checks"]["practice_quality"])


# Tables about the whole system


@measure
def maternity_risk(look: Look, outcome: str, group: str) -> float:
    """Return the chance of an outcome at a birth."""
    risk, own, weight, _ = _births(look, outcome)
    which = np.ones(len(own), dtype=bool) if group == ALL else own == LABELS.index(group)
    return float((risk * weight)[which].sum() / weight[which].sum())


@measure
def maternity_gap(look: Look, outcome: str, group: str) -> float:
    """Return by how much a group's chance is above that of White British people."""
    return maternity_risk(look, outcome, group) - maternity_risk(look, outcome, _REFERENCE)


@measure
def maternity_fifths(look: Look, outcome: str, _group: str) -> float:
    """Return by how much the most deprived fifth's chance is above the least deprived one's."""
    risk, _, weight, fifth = _births(look, outcome)
    most, least = (
        float((risk * weight)[fifth == one].sum() / weight[fifth == one].sum()) for one in (1, 5)
    )
    return most - least


MEASURES["maternity"] = maternity_risk


@measure
def detention_rate(look: Look, _what: str, group: str) -> float:
    """Return the chance of a detention in a year."""
    drawn = sample.draw(look.world.recipe)
    own = drawn.people["group"].to_numpy()
    which = np.ones(len(own), dtype=bool) if group == ALL else own == LABELS.index(group)
    return float(detentions.chance(look.world.parameters, drawn.exposed)[which].mean())


MEASURES["detentions"] = detention_rate


# Recording


@measure
def missing(look: Look, dataset: str, column: str) -> float:
    """Return the share of values that a column lacks."""
    return float(look.world.tables[dataset][column].isna().mean())


@measure
def duplicates(look: Look, dataset: str) -> float:
    """Return the share of rows that repeat a person."""
    return float(look.world.tables[dataset]["person_id"].duplicated().mean())


@measure
def below(look: Look, dataset: str, column: str, limit: str) -> float:
    """Return the share of the values of a column that are below a limit."""
    return float((look.world.tables[dataset][column].dropna() < float(limit)).mean())


@measure
def old_scheme(look: Look, _what: str) -> float:
    """Return the share of ethnicity codes that are of the list of 2001."""
    return float((look.world.tables["L02"]["scheme"] == "2001").mean())


@measure
def known(look: Look, source: str) -> float:
    """Return the share of residents whose group is known to a source, or to any (linked)."""
    return float(_known(look, source).mean())


@measure
def known_by_practice(look: Look, source: str, which: str) -> float:
    """Return the same for the practice with the lowest or the highest share."""
    practice = look.world.tables["L01"].set_index("person_id")["practice_id"]
    by_practice = _known(look, source).groupby(practice).agg(["mean", "size"])
    many = by_practice[by_practice["size"] >= 500]["mean"]
    return float({"lowest": min, "highest": max}[which](many))


@measure
def not_known(look: Look, source: str) -> float:
    """Return the share of the people with a record at a source for whom it holds no answer."""
    return float((look.recorded[source].dropna() == "Not known").mean())


@measure
def agrees(look: Look, source: str, group: str) -> float:
    """Return the share of recorded groups that are what the person says, by own group."""
    says = look.recorded[source].dropna()
    own = look.own.reindex(says.index)
    stated = ~says.isin(["Not known", "Not stated"])
    mine = stated & (own.isin(_TOGETHER.get(group, (group,))) if group != ALL else True)
    return float((says == own)[mine].mean())


@measure
def sources_disagree(look: Look, _what: str) -> float:
    """Return how many times as often GP and hospital differ for minority ethnic groups."""
    letters = look.recorded[list(SOURCES[:2])].apply(lambda says: says.map(_LETTER)).dropna()
    differ = letters.iloc[:, 0] != letters.iloc[:, 1]
    british = look.own.reindex(letters.index) == _REFERENCE
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing differs
        return float(differ[~british].mean() / differ[british].mean())


#: Groups as records show them -> the letter of 2001, in which two lists can be compared.
_LETTER: dict[str, Any] = {
    **TO_NHS_2001,
    "Any other White background": "C",
    "Any other ethnic group": "S",
}


def _known(look: Look, source: str) -> pd.Series:
    if source == "linked":
        codes = look.world.tables["L01"].set_index("person_id")["ethnic_code_2001"]
        return codes != "99"
    said = look.recorded[source].reindex(look.own.index)
    return said.notna() & (said != "Not known")


def _unmet(look: Look) -> np.ndarray:
    return look.world.latent["unmet_language"].to_numpy() > 0


def _fifths(area: pd.DataFrame, number: np.ndarray) -> np.ndarray:
    return (area["deprivation_decile"].to_numpy()[number - 1] + 1) // 2


def _births(look: Look, outcome: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return chance, own group, weight and fifth of those who may give birth."""
    wanted = look.world.recipe
    drawn = sample.draw(wanted)
    mothers, weight = maternity._mothers(drawn, wanted.parameters["maternity"])
    risk = maternity.chance(wanted.parameters, drawn.exposed, maternity._new_here(wanted), outcome)[
        mothers
    ]
    fifth = _fifths(wanted.parameters.tables["area"], drawn.people["area"].to_numpy()[mothers])
    return risk, drawn.people["group"].to_numpy()[mothers], weight, fifth
