"""The little library: studies of one truth, with known biases, written down with known faults."""

import re

import numpy as np
import pandas as pd
import pytest

from eeic.categories import LABELS
from eeic.world.build import recipe
from eeic.world.export import csv_text, sheets, typed
from eeic.world.library import (
    make,
    narrower,
    places,
    ratios,
    reports,
    studies,
    subjects,
    told,
    trial,
)
from eeic.world.tables import library as table

SEEDS = range(1, 31)


@pytest.fixture(scope="module")
def library():
    return make(recipe("register"))


@pytest.fixture(scope="module")
def facts(library):
    return library.truth["studies"]


@pytest.fixture(scope="module")
def twelve():
    return trial.run(recipe())


# --- what pays: counting, pooling, appraising, applying -----------------------------------------


def pooled(some, weight=lambda one: 1.0, tau=0.05):
    """Pool log odds ratios with inverse-variance weights, times how much a study counts."""
    if not some:
        return 0.0
    weights = np.array([weight(one) / (one.error**2 + tau**2) for one in some])
    return float((weights * [one.effect for one in some]).sum() / weights.sum())


def like_us(one, under_served):
    """Say how far a study was done in people like those who are served worst: only from what
    its report shows."""
    if one.reporting == "detailed":
        share = sum(s for s, low in zip(one.shares, under_served, strict=True) if low)
    elif one.reporting == "five groups":
        share = 0.5 * sum(s for name, s in one.five.items() if name != "White")
    else:
        share = 0.1
    return (0.02 + share**2) * (0.15 if one.excluded else 1)


def chosen(seed):
    """Choose four programmes in four ways; return each choice's value as a share of the best."""
    wanted = recipe("register", seed=seed)
    here = places.survey(wanted, *places.residents(wanted))
    made = studies.make(studies.Maker(seed, here), 1200)
    offered = [name for name in told.read("interventions") if name.startswith("I")]
    value = {name: here.value(told.read("interventions")[name]["effect"]) for name in offered}
    found = {
        name: [
            one
            for one in made
            if one.intervention == name
            and one.design in studies.EFFECT_DESIGNS
            and one.source != "registry"
        ]
        for name in offered
    }
    sound = {
        name: [one for one in some if one.risk_of_bias != "high"] for name, some in found.items()
    }
    ways = {
        "count": {
            name: sum(one.favourable and one.published for one in some)
            for name, some in found.items()
        },
        "pool": {name: pooled(some) for name, some in found.items()},
        "appraise": {name: pooled(some) for name, some in sound.items()},
        "apply": {
            name: pooled(some, lambda one: like_us(one, here.under_served))
            for name, some in sound.items()
        },
    }
    shares = {}
    for way, scores in ways.items():
        four = sorted(offered, key=lambda name: -scores[name])[:4]
        for axis, whom in enumerate(("everyone", "under-served")):
            best = sum(sorted((value[name][axis] for name in offered), reverse=True)[:4])
            shares[way, whom] = sum(value[name][axis] for name in four) / best
    return shares


@pytest.fixture(scope="module")
def paid():
    return pd.DataFrame([chosen(seed) for seed in SEEDS]).mean()


def test_counting_significant_hits_pays_worst(paid):
    assert paid["count", "everyone"] <= 0.50
    assert paid["count", "under-served"] <= 0.50


def test_pooling_everything_pays_in_between(paid):
    assert 0.65 <= paid["pool", "everyone"] <= 0.90


def test_appraising_design_pays(paid):
    assert paid["appraise", "everyone"] >= 0.90
    assert paid["appraise", "everyone"] > paid["pool", "everyone"] + 0.05


def test_asking_whether_it_applies_here_pays_for_those_served_worst(paid):
    assert paid["apply", "under-served"] >= paid["appraise", "under-served"] + 0.05
    assert paid["appraise", "under-served"] > paid["pool", "under-served"]


def test_the_practice_world_teaches_the_same(library):
    shares = chosen(2026)
    assert shares["count", "everyone"] <= 0.50
    assert 0.65 <= shares["pool", "everyone"] <= 0.90
    assert shares["appraise", "everyone"] >= 0.90
    assert shares["apply", "under-served"] >= shares["appraise", "under-served"] + 0.05


# --- the same truth ------------------------------------------------------------------------------


def test_what_a_study_found_is_truth_and_bias_and_chance(library, facts):
    some = [one for one in facts.values() if "found_effect" in one and one["design"] != "review"]
    assert len(some) > 800
    for one in some:
        parts = one["true_effect"] + one["design_bias"] + one["chance"]
        assert one["found_effect"] == pytest.approx(parts, abs=1e-4)
    made = [s for s in library.studies if s.error is not None and s.design != "review"]
    z = np.array([(s.effect - s.true - s.bias) / s.error for s in made])
    # Sampling error is what the interval says it is.
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert 0.93 < (abs(z) < ratios.Z95).mean() < 0.97


def test_bias_differs_by_design_and_by_kind_of_programme(library):
    made = [s for s in library.studies if s.design in studies.EFFECT_DESIGNS]

    by_risk = {
        risk: np.mean([s.bias for s in made if s.risk_of_bias == risk])
        for risk in ("low", "some concerns", "high")
    }
    assert abs(by_risk["low"]) < 0.01 < by_risk["some concerns"] < 0.1 < by_risk["high"]
    profile = {name: one["profile"] for name, one in told.read("interventions").items()}
    share = {
        kind: np.mean([s.risk_of_bias == "high" for s in made if profile[s.intervention] == kind])
        for kind in ("fashionable", "solid", "quiet")
    }
    assert share["fashionable"] > 0.75 and share["solid"] < 0.4 and share["quiet"] < 0.3


def test_what_is_favourable_is_published_more(library):
    made = [
        s
        for s in library.studies
        if s.effect is not None and s.design != "review" and s.duplicate_of is None
    ]
    favourable = [s.source != "registry" for s in made if s.favourable]
    other = [s.source != "registry" for s in made if not s.favourable]
    assert np.mean(favourable) > np.mean(other) + 0.15


def test_few_studies_report_ethnic_groups_and_few_recruit_alike(library):
    trials = [s for s in library.studies if s.design in studies.TRIALS and s.population == "all"]
    assert 0.47 < np.mean([s.reporting != "none" for s in trials]) < 0.65
    here = library.places.people.sum(axis=0)
    high = np.array([studies.GROUPS[g].high_level for g in range(len(LABELS))])
    black = here[high == "Black"].sum() / here.sum()
    # The mix of the twelve areas, one study in each, is the mix of the people.
    assert np.mean([s.five["Black"] for s in trials]) < 0.55 * black


def test_every_mechanism_off_leaves_no_gap_between_groups():
    wanted = recipe(world="placebo")
    where = places.survey(wanted, *places.residents(wanted))
    for about in told.read("interventions").values():
        effect = where.effect(about["effect"])
        assert np.ptp(effect) == 0
        assert effect[0, 0] == pytest.approx(about["effect"].get("general", 0))


def test_one_mechanism_off_takes_its_effect_away():
    with_it, without = (
        places.survey(wanted, *places.residents(wanted))
        for wanted in (recipe(), recipe(switches={"language": False}))
    )
    change = told.read("interventions")["I03"]["effect"]
    assert with_it.value(change)[1] > 0.2
    assert without.value(change) == (0, 0)
    # Interpreters are worth most where language is unmet, and that is where gaps are.
    by_group = (with_it.effect(change) * with_it.people).sum(axis=0) / with_it.people.sum(axis=0)
    assert by_group[LABELS.index("Bangladeshi")] > 3 * by_group[LABELS.index("White British")]


def test_faithful_recording_is_true_recording():
    plain = make(recipe(switches={"recording": False}))
    for one in plain.studies:
        assert one.bias == 0 and one.source != "registry" and not one.missed
    for about in plain.truth["studies"].values():
        assert not {"indexing_error", "duplicate_of", "retracted", "spin"} & set(about)


def test_intervention_truth_needs_no_typed_list_of_groups(library):
    served_worst = library.truth["under_served"]
    assert {"Bangladeshi", "Roma", "Gypsy or Irish Traveller"} <= set(served_worst)
    assert "White British" not in served_worst


# --- the records as learners see them -------------------------------------------------------------


def test_the_first_records_are_the_same_in_a_library_of_any_size(library):
    small = make(recipe("workshop"))
    assert len(small.records) == 120 and len(library.records) == 1200
    both = library.records.merge(small.records[["record_id"]], on="record_id")
    pd.testing.assert_frame_equal(both.astype(str), small.records.astype(str), check_dtype=False)
    for question, about in small.truth["questions"].items():
        larger = library.truth["questions"][question]
        assert set(about["relevant"]) <= set(larger["relevant"])


def test_the_same_seed_gives_the_same_library_and_another_another():
    one, again, other = (make(recipe(seed=seed), 60) for seed in (3, 3, 4))
    assert csv_text(one.records.astype(str)) == csv_text(again.records.astype(str))
    assert one.truth == again.truth
    assert not set(one.records["abstract"]) & set(other.records["abstract"])


def test_abstracts_are_as_long_as_abstracts_are_and_complete(library):
    words = library.records["abstract"].str.split().str.len()
    assert words.between(120, 250).all()
    for column in ("title", "abstract", "keywords", "subject_terms"):
        text = " ".join(library.records[column].dropna())
        assert not re.search(r"[{}\[\]]|\bnan\b|\bNone\b|\s\s| \.|\.\.", text), column
    for part in ("Background: ", "Methods: ", "Results: ", "Conclusion: "):
        assert library.records["abstract"].str.contains(part, regex=False).all()
    assert library.records["abstract"].nunique() > 0.99 * len(library.records)


def test_numbers_in_an_abstract_are_those_of_the_record(library):
    shown = library.records.dropna(subset=["estimate"])
    assert len(shown) > 700
    for row in shown.itertuples():
        assert re.search(
            rf"{row.estimate:.2f}(,| \()\s?95% interval {row.ci_low:.2f}", row.abstract
        )
        assert row.ci_low <= row.estimate <= row.ci_high


def test_faults_come_at_their_rates(library, facts):
    number = len(facts)
    indexed = library.records["subject_terms"].notna()
    assert (indexed == library.records["source"].isin(["journal", "conference"])).all()
    wrong = sum("indexing_error" in one for one in facts.values()) / indexed.sum()
    twice = sum("duplicate_of" in one for one in facts.values()) / number
    assert 0.055 < wrong < 0.105
    assert 0.018 < twice < 0.045
    assert sum("retracted" in one for one in facts.values()) == 2
    assert library.records["title"].str.startswith("Retracted:").sum() == 2
    null = [
        one
        for one, study in zip(facts.values(), sorted_studies(library), strict=True)
        if study.design in studies.EFFECT_DESIGNS
        and not study.favourable
        and study.source != "registry"
    ]
    assert 0.2 < np.mean(["spin" in one for one in null]) < 0.4


def sorted_studies(library):
    order = dict(zip(library.names, library.studies, strict=True))
    return [order[name] for name in sorted(order)]


def test_one_review_missed_half_of_what_it_should_have_found(facts):
    (review,) = (one for one in facts.values() if "missed" in one)
    there, gone = len(review["took_in"]), len(review["missed"])
    assert 0 <= there - gone <= 1
    found = [facts[name]["found_effect"] for name in review["took_in"]]
    missed = [facts[name]["found_effect"] for name in review["missed"]]
    assert np.mean(found) > np.mean(missed)


def test_old_records_use_the_terms_of_their_time_and_new_ones_do_not(library):
    text = library.records["title"] + library.records["abstract"] + library.records["keywords"]
    old = library.records["year"] <= 2021
    dated = text.str.contains("BME|BAME|non-White|Afro-Caribbean")
    assert dated[old].sum() >= 10
    assert not dated[~old].any()


def test_subject_terms_are_on_the_list_and_the_list_holds_together(library):
    known = subjects()
    assert 280 <= len(known) <= 400
    used = {term for row in library.records["subject_terms"].dropna() for term in row.split("; ")}
    assert used <= set(known)
    assert all(above is None or above in known for above in known.values())
    assert "Professional interpreters" in narrower("Access and communication")
    with pytest.raises(KeyError):
        narrower("Nothing known")


def test_nothing_real_and_no_hidden_truth_in_the_records(library):
    frame = library.records
    assert frame["authors"].str.fullmatch(r"(Author \d{4}(; )?)+").all()
    assert frame["published_in"].str.startswith("Invented").all()
    hidden = {"true_effect", "design_bias", "risk_of_bias", "intervention", "slot", "true", "bias"}
    assert not hidden & set(frame)
    # The ids say nothing: neither the order of making, nor the profile.
    slot = {name: number for number, name in enumerate(library.names)}
    order = np.array([slot[name] for name in frame["record_id"]])
    assert abs(np.corrcoef(order, np.arange(len(order)))[0, 1]) < 4.5 / np.sqrt(len(order))


def test_the_tables_match_their_sheets_and_are_made_quickly():
    import time

    start = time.perf_counter()
    tables, truth = table.make(recipe("register"))
    assert time.perf_counter() - start < 5  # 0.4 s on the machine it was written on
    assert set(tables) == set(truth) == {"L11", "L11R", "L12"}
    for name, frame in tables.items():
        columns = sheets()[name]["columns"]
        assert [one["name"] for one in columns] == list(frame)
        ready = typed(frame, columns)
        for one in columns:
            values = ready[one["name"]]
            assert values.isna().any() == one["missing"].startswith("NA"), one["name"]
            if one["type"] == "text" and "; " in one["allowed"]:
                assert set(values.dropna()) <= set(one["allowed"].split("; ")) or name == "L12"


# --- the gold standard and the reports ----------------------------------------------------------


def test_relevance_comes_from_the_study_not_from_its_indexing(library, facts):
    about = library.truth["questions"]["Q1"]
    assert set(about["key"]) <= set(about["relevant"])
    assert {facts[one]["intervention"] for one in about["relevant"]} == {"I02", "I03"}
    assert {facts[one]["risk_of_bias"] for one in about["key"]} == {"low", "some concerns"}
    assert any("indexing_error" in facts[one] for one in about["relevant"])


@pytest.fixture(scope="module", params=["workshop", "register"])
def pages(request):
    made = make(recipe(request.param))
    return made, *reports.write(made)


def test_eight_reports_each_with_its_own_numbers_and_its_own_flaw(pages):
    made, frame, departures = pages
    assert frame["report_id"].tolist() == [f"R{n}" for n in range(1, 9)]
    assert frame["kind"].nunique() == 8 and set(frame["record_id"]) <= set(made.names)
    records = made.records.set_index("record_id")
    for page in frame.itertuples():
        assert not re.search(r"[{}\[\]]|\bNone\b|\bnan\b", page.text)
        assert 150 < len(page.text.split()) < 500
        assert "Invented people" in page.text
        departs = departures[page.report_id]
        assert departs["warned_by"] and departs["departs"] not in page.text
        estimate = records.loc[page.record_id, "estimate"]
        if not pd.isna(estimate):
            assert f"{estimate:.2f}" in page.text


def test_nothing_on_a_page_points_at_its_flaw(pages):
    """Strong type is nowhere, and italics only where every report could have them."""
    _, frame, _ = pages
    for text in frame["text"]:
        assert "**" not in text and "__" not in text
        for said in re.findall(r"\*([^*\n]+)\*", text):
            assert said.startswith("Funding: ") or said.startswith(("The ", "Information "))


def test_a_page_and_the_abstract_of_its_record_tell_of_one_study(pages):
    made, frame, _ = pages
    abstracts = made.records.set_index("record_id")["abstract"]
    text = frame.set_index("report_id")
    for name, page in text.iterrows():
        abstract = abstracts[page["record_id"]]
        if name in ("R1", "R2", "R3", "R6", "R7"):
            head = re.search(r"^\| \|.* \| (\w[^|]+) \|$", page["text"], re.MULTILINE)[1]
            assert head.lower() in abstract.lower(), name
    assert "barriers" in abstracts[text.loc["R5", "record_id"]]
    assert "other budgets" in abstracts[text.loc["R8", "record_id"]]
    costing = abstracts[text.loc["R8", "record_id"]]
    assert f"| Total | {re.search('cost £([0-9]+)', costing)[1]} |" in text.loc["R8", "text"]


def test_no_sentence_begins_with_a_figure_or_has_the_wrong_article_or_number(library):
    wrong = re.compile(
        r"(^|[.:] )\d+ (of|studies|people|participants)\b|\b1 studies|each of them were"
        r"|\b[Aa] (?!one)[aeio]|\b[Aa]n [b-df-hj-np-tv-z]"
        r"|(clinics|appointments|services) (is no|invites)\b"
    )
    for text in [*library.records["abstract"], *library.records["title"]]:
        assert not wrong.search(text), text
    cohorts = library.records.query("design == 'cohort study'")["abstract"]
    assert not cohorts.str.contains("0% were").any()  # nobody is lost from records


def test_every_seed_has_a_study_for_every_report():
    """Some seeds draw no review or no costing among the first 120; the library makes one."""
    wanted = recipe()
    where = places.survey(wanted, *places.residents(wanted))
    mended = 0
    for seed in (10**20 + n for n in (29, 98, 1, 2)):
        maker = studies.Maker(seed, where)
        made = studies.make(maker, 120)
        drawn = [maker.study(slot).design for slot in range(120)]
        mended += [one.design for one in made if one.duplicate_of is None] != [
            drawn[one.slot] for one in made if one.duplicate_of is None
        ]
        for about in told.read("reports").values():
            assert any(studies.can_be_reported(one, about["design"]) for one in made)
        larger = studies.make(maker, 150)
        assert [one.design for one in larger[:120]] == [one.design for one in made]
    assert mended == 2


@pytest.mark.parametrize("seed", [1, 7, 99, 2026])
def test_the_flaw_can_be_seen_on_the_page(seed):
    frame, departures = reports.write(make(recipe(seed=seed)))
    text = frame.set_index("report_id")["text"]
    assert "without an interpreter" in text["R1"]
    assert "chi-squared" in text["R2"]
    assert "already" not in text["R3"] and "In the year before" in text["R3"]
    assert "One database" in text["R4"]
    assert "list of regular attenders" in text["R5"]
    assert "no comparison place" in text["R6"]
    assert "recording template" in text["R7"]
    assert "not included" in text["R8"]
    assert departures["R6"]["risk_of_bias"] == departures["R3"]["risk_of_bias"] == "high"


# --- the education trial ------------------------------------------------------------------------


def difference(frame, column, value):
    known = frame.dropna(subset=["hba1c_12_months"])
    inside = known[column] == value
    return (
        known.loc[inside, "hba1c_12_months"].mean() - known.loc[~inside, "hba1c_12_months"].mean()
    )


def test_the_trial_is_a_trial(twelve):
    frame, _ = twelve
    assert 700 < len(frame) < 1200
    assert frame["site"].nunique() == 12 and frame["place"].nunique() == 6
    assert frame["participant_id"].is_unique
    assert 0.44 < (frame["allocation"] == "education").mean() < 0.56
    assert (frame.groupby("site")["language_format"].nunique() == 1).all()
    attended = frame["attended"] == "yes"
    assert (attended == (frame["sessions_attended"] >= 4)).all()
    assert frame["hba1c_baseline"].between(20, 160).all()
    assert 0.06 < frame["hba1c_12_months"].isna().mean() < 0.2
    # Allocation has nothing to do with where people started.
    start = frame.groupby("allocation")["hba1c_baseline"].mean()
    assert abs(start["education"] - start["usual care"]) < 4 * 2 * 9.5 / np.sqrt(len(frame))


def test_as_treated_exaggerates_and_intention_to_treat_does_not():
    found, wrong, true = [], [], []
    for seed in range(1, 9):
        frame, truth = trial.run(recipe(seed=seed))
        found.append(difference(frame, "allocation", "education"))
        wrong.append(difference(frame, "attended", "yes"))
        true.append(truth["true"]["being_allocated"])
        assert truth["found"]["intention_to_treat"] == pytest.approx(found[-1], abs=1e-3)
        assert truth["found"]["as_treated"] == pytest.approx(wrong[-1], abs=1e-3)
    assert np.mean(found) == pytest.approx(np.mean(true), abs=0.8)
    assert np.mean(wrong) < np.mean(found) - 1.2


def test_what_is_lost_adds_up_and_comes_from_what_sites_offer(twelve):
    _, truth = twelve
    assert truth["true"]["lost_to"]["language"] > 0.02
    by_format = truth["true"]["offered_by_format_and_need"]
    gap = {
        name: values["language support needed"] - values["not needed"]
        for name, values in by_format.items()
    }
    assert gap["English only"] > gap["with interpreter"] > gap["bilingual tutor"] - 0.3
    assert gap["English only"] > 2


def test_obstacles_add_up_to_what_is_lost():
    wanted = recipe()
    _, lives, met = places.residents(wanted, 12)
    lived = pd.DataFrame(
        {
            "unmet_language": lives["language_need"] * 0.5,
            "unfair": met["unfair"],
            "travel": met["travel"],
            "circumstances": 0.0,
        }
    )
    lost = trial._lost(lived)
    free = trial.benefit(lived, ("unmet_language", "unfair", "travel")).mean()
    assert sum(lost.values()) == pytest.approx(trial.benefit(lived).mean() - free, abs=0.003)


def test_the_subgroup_claim_is_the_strongest_of_several_and_false():
    claims = [trial.run(recipe(seed=seed))[1]["subgroup_claim"] for seed in (2026, 1, 2, 3)]
    for claim in claims:
        assert claim["looked_at"] == 5
        assert abs(claim["true_difference"]) < 0.6
        assert abs(claim["difference"]) > 2 * abs(claim["true_difference"])


def test_nothing_in_the_trial_depends_on_language_when_language_is_off():
    _, truth = trial.run(recipe(world="placebo"))
    assert truth["true"]["lost_to"] == {"language": 0, "unfair_treatment": 0, "travel": 0}
    assert truth["missing_outcomes"] == 0


@pytest.mark.parametrize("preset", ["region", "england"])
def test_every_system_has_a_library_and_a_trial(preset):
    wanted = recipe(preset)
    frame, truth = trial.run(wanted)
    assert frame["site"].nunique() == 12
    assert truth["true"]["being_allocated"] < -2
    assert len(make(wanted, 130).records) == 130
