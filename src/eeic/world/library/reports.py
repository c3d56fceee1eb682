"""Eight one-page study reports, each written from the numbers of one study of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eeic import NOTICE
from eeic.categories import GROUPS
from eeic.world.library import ratios, told
from eeic.world.library.studies import Study, can_be_reported
from eeic.world.library.words import Words, counts_interpreting, heard_attenders, interval, shares

if TYPE_CHECKING:
    from eeic.world.library import Library


def write(library: Library) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Write the reports.

    Parameters
    ----------
    library : Library
        The library they belong to.

    Returns
    -------
    tuple
        One row a report (report_id, record_id, kind, title, instrument, text in Markdown), and
        report -> how it departs from the truth and what would have warned the reader.
    """
    rows, facts = [], {}
    for name, about in told.read("reports").items():
        study = _chosen(library.studies, about)
        # The numbers and words of the abstract, for a page about the same study.
        words = Words(study, study.words)
        record = library.names[study.slot]
        title = library.records.set_index("record_id")["title"][record]
        words.keep_to(title)
        words.fills |= _further(study, words, library)
        text = _page(about["text"].strip(), words)
        rows.append(
            {
                "report_id": name,
                "record_id": record,
                "kind": about["kind"],
                "title": title,
                "instrument": about["instrument"],
                "text": f"# {title}\n\n> {NOTICE}.\n\n{text}\n",
            }
        )
        facts[name] = {
            "record_id": record,
            "risk_of_bias": study.risk_of_bias,
            "departs": _page(about["departs"], words),
            "warned_by": about["warned_by"],
            "reported": study.effect,
            "true_effect": None if study.effect is None else study.true,
        }
    return pd.DataFrame(rows), facts


def _chosen(studies: list[Study], about: dict[str, Any]) -> Study:
    """Take the study of the design that shows best what the report is about."""
    interventions = told.read("interventions")
    of_design = [one for one in studies if can_be_reported(one, about["design"])]
    if not of_design:
        raise ValueError(
            f"A library of {len(studies)} records has no {about['kind']} to report on; ask for 120."
        )

    def shows(study: Study) -> float:
        profile = interventions[study.intervention]["profile"]
        if about["wants"] == "excluded":
            score = 4.0 * study.excluded + 6 * study.favourable - 8 * study.weak
            score += 3 * (profile == "works for the majority only") + (study.population == "all")
        elif about["wants"] == "everyone":
            score = 6 * study.favourable - 4 * study.weak - 4 * study.excluded
        elif about["wants"] == "half the costs":
            score = -6 * counts_interpreting(study)
        elif about["wants"] == "attenders":
            score = 6 * heard_attenders(study)
        elif about["wants"] == "biased":
            score = study.bias * 4 + 6 * study.favourable
        elif about["wants"] == "missed":
            score = 9 * bool(study.missed) + len(study.pooled) / 100
        else:
            score = 6 * study.favourable - 4 * study.weak
        # A page that is read slowly need not repeat the group terms of another time.
        score -= 2 * (study.dated and study.population != "all")
        return score - 9 * (profile == "elsewhere")

    # The first of the best, so that a larger library may find a better one but never a worse.
    return max(of_design, key=shows)


#: What authors make of a trial, by whether it found a clear benefit.
_VERDICT = {
    True: "The programme works and should be offered to all communities that the service is for.",
    False: "The programme makes little difference, and no community needs to look further.",
}


def _page(template: str, words: Words) -> str:
    """Fill a page line by line, so that every line keeps its own beginning."""
    lines = []
    for line in template.split("\n"):
        starts_low = line[:1].islower()
        filled = words.fill(line) if line else ""
        lines.append(filled if not starts_low else filled[0].lower() + filled[1:])
    return "\n".join(lines)


def _further(study: Study, words: Words, library: Library) -> dict[str, str]:
    """Return what a page tells beyond the abstract."""
    u = words.u
    about = told.read("interventions")[study.intervention]
    everyone, under_served = library.places.value(about["effect"])
    people = library.places.people
    white = [group.label == "White British" for group in GROUPS]
    minority = 100 * (1 - people[study.area, white].sum() / people[study.area].sum())
    taken = [one for one in library.studies if one.slot in study.pooled]
    here = study.randomised or study.analysed
    total = int(words.fills["cost"])
    staff = round(total * int(words.fills["staff"]) / 100)
    setup = int((total - staff) * (0.3 + 0.4 * u()))
    age = 30 if study.service == "maternity care" else 54
    said = {
        "shares_all": f"Ethnic group: {shares(study) or 'not reported'}",
        "local_share": str(round(float(minority))),
        "half1": str(here // 2),
        "half0": str(here - here // 2),
        "before1": str(62 + int(12 * u())),
        "before0": str(38 + int(12 * u())),
        "moved1": str(5 + int(4 * u())),
        "moved0": str(14 + int(6 * u())),
        "main_name": words.main["intervention"].removeprefix("a ").removeprefix("an "),
        "read": str(60 + int(200 * u())),
        "trials": str(sum(one.randomised is not None for one in taken)),
        "by_group": str(sum(bool(one.subgroups) for one in taken)),
        "missed_number": str(len(study.missed)),
        "age1": str(age),
        "age0": str(age - 1),
        "staff_cost": str(staff),
        "materials": str(total - staff - setup),
        "setup": str(setup),
        "total": str(total),
        "funder": words.one_of(words.grammar["funders"]),
        "verdict": _VERDICT[study.favourable],
        "true_under_served": f"{ratios.odds_ratio(under_served):.2f}",
        "true_everyone": f"{ratios.odds_ratio(everyone):.2f}",
        "true": f"{ratios.odds_ratio(study.true):.2f}",
        "bias": str(round(study.bias, 2)),
    }
    if study.counts:
        effect, error = ratios.compared(*study.counts)
        low, high = interval(effect, error)
        a, n1, *_ = study.counts
        said |= {"naive_low": f"{low:.2f}", "naive_high": f"{high:.2f}"}
        middle = round(100 * a / n1)
        said |= {"site_low": str(max(middle - 21, 2)), "site_high": str(min(middle + 18, 98))}
    return said
