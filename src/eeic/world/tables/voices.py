"""Dataset L10: interviews, meetings, complaints and compliments, and how people were reached.

Texts are written beforehand and reviewed, in ``data/voices.toml``. What the world decides is where
they were said, so that each traces to something at work there, and who writes a complaint: among
all to whom it happened, those with English and with trust in being heard.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eeic.categories import HIGH_LEVEL, LABELS, TO_HIGH_LEVEL
from eeic.world import streams
from eeic.world.exposures import without_group
from eeic.world.streams import Module
from eeic.world.tables import sample
from eeic.world.tables.sample import PRACTICES, Sample

if TYPE_CHECKING:
    from eeic.world.build import Recipe

#: How people were reached, in the order in which it was tried: the easiest first.
ROUTES = (
    "patient panel",
    "practice waiting room",
    "public meeting",
    "staff network",
    "street stall",
    "community organisation",
    "interpreted interview through a community organisation",
)
CONSENT = (
    "may be quoted in public",
    "may be quoted if the practice is not named",
    "for learning in this project only",
)
#: Words that a text must have.
SHORTEST, LONGEST = 40, 120

#: What must hold of the practice where something was said: theme -> stance -> column, sign, bound.
_PLACED: dict[str, dict[str, tuple[str, str, Any]]] = {
    "interpreting": {
        "negative": ("interpreter_route", "is", "none"),
        "mixed": ("interpreter_route", "is", "phone"),
        "positive": ("interpreter_route", "is", "on demand"),
    },
    "written words": {
        "negative": ("letters_languages", "at most", 2),
        "mixed": ("letters_languages", "at most", 2),
        "positive": ("letters_languages", "at least", 5),
    },
    "being believed": {
        "negative": ("staff_practice", "at least", 0.14),
        "mixed": ("staff_practice", "at least", 0.14),
        "positive": ("staff_practice", "at most", 0.08),
    },
    "getting through": {
        "negative": ("quality_z", "at most", -0.2),
        "mixed": ("quality_z", "at most", -0.2),
        "positive": ("quality_z", "at least", 0.2),
    },
    "offers that fit": {
        "negative": ("evening_slots_pct", "at most", 6),
        "mixed": ("evening_slots_pct", "at least", 4),
        "positive": ("evening_slots_pct", "at least", 8),
    },
    "time and money": {
        "negative": ("deprivation", "at least", 0.5),
        "mixed": ("deprivation", "at least", 0.5),
        "positive": ("deprivation", "at least", 0.5),
    },
    # Where nothing is wrong anybody can say so; these two bind only those who met a barrier.
    "online only": {
        "negative": ("cannot_use_online_share", "at least", 0.08),
        "mixed": ("cannot_use_online_share", "at least", 0.08),
    },
    "registering": {
        "negative": ("first_year_share", "at least", 0.005),
        "mixed": ("first_year_share", "at least", 0.005),
    },
    "the journey": {
        "negative": ("travel", "at least", 0.4),
        "mixed": ("travel", "at least", 0.4),
        "positive": ("travel", "at least", 0.4),
    },
}


def make(wanted: Recipe) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, Any]]]:
    """Make the voices, their logs, and the count of complaints.

    Parameters
    ----------
    wanted : Recipe
        The world.

    Returns
    -------
    tuple of dict
        L10, L10_recruitment, L10_engagement and L10_complaints, and what is true of them.
    """
    drawn = sample.draw(wanted)
    spoken = _spoken(wanted, drawn)
    post = _post(wanted, drawn)
    rows = [*spoken, *post]
    for number, row in enumerate(rows):
        row["item_id"] = f"V{number + 1:03d}"
    table = pd.DataFrame(rows)
    counts, behind = _complaints(wanted, drawn)
    return (
        {
            "L10": table[list(_COLUMNS)],
            "L10_recruitment": _recruitment(wanted, spoken),
            "L10_engagement": _engagement(wanted),
            "L10_complaints": counts,
        },
        {
            "L10": {
                row["item_id"]: {key: row[key] for key in _HIDDEN if row[key] is not None}
                for row in rows
            },
            "L10_complaints": behind,
        },
    )


_COLUMNS = (
    *("item_id", "kind", "reached_by", "service", "practice_id", "speaker_role", "ethnic_group"),
    *("consent_note", "text"),
)
_HIDDEN = ("mechanism", "theme", "stance", "senior", "because")


@cache
def written() -> dict[str, list[dict[str, Any]]]:
    """Return the excerpts and the templates of letters.

    Returns
    -------
    dict
        ``voice`` and ``letter``, as in ``data/voices.toml``.
    """
    return tomllib.loads((files(__package__) / "data" / "voices.toml").read_text("utf-8"))


def letters(template: dict[str, Any]) -> list[str]:
    """Return every letter that a template can make.

    Parameters
    ----------
    template : dict
        One ``letter`` of `written`.

    Returns
    -------
    list of str
        Those that are long enough.
    """
    made = [" ".join(parts) for parts in product(*template["parts"])]
    return [text for text in made if SHORTEST <= len(text.split()) <= LONGEST]


def practices(drawn: Sample) -> pd.DataFrame:
    """Return the practices with the deprivation and the travel of the areas they serve.

    Parameters
    ----------
    drawn : Sample
        The sampled residents.

    Returns
    -------
    DataFrame
        The columns of the system's table, with ``deprivation`` and ``travel`` of the areas as z
        scores, and the shares of patients who cannot use what is online only and who are in their
        first year after arrival.
    """
    parameters = drawn.block.parameters
    near, shares = parameters.near
    kept = near.ravel() < PRACTICES
    at, weight = near.ravel()[kept], shares.ravel()[kept]
    found = {
        name: np.bincount(at, np.repeat(values, near.shape[1])[kept] * weight, PRACTICES)
        / np.bincount(at, weight, PRACTICES)
        for name, values in (
            ("deprivation", parameters.deprivation),
            ("travel", parameters.travel),
        )
    }
    practice = np.minimum(drawn.people["practice"].to_numpy(), PRACTICES)
    for name, column in (("cannot_use_online_share", "digital"), ("first_year_share", "recent")):
        values = drawn.exposed[column].to_numpy()
        found[name] = np.nan_to_num(sample.mean_by(practice, values, PRACTICES + 1)[:PRACTICES])
    return drawn.practices.assign(**{name: value.round(3) for name, value in found.items()})


def where(theme: str, stance: str, table: pd.DataFrame) -> tuple[np.ndarray, str | None]:
    """Tell at which practices something can have been said, and which column shows it.

    Parameters
    ----------
    theme, stance : str
        What it is about, and how.
    table : DataFrame
        From `practices`.

    Returns
    -------
    tuple
        One true or false a practice, and the column (None where every practice will do).
    """
    rule = _PLACED.get(theme, {}).get(stance)
    if rule is None:
        return np.ones(len(table), dtype=bool), None
    column, sign, bound = rule
    values = table[column].to_numpy()
    match sign:
        case "is":
            return values == bound, column
        case "at most":
            return values <= bound, column
        case _:
            return values >= bound, column


def chances(told: dict[str, Any], exposed: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return each person's chance of a bad experience in a year, by what made it.

    Parameters
    ----------
    told : dict
        Section ``voices`` of the parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    dict of numpy.ndarray
        Mechanism -> chances.
    """
    exposed = without_group(exposed)
    return {
        name: slope["a_unit"] * np.maximum(slope["sign"] * exposed[slope["of"]].to_numpy(), 0)
        for name, slope in told["bad_experience"].items()
    }


def speaks_up(told: dict[str, Any], exposed: pd.DataFrame) -> np.ndarray:
    """Return the chance that a person to whom something happened complains.

    Parameters
    ----------
    told : dict
        Section ``voices`` of the parameters.
    exposed : DataFrame
        Exposures, without any group column.

    Returns
    -------
    numpy.ndarray
        Chances: a quarter for those who have neither trust nor English forms of those who have
        both.
    """
    exposed = without_group(exposed)
    english = np.where(exposed["unmet_language"].to_numpy() > 0, told["without_english"], 1)
    trust = np.where(exposed["unfair"].to_numpy() > 0, told["without_trust"], 1)
    return told["complains"] * english * trust


def _spoken(wanted: Recipe, drawn: Sample) -> list[dict[str, Any]]:
    """Place the interviews and meetings, in the order in which people were reached."""
    table = practices(drawn)
    told = written()["voice"]
    u_place, u_order, u_consent, u_label = streams.uniforms(
        wanted.seed, Module.VOICES, 0, 4, len(told)
    )
    rows = []
    for number, voice in enumerate(told):
        possible, column = where(voice["theme"], voice["stance"], table)
        choice = np.flatnonzero(possible)
        # What no mechanism makes, nobody tells of; that something went well can be told always.
        at_work = wanted.on[voice["mechanism"]] or voice["stance"] == "positive"
        if not at_work or not len(choice):
            continue
        at = table.iloc[choice[int(u_place[number] * len(choice))]]
        label = voice["group"]
        if wanted.world == "relabelled":
            label = LABELS[int(u_label[number] * len(LABELS))]
        rows.append(
            {
                **voice,
                "reached_by": voice["route"],
                "practice_id": at["practice_id"],
                "speaker_role": voice["role"],
                "ethnic_group": label,
                "consent_note": CONSENT[int(u_consent[number] * len(CONSENT))],
                "because": f"{column}: {at[column]}" if column else None,
                "order": (ROUTES.index(voice["route"]), u_order[number]),
            }
        )
    return sorted(rows, key=lambda row: row["order"])


def _post(wanted: Recipe, drawn: Sample) -> list[dict[str, Any]]:
    """Draw who writes, and choose letters for reading so that no group fills the file."""
    told = wanted.parameters["voices"]
    faithful = not wanted.on["recording"]
    u_event, u_speaks, u_pick, u_asked = drawn.block.uniforms(Module.VOICES, 4)
    by_name = chances(told, drawn.exposed)
    ends = np.cumsum(list(by_name.values()), axis=0)
    which = (u_event >= ends).sum(axis=0)
    writes = (which < len(by_name)) & (u_speaks < speaks_up(told, drawn.exposed))
    thanks = u_event > 1 - told["thanks"]
    templates = {one["mechanism"]: one for one in written()["letter"]}
    group = drawn.people["group"].tolist()
    registered = drawn.people["practice"].tolist()
    ids = drawn.practices["practice_id"].tolist()
    rows = []
    for kind, found, limit in (
        ("complaint", np.flatnonzero(writes), told["complaints_shown"]),
        ("compliment", np.flatnonzero(thanks), told["compliments_shown"]),
    ):
        most = int(limit * told["at_most_of_a_group"])
        taken = dict.fromkeys(HIGH_LEVEL, 0)
        used: dict[str, int] = {}
        kept = 0
        for person in found[np.argsort(u_pick[found])].tolist():
            label = LABELS[group[person]]
            practice = registered[person]
            if kept == limit or practice >= PRACTICES:
                continue
            if taken[TO_HIGH_LEVEL[label]] >= most:
                continue
            mechanism = list(by_name)[which[person]] if kind == "complaint" else "none"
            template = templates[mechanism]
            options = letters(template)
            # Each theme goes through its letters in an order of the world's own.
            year = 1 + list(templates).index(mechanism)
            (u,) = streams.uniforms(wanted.seed, Module.VOICES, 0, 1, len(options), year=year)
            order = np.argsort(u)
            text = options[order[used.setdefault(mechanism, 0) % len(options)]]
            used[mechanism] += 1
            taken[TO_HIGH_LEVEL[label]] += 1
            kept += 1
            asked = faithful or u_asked[person] < told["group_asked"]
            rows.append(
                {
                    "kind": kind,
                    "reached_by": "letter",
                    "service": template["service"],
                    "practice_id": ids[practice],
                    "speaker_role": "patient",
                    "ethnic_group": label if asked else None,
                    "consent_note": CONSENT[2],
                    "text": text,
                    "mechanism": mechanism,
                    "theme": template["theme"],
                    "stance": "negative" if kind == "complaint" else "positive",
                    "senior": None,
                    "because": None,
                }
            )
    return rows


def _recruitment(wanted: Recipe, spoken: list[dict[str, Any]]) -> pd.DataFrame:
    """Log how each speaker was reached, and what it took."""
    told = wanted.parameters["voices"]["recruitment"]
    u_asked, u_month = streams.uniforms(wanted.seed, Module.VOICES, 0, 2, 40, year=30)
    rows = []
    for number, row in enumerate(spoken):
        route = told[row["reached_by"]]
        interpreted = row["reached_by"] == ROUTES[-1]
        asked = 1 + int(u_asked[number] * route["approached"])
        month = 4 + number * 10 // len(spoken)
        rows.append(
            {
                "item_id": row["item_id"],
                "month": f"2036-{month:02d}" if month <= 12 else f"2037-{month - 12:02d}",
                "reached_by": row["reached_by"],
                "people_approached": asked,
                "language": "another language, interpreted" if interpreted else "English",
                "hours": route["hours"],
                "paid_to_speaker": route["paid"],
                "interpreter_cost": 85 if interpreted else 0,
                "shown_own_words": "yes" if u_month[number] < route["shown"] else "no",
            }
        )
    return pd.DataFrame(rows)


def _engagement(wanted: Recipe) -> pd.DataFrame:
    """Log what the system asked of organisations, and what these got back."""
    told = wanted.parameters["voices"]["engagement"]
    count = told["entries"]
    u_org, u_kind, u_topic, u_paid, u_back, u_hours = streams.uniforms(
        wanted.seed, Module.VOICES, 0, 6, count, year=31
    )
    organisations = wanted.parameters.tables["organisation"]["org_id"].tolist()
    kinds = list(told["kinds"])
    ends = np.cumsum([told["kinds"][kind]["share"] for kind in kinds])
    rows = []
    for number in range(count):
        kind = kinds[min(int(np.searchsorted(ends, u_kind[number], side="right")), len(kinds) - 1)]
        about = told["kinds"][kind]
        paid = u_paid[number] < about["paid"]
        hours = 2 + int(u_hours[number] * about["hours"])
        month = number * 60 // count
        year, place = divmod(month + 3, 12)
        back = u_back[number] < about["told_back"]
        rows.append(
            {
                "month": f"{2031 + year}-{place + 1:02d}",
                "org_id": organisations[int(u_org[number] * len(organisations))],
                "kind": kind,
                "topic": told["topics"][int(u_topic[number] * len(told["topics"]))],
                "hours_given": hours,
                "paid": 30 * hours if paid else 0,
                "told_what_came_of_it": "yes" if back else "no",
                "something_changed": "yes" if u_back[number] < about["changed"] else "no",
            }
        )
    return pd.DataFrame(rows)


def _complaints(wanted: Recipe, drawn: Sample) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Count a year's complaints by place and group, and say how much lay behind them."""
    told = wanted.parameters["voices"]
    faithful = not wanted.on["recording"]
    bad = sum(chances(told, drawn.exposed).values(), np.zeros(len(drawn.people)))
    letters_of = bad * speaks_up(told, drawn.exposed)
    places = wanted.parameters.tables["place"].iloc[:6]
    area = wanted.parameters.tables["area"]["place_id"].map(
        {one: number for number, one in enumerate(places["place_id"])}
    )
    place = area.fillna(0).to_numpy(dtype=int)[drawn.people["area"].to_numpy() - 1]
    groups = len(HIGH_LEVEL)
    cell = place * groups + drawn.five
    cells = len(places) * groups
    people = np.bincount(cell, minlength=cells) * sample.ONE_IN
    mean = np.bincount(cell, weights=letters_of, minlength=cells).round(6) * sample.ONE_IN
    u_count, u_known = streams.uniforms(wanted.seed, Module.VOICES, 0, 2, cells, year=32)
    count = sample.about(mean, u_count)
    asked = np.ones(cells) if faithful else np.full(cells, told["group_asked"])
    known = np.minimum(sample.about(count * asked, u_known), count) if not faithful else count
    rows = []
    for number, name in enumerate(places["name"]):
        for group, label in enumerate(HIGH_LEVEL):
            one = number * groups + group
            rows.append((name, label, people[one], known[one]))
        if not faithful:
            here = slice(number * groups, (number + 1) * groups)
            rows.append((name, "Not known", np.nan, (count - known)[here].sum()))
    table = pd.DataFrame(rows, columns=["place", "group5", "registered", "complaints"])
    by_group = np.bincount(drawn.five, weights=bad, minlength=groups) * sample.ONE_IN
    said = np.bincount(drawn.five, weights=letters_of, minlength=groups) * sample.ONE_IN
    rate = np.divide(100 * said, by_group, out=np.zeros(groups), where=by_group > 0)
    voiced = speaks_up(told, drawn.exposed)
    return table, {
        "note": "Chances are invented",
        "bad_experiences": sample.rounded(by_group, HIGH_LEVEL, 1),
        "complaints_expected": sample.rounded(said, HIGH_LEVEL, 1),
        "complaints_per_100_bad_experiences": sample.rounded(rate, HIGH_LEVEL, 2),
        "least_and_most_likely_to_complain": [
            round(float(voiced.min()), 4),
            round(float(voiced.max()), 4),
        ],
    }
