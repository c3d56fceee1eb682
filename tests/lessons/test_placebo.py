"""What the lessons do and say, put through worlds without a gap: they find none, and claim none.

In the *placebo* world nothing treats people differently and nothing is recorded wrongly; in the
*relabelled* one everything is as in the course's own, and the ethnic groups are dealt out by
chance. `ANALYSES` says what each lesson works out, in which of the two there is nothing to find,
and what a finding is; what a lesson teaches must be found in the course's own world, or the test
could not fail. `CLAIMS` does the same for the sentences of the explorers.

=======  ====================================  ==================================================
Lesson   Analysis                              A finding
=======  ====================================  ==================================================
1        counts words in papers                none can be: no person is in them
2        need of language support, deprived    a group's share differs from White British, 95%
         areas
2        the register's codes                  a group's people stand under another's code
3        the pathway to talking therapy        a gap of 0.05 in 100, or a mechanism's part of it
4        standardised prevalence, nine         a group's 95% interval against White British
         checks, eye check                     leaves out no difference
4        what the truth file says made a gap   a part other than ages
5        what helps whom, in the library       another effect for the groups with most barriers
6        reported ratios, six repairs          a ratio other than 1
6        agreement with people's own answers   differs from White British, 95%
9        what the trial's offer brings         0.05 mmol/mol between sessions in English and with
                                               a tutor who speaks one's language; a part lost to
                                               any mechanism
9        what the truth says of reports        the design moved the estimate
13       use of need, each step of pathways    the lesson's own rule: 95%
13       what the truth file says made a leak  any part
=======  ====================================  ==================================================
"""

import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module

import pandas as pd
import pytest
from world.analyses import ENOUGH

from eeic import datasets, explore
from eeic.explore import how_inequalities_are_made as lesson_3
from eeic.explore import is_it_sound as lesson_9
from eeic.explore import leaks as lesson_13
from eeic.explore import pathways, prevalence, records, sandbox, study_pages, under_lenses
from eeic.explore._chance import clear, differ
from eeic.explore._wording import gap_table
from eeic.world import build
from eeic.world.export import COURSE_TABLES, render

SEEDS = (101, 102, 103)
REFERENCE, FOCUS, OTHER = "White British", "Pakistani", "Black Caribbean"

Found = Iterator[tuple[str, bool]]


# -- what the lessons work out -------------------------------------------------------------------


def shares_by_group() -> Found:
    for measure in under_lenses.MEASURES:
        table = under_lenses.tally("census-19", measure).dropna(subset=["value"])
        counts = table.loc[table["population"] >= ENOUGH, ["events", "population"]]
        for group, mine in counts.drop(REFERENCE).iterrows():
            yield f"{group}, {measure}", differ(mine, counts.loc[REFERENCE])


def codes_of_the_register() -> Found:
    held = under_lenses.held_codes()
    counts = pd.DataFrame({kind: rows["group"].value_counts() for kind, rows in held.items()})
    for group, wrong in counts["differs"].fillna(0).items():
        yield str(group), wrong > 0


def pathway_gaps() -> Found:
    groups = (lesson_3.FOCUS, lesson_3.OTHER, lesson_3.THIRD)
    for group in groups:
        for step in pathways.STEPS:
            yield f"{group}, {step}", abs(pathways.gap(group, step=step)) >= 0.05
            for cause, part in pathways.contributions(group, step).items():
                yield f"{group}, {step}, {cause}", abs(part) >= 0.05


def gaps_in_diabetes() -> Found:
    for name, table, scale in (
        ("prevalence", prevalence.prevalence(), "ratio"),
        ("all nine", prevalence.checked("all_nine"), "difference"),
        ("eye", prevalence.checked("eye"), "difference"),
    ):
        gaps = gap_table(table, REFERENCE, scale).dropna(subset=["value"])
        gaps = gaps[(gaps["population"] >= ENOUGH) & (gaps["ethnic_group"] != prevalence.EVERYONE)]
        for gap in gaps.to_dict("records"):
            yield f"{gap['ethnic_group']}, {name}", clear(gap, none=int(scale == "ratio"))


def true_parts(*names: str) -> Found:
    for name in names:
        for group, gap in datasets.truth()["indicators"][name]["gaps"].items():
            for cause, part in gap["contributions"].items():
                if cause != "age_structure":
                    yield f"{group}, {name}, {cause}", abs(part) >= 0.0005


def effects_in_the_library() -> Found:
    for name, about in sandbox._made().truth["interventions"].items():
        yield name, abs(about["effect_everyone"] - about["effect_under_served"]) >= 0.005


def reported_ratios() -> Found:
    tables = {"as now": records.machine("gp", "now", "blank", "full")[1]}
    tables |= {rule: records.repaired_gaps(rule) for rule in records.RULES}
    for name, gaps in tables.items():
        for group, ratio in gaps["value"].drop(list(records.NO_GROUP), errors="ignore").items():
            yield f"{group}, {name}", abs(ratio - 1) >= 0.005


def agreement() -> Found:
    for source in records.SOURCES:
        coded = records.field(source).query("recorded not in @records.NO_GROUP")
        right = (coded["recorded"] == coded["own"]).groupby(coded["own"]).agg(["sum", "size"])
        for group, mine in right[right["size"] >= ENOUGH].drop(REFERENCE).iterrows():
            yield f"{group}, {source}", differ(mine, right.loc[REFERENCE])


def what_the_offer_brings() -> Found:
    offers = {site: lesson_9.offer(site, "yes") for site in ("English only", "bilingual tutor")}
    yield "language of the session", abs(offers["English only"] - offers["bilingual tutor"]) >= 0.05
    for cause, part in study_pages.facts("L12")["true"]["lost_to"].items():
        yield cause, abs(part) >= 0.005


def what_designs_added() -> Found:
    for study in study_pages.names():
        if study_pages.printed(study):
            yield study, abs(lesson_9.added(study, "design_bias") - 1) >= 0.005


def use_of_need() -> Found:
    for pathway in lesson_13.PATHWAYS:
        people = lesson_13.use_and_need(pathway).dropna(subset=["use"])
        for group in people.index[people["need"] >= ENOUGH].drop([REFERENCE, prevalence.EVERYONE]):
            _, low, high = lesson_13.use_to_need_ratio(group, pathway=pathway)
            yield f"{group}, {pathway}", clear({"lower": low, "upper": high}, none=1)


def steps_of_pathways(by: str) -> Found:
    for pathway in lesson_13.PATHWAYS:
        people = lesson_13.cascade(pathway, by).drop(prevalence.EVERYONE)
        for before, step in zip(people, list(people)[1:], strict=False):
            short = lesson_13.clear_of_chance(pathway, step, by)
            for row in people.index[(people[before] >= ENOUGH) & people[step].notna()]:
                if row != REFERENCE:
                    yield f"{row}, {pathway}, {step}", row in short


@dataclass(frozen=True)
class Analysis:
    """What a lesson works out: where there is nothing to find, and what it teaches that there is.

    An exact one works out what to expect, luck left out: without a gap, nothing may be found.
    """

    lesson: int
    work: Callable[[], Found]
    worlds: tuple[str, ...]
    teaches: tuple[str, ...]
    exact: bool = False


BOTH, PLACEBO = ("placebo", "relabelled"), ("placebo",)
ANALYSES = (
    # In the placebo world people still speak what they speak and live where they live.
    Analysis(2, shares_by_group, ("relabelled",), ("Other White, language", f"{FOCUS}, deprived")),
    Analysis(2, codes_of_the_register, PLACEBO, (OTHER, "Roma"), exact=True),
    Analysis(
        3,
        pathway_gaps,
        PLACEBO,
        (
            f"{FOCUS}, treated",
            f"{FOCUS}, treated, language",
            f"{FOCUS}, referred, deprivation",
            f"{OTHER}, treated, unfair_treatment",
        ),
        exact=True,
    ),
    Analysis(4, gaps_in_diabetes, BOTH, (f"{FOCUS}, prevalence", f"{FOCUS}, all nine")),
    Analysis(
        4,
        lambda: true_parts("diagnosed_diabetes", "all_nine"),
        PLACEBO,
        (f"{FOCUS}, diagnosed_diabetes, observed_pattern",),
        exact=True,
    ),
    Analysis(5, effects_in_the_library, PLACEBO, ("I01",), exact=True),
    Analysis(
        6,
        reported_ratios,
        PLACEBO,
        (f"{FOCUS}, as now", f"{OTHER}, name", "Black African, name"),
        exact=True,
    ),
    Analysis(6, agreement, PLACEBO, (f"{OTHER}, hospital", "Roma, GP")),
    Analysis(9, what_the_offer_brings, PLACEBO, ("language of the session", "language"), True),
    Analysis(9, what_designs_added, PLACEBO, ("R3", "R6"), exact=True),
    Analysis(13, use_of_need, BOTH, (f"{FOCUS}, diabetes",)),
    Analysis(
        13,
        lambda: steps_of_pathways("group"),
        BOTH,
        (f"{FOCUS}, diabetes, access", f"{FOCUS}, diabetes, quality", f"{FOCUS}, talking, access"),
    ),
    # The relabelled world has the places of the course's own, and what is wrong with them.
    Analysis(13, lambda: steps_of_pathways("place"), PLACEBO, ("Old Mills, diabetes, quality",)),
    Analysis(
        13,
        lambda: true_parts("share_diagnosed", "all_nine"),
        PLACEBO,
        (f"{FOCUS}, all_nine, practice",),
        exact=True,
    ),
)

# -- what the explorers say ----------------------------------------------------------------------


def without(*words: str) -> Callable[[str], bool]:
    return lambda said: not any(word in said for word in words)


def another_ratio(said: str) -> bool:
    ratios = re.findall(r"(?:The ratio reported is|and) (\d+\.\d\d) for", said)
    return set(ratios) != {"1.00"}


#: Explorer -> the settings under which its sentence is about a gap between groups, and when the
#: sentence claims one. The others (the wheel, the age mix, the search, the bench) count no people
#: by group, or imagine them.
CLAIMS: dict[str, tuple[dict[str, str], Callable[[str], bool]]] = {
    "pathway-playground": ({}, lambda said: not re.search(r"(gap of|: )0\.0( before|\.)", said)),
    "headline-machine": ({}, without("No gap: ")),
    # Crude headlines are true without any mechanism: the sentence says that they leave out age.
    "four-headlines": ({"measure": "standardised"}, without("it leaves out chance")),
    "recording-machine": (
        {"missing": "now", "default": "blank", "buttons": "full"},
        without("No group's ratio is astray"),
    ),
    "repair-bench": ({}, another_ratio),
    # With a step repaired it names the rows that `steps_of_pathways` finds.
    "leak-finder": ({"by": "group", "repaired": "none"}, without("chance alone could make")),
}


# -- the worlds ----------------------------------------------------------------------------------


def look(world, *, exact):
    """Run the analyses that find nothing in a world, and note what the explorers say."""
    kind = world.recipe.world if world else "main"
    found, said = [], []
    with datasets.instead(world) if world else nullcontext():
        for number, analysis in enumerate(ANALYSES):
            if (exact or not analysis.exact) and (not world or kind in analysis.worlds):
                found += [(number, *one) for one in analysis.work()]
        for explorer in map(explore.explorer, CLAIMS if exact else ()):
            about, claims = CLAIMS[explorer.name]
            for settings, chart in explorer.frames():
                claim = claims(chart.finding) if about.items() <= settings.items() else None
                said.append((explorer.name, explorer.key(settings), chart.finding, claim))
    return (
        pd.DataFrame(found, columns=["analysis", "what", "found"]),
        pd.DataFrame(said, columns=["explorer", "settings", "finding", "claims"]),
    )


@pytest.fixture(scope="module")
def main():
    return look(None, exact=True)


@pytest.fixture(scope="module")
def world():
    """The placebo world of the first seed."""
    return build(world="placebo", seed=SEEDS[0])


@pytest.fixture(scope="module")
def placebo(world):
    """What is found and said in it, its truth opened."""
    return look(world, exact=True)


@pytest.fixture(scope="module")
def by_chance(placebo):
    """The analyses that chance has a part in, in every world without a gap."""
    parts = [placebo[0].assign(seed=f"placebo {SEEDS[0]}")]
    for kind in BOTH:
        for seed in SEEDS[kind == "placebo" :]:
            found, _ = look(build(world=kind, seed=seed), exact=False)
            parts.append(found.assign(seed=f"{kind} {seed}"))
    together = pd.concat(parts, ignore_index=True)
    return together[[not ANALYSES[number].exact for number in together["analysis"]]]


def test_where_there_is_no_gap_lessons_find_none_more_often_than_chance(by_chance):
    assert len(by_chance) > 500 and by_chance["seed"].nunique() == 2 * len(SEEDS)
    by_analysis = by_chance.groupby("analysis")["found"].agg(["mean", "size"])
    assert by_chance["found"].mean() <= 0.05, by_analysis


@pytest.mark.parametrize("number", [n for n, one in enumerate(ANALYSES) if one.exact])
def test_luck_left_out_there_is_nothing_at_all(number, placebo):
    found = placebo[0].query("analysis == @number")
    assert len(found) > 3
    assert found.loc[found["found"], "what"].to_list() == []


@pytest.mark.parametrize("number", range(len(ANALYSES)))
def test_the_course_s_own_world_has_what_lessons_teach(number, main):
    found = main[0].query("analysis == @number").set_index("what")["found"]
    assert {what: bool(found[what]) for what in ANALYSES[number].teaches} == dict.fromkeys(
        ANALYSES[number].teaches, True
    )


def test_lesson_4_teaches_one_service_without_a_gap(main):
    eye = main[0].query("what.str.endswith(', eye')")
    assert len(eye) > 3 and not eye["found"].any()


@pytest.mark.parametrize("name", CLAIMS)
def test_no_explorer_claims_a_gap_where_there_is_none(name, placebo, main):
    """One frame in twenty may, by chance; in the course's own world many do."""
    said, taught = (
        one[1].groupby("explorer").get_group(name).dropna(subset=["claims"])
        for one in (placebo, main)
    )
    assert len(said) == len(taught) >= 2
    assert said["claims"].mean() <= 0.05, said.loc[said["claims"].eq(True), "finding"].to_list()
    assert taught["claims"].mean() >= 0.2


def test_no_sentence_divides_by_a_gap_that_is_not_there(placebo):
    said = placebo[1]["finding"]
    assert said[said.str.contains(r"\b(?:nan|inf|NA)\b") | (said == "")].to_list() == []


def test_another_world_s_tables_are_those_of_its_files(world):
    files = render(world, with_truth=False, only=COURSE_TABLES)
    with datasets.instead(world):
        assert datasets.names() == list(json.loads(files["dictionary.json"]))
        assert datasets.sheet("L03") == json.loads(files["dictionary.json"])["L03"]
        for name in datasets.names():
            read = datasets._table(name, files[f"{name}.csv"], files["dictionary.json"])
            pd.testing.assert_frame_equal(datasets.load(name), read)
        assert datasets.truth()["world_id"] == world.world_id
    assert datasets.truth()["world_id"] != world.world_id


def test_what_lessons_remember_goes_with_its_world():
    """A plain cache would carry numbers of one world into another."""
    kept = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(explore.__path__)
        for name, value in vars(import_module(f"eeic.explore.{module.name}")).items()
        if hasattr(value, "cache_clear") and value.__module__.endswith(module.name)
    }
    # The texts of lesson 1 and a class: neither depends on a world.
    assert kept == {"whose_job_is_this._data", "sandbox._widget_class"}
