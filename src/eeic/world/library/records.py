"""The table of records as learners see it, and what is true of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import LABELS
from eeic.world.library import ratios, told
from eeic.world.library.studies import EFFECT_DESIGNS, TRIALS, Study
from eeic.world.library.words import Words, attrition, interval, kind_of_place, shares, with_limits
from eeic.world.streams import permuted

if TYPE_CHECKING:
    from eeic.world.library.places import Places

#: Share of null abstracts that are told as if there were a benefit, and of indexed records in which
#: the indexer made a mistake.
_SPIN, _MISINDEXED = 0.30, 0.08
#: Sources that no indexer reads: what is only there is found by its own words or not at all.
_NOT_INDEXED = ("report", "thesis", "community report", "registry")
_AUTHORS = 900
#: Record numbers start here, far from those of people.
_FIRST_NUMBER = 9_000_000

_JOURNALS = {
    "journal": "journals",
    "conference": "conferences",
    "report": "reports",
    "thesis": "theses",
    "community report": "community",
    "registry": "registries",
}


def ids(seed: int, number: int) -> list[str]:
    """Return the ids of the records, in the order of their slots.

    Parameters
    ----------
    seed : int
        Seed of the world.
    number : int
        How many records.

    Returns
    -------
    list of str
        Such as ``"R0481516"``: the number says nothing.
    """
    numbers = permuted(_FIRST_NUMBER + np.arange(number), seed)
    return [f"R{one:07d}" for one in numbers.tolist()]


def table(
    studies: list[Study], names: list[str], types: list[str], *, faithful: bool
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Write the records down.

    Parameters
    ----------
    studies : list of Study
        In the order of their slots.
    names : list of str
        Their ids.
    types : list of str
        Kinds of place, in the order of the areas.
    faithful : bool
        Recording switched off: no spin and no mistakes of indexing.

    Returns
    -------
    tuple
        The table sorted by id, and id -> what is true of the record.
    """
    columns: dict[str, list[Any]] = {}
    facts = {}
    # Lists for columns, because thousands of rows with their names would take much memory.
    for name, study in sorted(zip(names, studies, strict=True), key=lambda pair: pair[0]):
        row, facts[name] = _record(study, name, names, types, faithful)
        for column, value in row.items():
            columns.setdefault(column, []).append(value)
    return pd.DataFrame(columns), facts


def _record(
    study: Study, name: str, names: list[str], types: list[str], faithful: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    words = Words(study, study.words)
    spin = words.u() < _SPIN and not faithful
    empty = study.source == "registry"
    design, terms, mistake = _indexed(study, words, faithful)
    title = words.title()
    abstract = words.abstract(spin=spin)
    effect = study.design in EFFECT_DESIGNS and not empty
    low = high = estimate = None
    if study.effect is not None and study.error is not None and not empty:
        estimate = ratios.odds_ratio(study.effect)
        low, high = interval(study.effect, study.error)
    outcome = words.fills["outcome"]
    reported = "satisfaction with the service" if study.switched else outcome
    row = {
        "record_id": name,
        "title": f"Retracted: {title}" if study.retracted else title,
        "abstract": abstract,
        "authors": _authors(words),
        "year": study.year,
        "source": study.source,
        "published_in": words.one_of(words.grammar[_JOURNALS[study.source]]),
        "subject_terms": "; ".join(terms) or None,
        "keywords": _keywords(words),
        "design": design,
        "setting": f"{words.fills['setting']}, {kind_of_place(study, types)}",
        "people_invited": study.invited,
        "people_randomised": study.randomised,
        "people_analysed": None
        if empty or (study.design == "review" and not study.pooled)
        else study.analysed,
        "ethnic_reporting": "none" if empty or not effect else study.reporting,
        "group_shares": (shares(study) or None) if effect else None,
        "exclusions": _exclusions(study),
        "outcome_registered": reported if study.design in TRIALS else None,
        "outcome": outcome,
        "follow_up_months": study.months if effect else None,
        "measure": None if estimate is None else "odds ratio",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "subgroups": _subgroups(study) if effect else None,
        "attrition_pct": attrition(study) if effect else None,
        "allocation": _ALLOCATION[_allocation(study)],
        "blinding": _blinding(study),
        "funding": words.one_of(words.grammar["funders"]),
    }
    groups = told.read("facets")["populations"][study.population]["groups"]
    true: dict[str, Any] = {
        "intervention": study.intervention,
        "service": study.service,
        "population": study.population,
        "groups": groups or ["everyone"],
        "design": study.design,
        "risk_of_bias": study.risk_of_bias,
        "published": study.published,
    }
    if study.effect is not None:
        true |= {
            "true_effect": study.true,
            "design_bias": study.bias,
            "found_effect": study.effect,
            "chance": round(study.effect - study.true - study.bias, 5),
            "language_excluded": study.excluded,
            "participants": {
                label: round(share, 4)
                for label, share in zip(LABELS, study.shares, strict=True)
                if share >= 0.005
            },
        }
    if study.subgroups:
        true["subgroup_difference_real"] = study.subgroup_real
    if spin and effect and not study.favourable:
        true["spin"] = True
    if study.switched:
        true["outcome_switched"] = True
    if mistake:
        true["indexing_error"] = mistake
    if study.duplicate_of is not None:
        true["duplicate_of"] = names[study.duplicate_of]
    if study.retracted:
        true["retracted"] = True
    if study.pooled:
        true["took_in"] = [names[slot] for slot in study.pooled]
    if study.missed:
        true["missed"] = [names[slot] for slot in study.missed]
    return row, true


def _indexed(study: Study, words: Words, faithful: bool) -> tuple[str, list[str], str]:
    """Return design and subject terms as the indexer put them, and the mistake if there is one."""
    designs, facets = told.read("designs"), told.read("facets")
    design = designs[study.design]["label"]
    about = told.read("interventions")[study.intervention]["subjects"]
    where = facets["services"][study.service]["subjects"]
    who = facets["populations"][study.population]["subjects"]
    how = designs[study.design]["subjects"]
    u, kind, which = words.u(), words.u(), words.u()
    further = list(told.subjects())[int(words.u() * len(told.subjects()))]
    if study.source in _NOT_INDEXED and not faithful:
        return design, [], ""
    if faithful or u >= _MISINDEXED:
        return design, [*about, *where, *who, *how, further], ""
    if kind < 0.4:
        others = [one["label"] for name, one in designs.items() if name != study.design]
        return others[int(which * len(others))], [*about, *where, *who, further], "wrong design"
    if kind < 0.7:
        return design, [*where, *who, *how, further], "intervention not indexed"
    if who:
        return design, [*about, *where, *how, further], "people not indexed"
    return design, [*about, *who, *how, further], "service not indexed"


def _authors(words: Words) -> str:
    people = [f"Author {1 + int(words.u() * _AUTHORS):04d}" for _ in range(2 + int(words.u() * 4))]
    return "; ".join(dict.fromkeys(people))


def _keywords(words: Words) -> str:
    """Return the author's own keywords, in the author's own words."""
    drawn = [words.one_of(options) for options in words.synonyms.values()]
    return "; ".join(dict.fromkeys(one.removeprefix("a ").removeprefix("an ") for one in drawn))


def _exclusions(study: Study) -> str:
    if study.source == "registry":
        return "not stated"
    if study.design in ("review", "costing"):
        return "not applicable"
    return "people who needed an interpreter" if study.excluded else "none for language"


def _subgroups(study: Study) -> str | None:
    said = [f"{name} {with_limits(*found)}" for name, found in study.subgroups.items()]
    return "; ".join(said) or None


_ALLOCATION = {
    "low": "random, concealed",
    "high": "by alternate week, or known to staff",
    "no": "not allocated",
}


def _allocation(study: Study) -> str:
    return ("high" if study.weak else "low") if study.design in TRIALS else "no"


def _blinding(study: Study) -> str:
    if study.design not in EFFECT_DESIGNS:
        return "not applicable"
    return "assessors did not know" if study.risk_of_bias == "low" else "none"


def gold(studies: list[Study], names: list[str]) -> dict[str, Any]:
    """Return the gold standard: which records answer each question, and which are key.

    Parameters
    ----------
    studies : list of Study
        In the order of their slots.
    names : list of str
        Their ids.

    Returns
    -------
    dict
        Question -> what is asked, and the ids of relevant and of key records. A record is key if
        its design is sound and it does not tell of another one's study; for questions about how
        people understand or use care, if it has results for named groups.
    """
    found = {}
    for question, about in told.read("facets")["questions"].items():
        relevant = [one for one in studies if _answers(one, about)]
        key = [
            one
            for one in relevant
            if one.duplicate_of is None
            and not one.retracted
            and one.source != "registry"
            and (
                one.risk_of_bias in ("low", "some concerns")
                if about["kind"] == "prescribe"
                else one.reporting == "detailed"
            )
        ]
        found[question] = {
            "asked": about["asked"],
            "module": about["module"],
            "kind": about["kind"],
            "relevant": sorted(names[one.slot] for one in relevant),
            "key": sorted(names[one.slot] for one in key),
        }
    return found


def _answers(study: Study, about: dict[str, Any]) -> bool:
    return all(
        not about[name] or value in about[name]
        for name, value in (
            ("interventions", study.intervention),
            ("services", study.service),
            ("populations", study.population),
            ("designs", study.design),
        )
    )


def interventions(places: Places) -> dict[str, Any]:
    """Return what each intervention changes, and what that is worth here.

    Parameters
    ----------
    places : Places
        The kinds of area.

    Returns
    -------
    dict
        Intervention -> label, profile, change by mechanism, and mean effect for everyone and for
        the groups that meet most barriers.
    """
    found = {}
    for name, about in told.read("interventions").items():
        everyone, under_served = places.value(about["effect"])
        found[name] = {
            "label": about["label"],
            "profile": about["profile"],
            "change": about["effect"],
            "effect_everyone": everyone,
            "effect_under_served": under_served,
        }
    return found
