"""Studies, before anyone writes about them: who took part, what was found, what became of it.

Each study has an address of its own, so that the first 120 are the same in a library of any size.
Its finding is the effect in the people it had, plus what its design adds, plus luck; how studies
are done differs by intervention (``profiles.toml``), so what is popular and what works are not
the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from eeic.categories import GROUPS, LABELS
from eeic.world.library import ratios, told
from eeic.world.library.places import AREAS, Places
from eeic.world.lookups import logistic, normal
from eeic.world.streams import Module, uniforms

#: Raw uniforms a study: the first part decides what it is and finds, the rest its wording.
_NUMBERS, _WORDS = 48, 96

#: Designs with two groups of people and an odds ratio.
EFFECT_DESIGNS = (
    *("rct", "cluster", "stepped", "series", "did", "cohort", "before_after", "cross_sectional"),
)
#: The first records are a small library of their own.
EARLY = 120

TRIALS = ("rct", "cluster", "stepped")

FIVE = tuple(dict.fromkeys(group.high_level for group in GROUPS))

#: Spread of true effects between studies of one intervention, beyond their mix of people.
_TAU = 0.05
#: Share of people from a group who come into a trial, for each who would by their numbers.
_ENROLLED = {"Asian": 0.75, "Black": 0.3, "Mixed": 0.7, "White": 1.0, "Other": 0.6}
_FIRST_YEAR, _YEARS = 2012, 25
_DATED_UNTIL = 2021
#: Share of records that tell of a study a second time, and papers that their journal took back.
_DUPLICATES, _RETRACTIONS = 0.03, 2


@dataclass(frozen=True)
class Study:
    """One study, as it truly is.

    Attributes
    ----------
    slot : int
        Its number, from 0.
    intervention, service, population, design : str
        Keys of the data files: what was studied, where, with whom, and how.
    weak : bool
        Whether a trial is at high risk of bias.
    year, area, sites, months : int
        When it was written up, in which kind of area (from 0), at how many sites, and for how
        long people were followed.
    invited, randomised, analysed : int or None
        People, or None where the design has none.
    shares : tuple of float
        Of its participants by the 19 groups.
    excluded : bool
        Whether people who need language support were left out.
    reporting : str
        none, White v. rest, five groups or detailed.
    true, bias : float
        Log-odds: the effect in its own participants, and what its design adds.
    counts : tuple of int or None
        Reached the outcome and of how many, with and without the intervention.
    effect, error : float or None
        The log odds ratio that it found, and its standard error.
    subgroups : dict
        Broad group -> log odds ratio and standard error, where reported.
    subgroup_real : bool
        Whether groups truly differ as its mechanisms say, or every difference is luck.
    source : str
        Where the record comes from.
    published : bool
        Whether its results reached a journal or a conference.
    switched : bool
        Whether another outcome was reported than the one registered.
    words : sequence of float
        Uniforms for the wording.
    pooled, missed : tuple of int
        Slots of the studies that a review took in, and of those it should have.
    duplicate_of : int or None
        Slot of the study that this is another record of.
    retracted : bool
        Whether its journal took it back.
    """

    slot: int
    intervention: str
    service: str
    population: str
    design: str
    weak: bool
    year: int
    area: int
    sites: int
    months: int
    invited: int | None
    randomised: int | None
    analysed: int
    shares: tuple[float, ...]
    excluded: bool
    reporting: str
    true: float
    bias: float
    counts: tuple[int, int, int, int] | None
    effect: float | None
    error: float | None
    subgroups: dict[str, tuple[float, float]]
    subgroup_real: bool
    source: str
    published: bool
    switched: bool
    words: Sequence[float] = field(repr=False)
    pooled: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    duplicate_of: int | None = None
    retracted: bool = False

    @property
    def dated(self) -> bool:
        """Whether it may use the group terms of its time."""
        return self.year <= _DATED_UNTIL

    @property
    def favourable(self) -> bool:
        """Whether its 95% interval lies wholly on the side of benefit."""
        return self.effect is not None and self.effect > ratios.Z95 * (self.error or 0)

    @property
    def risk_of_bias(self) -> str:
        """The right judgement of its risk of bias."""
        if self.design in TRIALS:
            return "high" if self.weak else "low"
        if self.design in ("series", "did"):
            return "some concerns"
        if self.design in ("qualitative", "costing"):
            return "another instrument"
        if self.design == "review":
            return "high" if self.missed else "some concerns"
        return "high"

    @cached_property
    def five(self) -> dict[str, float]:
        """Shares of its participants by broad group."""
        found = dict.fromkeys(FIVE, 0.0)
        for group, share in zip(GROUPS, self.shares, strict=True):
            found[group.high_level] += share
        return {name: round(share, 4) for name, share in found.items()}


class Maker:
    """Makes the studies of one world.

    Parameters
    ----------
    seed : int
        Seed of the world.
    places : Places
        Where studies are done.
    faithful : bool
        Recording switched off: no design adds anything, everything is published, every group
        reported.
    """

    def __init__(self, seed: int, places: Places, *, faithful: bool = False) -> None:
        self.seed, self.places, self.faithful = seed, places, faithful
        self.interventions = told.read("interventions")
        self.profiles = told.read("profiles")
        self.designs = told.read("designs")
        self.facets = told.read("facets")
        language = places.load["language"]
        needed = np.maximum(language, 0.85) if language.any() else language
        able = replace(
            places,
            load={**places.load, "language": language * 0.25},
            barrier=places.barrier * 0.6,
        )
        asked = replace(places, load={**places.load, "language": needed})
        self._effects = {
            (name, kind): where.effect(about["effect"]).tolist()
            for kind, where in (("all", places), ("able", able), ("need", asked))
            for name, about in self.interventions.items()
        }
        self._people = places.people.tolist()
        self._language = language.tolist()
        self._high = [group.high_level for group in GROUPS]
        self._choices = {name: about["weight"] for name, about in self.interventions.items()}
        self._early = {
            name: about["early"] for name, about in self.interventions.items() if "early" in about
        }

    def study(self, slot: int, design: str | None = None) -> Study:
        """Make one study.

        Parameters
        ----------
        slot : int
            Its number, from 0.
        design : str, optional
            Its design, if it is not to be drawn.

        Returns
        -------
        Study
        """
        drawn = uniforms(self.seed, Module.LIBRARY, slot + 1, _NUMBERS + _WORDS, 1)[:, 0]
        u, words = drawn[:_NUMBERS].tolist(), array("d", drawn[_NUMBERS:])
        z = normal(drawn[:_NUMBERS]).tolist()
        # Multiples of the golden ratio spread the interventions evenly over any beginning.
        even = (slot * 0.6180339887498949 + 0.35) % 1
        intervention = _pick(self._early if slot < EARLY else self._choices, even)
        about = self.interventions[intervention]
        profile = self.profiles[about["profile"]]
        design = design or _pick(profile["designs"], u[0])
        how = self.designs[design]
        service = about["services"][int(u[1] * len(about["services"]))]
        population = self._population(about["profile"], profile, design, u[2], u[3])
        focused = population != "all"
        weak = design in TRIALS and u[4] < profile["weak"]
        excluded = (
            u[5] < profile["excluded"] * (1.0 if design in TRIALS else 0.6)
            and population != "people who need language support"
            and design not in ("review", "costing", "qualitative")
        )
        area = int(u[6] * AREAS)
        kind = "able" if excluded else "need" if "language" in population else "all"
        weights = self._weights(area, population, design, excluded)
        total = sum(weights)
        shares = [weight / total for weight in weights]
        effects = self._effects[intervention, kind][area]
        true = sum(share * effect for share, effect in zip(shares, effects, strict=True))
        true = round(true + _TAU * z[7], 5)
        bias = self._bias(profile, how, weak, z[8])
        size = int(np.interp(u[9], [0, 0.25, 0.5, 0.75, 1], how["sizes"]))
        size = max(
            int(size * (profile["size"] if design in EFFECT_DESIGNS else 1)), how["sizes"][0]
        )
        counts = effect = error = None
        subgroups: dict[str, tuple[float, float]] = {}
        lost = 0.03 + 0.27 * u[10] if design in (*TRIALS, "cohort") else 0.0
        analysed = max(int(size * (1 - lost)), 40) if design in EFFECT_DESIGNS else size
        real = u[11] < 0.05
        reporting = self._reporting(focused, u[12], u[13])
        five = dict.fromkeys(FIVE, 0.0)
        for high, share in zip(self._high, shares, strict=True):
            five[high] += share
        if design in EFFECT_DESIGNS:
            base = self.facets["services"][service]["base"] + 0.3 * z[14]
            counts = _counted(analysed, base, true + bias, z[15], z[16], how["inflation"])
            effect, error = ratios.compared(*counts, how["inflation"])
            if reporting in ("five groups", "detailed"):
                for number, name in enumerate(one for one in FIVE if one != "White"):
                    there = int(analysed * five[name])
                    # A study of one group has no subgroup of that name.
                    if there < 24 or five[name] > 0.95:
                        continue
                    group_true = true
                    if real:
                        inside = [
                            share * value
                            for share, value, high in zip(shares, effects, self._high, strict=True)
                            if high == name
                        ]
                        group_true = sum(inside) / five[name]
                    cells = _counted(
                        there,
                        base,
                        group_true + bias,
                        z[17 + 2 * number],
                        z[18 + 2 * number],
                        how["inflation"],
                    )
                    found = ratios.compared(*cells, how["inflation"])
                    told_of = abs(found[0]) > ratios.Z95 * found[1] or u[26 + number] < 0.35
                    if told_of or self.faithful:
                        subgroups[name] = found
        published, source = self._published(profile, design, effect, error, u[30], u[31], u[32])
        invited = None
        if design in (*TRIALS, "cohort", "cross_sectional", "qualitative"):
            invited = int(size / (0.25 + 0.5 * u[33]))
        return Study(
            slot=slot,
            intervention=intervention,
            service=service,
            population=population,
            design=design,
            weak=weak,
            year=_FIRST_YEAR + int(_YEARS * u[34]),
            area=area,
            sites=2 + int(u[35] * (30 if design in ("cluster", "stepped", "series", "did") else 8)),
            months=(3, 6, 6, 12, 12, 18)[int(u[36] * 6)],
            invited=invited,
            randomised=size if design in TRIALS else None,
            analysed=analysed,
            shares=tuple(round(share, 5) for share in shares),
            excluded=excluded,
            reporting=reporting,
            true=true,
            bias=bias,
            counts=counts,
            effect=effect,
            error=error,
            subgroups=subgroups,
            subgroup_real=bool(subgroups) and real,
            source=source,
            published=published,
            switched=weak and u[37] < 0.4,
            words=words,
        )

    def _population(
        self, name: str, profile: dict[str, Any], design: str, u: float, which: float
    ) -> str:
        focus = 0.75 if design == "qualitative" else profile["focus"]
        if u >= focus:
            return "all"
        weights = {one: about["weight"] for one, about in self.facets["populations"].items()}
        if name == "works where language is unmet":
            weights["people who need language support"] *= 3
        return _pick(weights, which)

    def _weights(self, area: int, population: str, design: str, excluded: bool) -> list[float]:
        groups = self.facets["populations"][population]["groups"]
        weights = []
        for g, label in enumerate(LABELS):
            here = self._people[area][g] + 0.5
            if groups:
                here *= label in groups
            if "language" in population:
                here *= 0.05 + self._language[area][g]
            enrolled = _ENROLLED[self._high[g].split()[0]]
            if label in ("Gypsy or Irish Traveller", "Roma"):
                enrolled = 0.3
            if design not in TRIALS:
                enrolled = 0.5 + enrolled / 2
            if excluded:
                enrolled *= 1 - 0.8 * self._language[area][g]
            weights.append(here * enrolled)
        return weights

    def _bias(self, profile: dict[str, Any], how: dict[str, Any], weak: bool, z: float) -> float:
        told_of = how.get("weak_bias") if weak else how.get("bias")
        if told_of is None or self.faithful:
            return 0.0
        mean, spread = told_of
        return round(mean * profile["bias"] + spread * z, 5)

    def _reporting(self, focused: bool, u: float, v: float) -> str:
        if self.faithful:
            return "detailed"
        if focused:
            return "detailed" if v < 0.5 else "five groups"
        if u >= 0.56:
            return "none"
        return "White v. rest" if v < 0.37 else "five groups" if v < 0.81 else "detailed"

    def _published(
        self,
        profile: dict[str, Any],
        design: str,
        effect: float | None,
        error: float | None,
        u: float,
        where: float,
        which: float,
    ) -> tuple[bool, str]:
        grey = ("report", "thesis", "community report")[int(which * 3)]
        if effect is None or error is None:
            chance = 0.75
        elif effect > ratios.Z95 * error:
            chance = 0.90
        else:
            chance = 0.45 if error < 0.1 else 0.28
        # Reviews are written to be published.
        if u < chance or design == "review" or self.faithful:
            if where < profile["grey"] and design != "review":
                return False, grey
            return True, "journal" if which < 0.9 else "conference"
        if where < 0.5 and design in EFFECT_DESIGNS:
            return False, "registry"
        return False, grey


def make(maker: Maker, number: int) -> list[Study]:
    """Make the first studies of a world, reviews with what they took in.

    Parameters
    ----------
    maker : Maker
        Of one world.
    number : int
        How many.

    Returns
    -------
    list of Study
        With `EARLY` or more of them there is one of every design that a report is about, among
        the first `EARLY`.
    """
    designs: dict[int, str] = {}
    made = _in_order(maker, number, designs)
    while number >= EARLY and (design := _lacking(made)):
        designs[_slot_for(maker, made, design, designs)] = design
        made = _in_order(maker, number, designs)
    return made


def can_be_reported(study: Study, design: str) -> bool:
    """Tell whether a one-page report on a study of this design can be written about a study.

    Parameters
    ----------
    study : Study
        The study.
    design : str
        What the report is about.

    Returns
    -------
    bool
    """
    return (
        study.design == design
        and study.source != "registry"
        and study.duplicate_of is None
        and not study.retracted
        and (study.effect is not None or design in ("qualitative", "costing"))
        and (design != "qualitative" or study.population != "all")
    )


def _lacking(made: list[Study]) -> str | None:
    """Return a design that no study of the small library can stand for, if there is one."""
    for about in told.read("reports").values():
        if not any(can_be_reported(one, about["design"]) for one in made[:EARLY]):
            return str(about["design"])
    return None


def _slot_for(maker: Maker, made: list[Study], design: str, taken: dict[int, str]) -> int:
    """Return the last slot of the small library that can have another design than it drew."""
    needed = {about["design"] for about in told.read("reports").values()}
    for one in reversed(made[:EARLY]):
        if one.slot in taken or one.design in needed or one.duplicate_of is not None:
            continue
        study = maker.study(one.slot, design)
        if design == "review":
            study = _reviewed(study, made[: one.slot], True)
        if can_be_reported(study, design):
            return one.slot
    raise ValueError(f"The library has no room for a study of the design {design!r}.")


def _in_order(maker: Maker, number: int, designs: dict[int, str]) -> list[Study]:
    made: list[Study] = []
    missed_half = False
    retractions = 0
    for slot in range(number):
        study = maker.study(slot, designs.get(slot))
        if study.words[-2] < _DUPLICATES and not maker.faithful:
            again = next((one for one in reversed(made) if _can_be_told_twice(one)), None)
            if again is not None:
                made.append(
                    replace(
                        again,
                        slot=slot,
                        words=study.words,
                        source="conference" if again.source == "journal" else "report",
                        duplicate_of=again.slot,
                        retracted=False,
                    )
                )
                continue
        if retractions < _RETRACTIONS and _can_be_retracted(study) and not maker.faithful:
            study = replace(study, retracted=True)
            retractions += 1
        if study.design == "review":
            study = _reviewed(study, made, not missed_half and not maker.faithful)
            missed_half = missed_half or bool(study.missed)
        made.append(study)
    return made


def _can_be_told_twice(study: Study) -> bool:
    return study.published and study.design in EFFECT_DESIGNS and study.duplicate_of is None


def _can_be_retracted(study: Study) -> bool:
    return study.source == "journal" and study.favourable and study.risk_of_bias == "high"


def _reviewed(review: Study, before: list[Study], may_miss: bool) -> Study:
    """Let a review take in the earlier studies of its intervention, or half of them."""
    found = [
        one
        for one in before
        if one.intervention == review.intervention
        and one.effect is not None
        and one.source != "registry"
        and one.duplicate_of is None
        and one.design != "review"
        and not one.retracted
    ]
    missed: list[Study] = []
    if may_miss and len(found) >= 5:
        # It looked in journals, where the favourable ones are.
        ordered = sorted(found, key=lambda one: (not one.published, -(one.effect or 0), one.slot))
        half = (len(found) + 1) // 2
        found, missed = ordered[:half], ordered[half:]
    elif not may_miss:
        found = [one for one in found if one.published or one.words[-1] < 0.5] or found
    effect = error = None
    if len(found) >= 2:
        weights = [round(1 / (one.error or 1) / (one.error or 1), 3) for one in found]
        total = sum(weights)
        effect = round(
            sum(w * (one.effect or 0) for w, one in zip(weights, found, strict=True)) / total, 5
        )
        error = ratios.root(1 / total)
    return replace(
        review,
        effect=effect,
        error=error,
        analysed=sum(one.analysed for one in found),
        sites=0,
        pooled=tuple(sorted(one.slot for one in found)),
        missed=tuple(sorted(one.slot for one in missed)),
        # What it meant to find is the average truth of all that it should have taken in.
        true=round(
            sum(one.true for one in (*found, *missed)) / max(len(found) + len(missed), 1), 5
        ),
        bias=round(sum(one.bias for one in found) / max(len(found), 1), 5),
        year=max([review.year, *(one.year for one in found)]),
        excluded=False,
    )


def _pick(weights: dict[str, float], u: float) -> str:
    """Pick a key by its weight."""
    names = list(weights)
    target = u * sum(weights.values())
    for name in names:
        target -= weights[name]
        if target < 0:
            return name
    return names[-1]


def _counted(
    people: int, base: float, difference: float, z1: float, z0: float, inflation: float
) -> tuple[int, int, int, int]:
    """Count who reached the outcome, with and without the intervention."""
    n1 = people // 2
    n0 = people - n1
    p1, p0 = logistic(np.array([base + difference, base])).tolist()
    found = []
    for n, p, z in ((n1, p1, z1), (n0, p0, z0)):
        spread = ratios.root(n * p * (1 - p) * inflation)
        found += [min(max(round(n * p + spread * z), 1), n - 1), n]
    return found[0], found[1], found[2], found[3]
