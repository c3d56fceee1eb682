"""L10: nobody is a stereotype, and every story traces to what a service did."""

import re
from collections import Counter

import pytest

from eeic.categories import HIGH_LEVEL, LABELS, TO_HIGH_LEVEL
from eeic.world.build import recipe
from eeic.world.export import sheets, typed
from eeic.world.exposures import MECHANISMS, GroupLeak, fit
from eeic.world.tables import sample, voices

TOLD = voices.written()["voice"]
LETTERS = [text for one in voices.written()["letter"] for text in voices.letters(one)]
TEXTS = [one["text"] for one in TOLD] + LETTERS

# What no text may hold: names are found by their capital letter instead.
CUES = re.compile(
    r"\b(curry|rice|spic\w*|cook\w*|cuisine|food|dish\w*|meal\w*|tea|"
    r"scar[fv]\w*|hijab|veil\w*|turban|robe\w*|dress\w*|headscar\w*|hair\w*|skin|"
    r"accent\w*|broken English|dialect|innit|"
    r"god|pray\w*|mosque|church|temple|gurdwara|synagogue|faith|relig\w*|muslim|christian|hindu|"
    r"sikh|jewish|fasting|ramadan|eid|imam|priest|arranged marriage|tribe|clan|caste|"
    r"caravan|camp\w*|taxi|cab|corner shop|takeaway|restaurant|gang\w*|benefits|"
    r"simply|just|obviously|BAME|BME|hard to reach|back home|our culture|my culture|my people)\b",
    re.IGNORECASE,
)
MAY_BE_CAPITAL = {"I", "GP", "English", "Monday", "Mondays", "Tuesday", "Sunday"}


def names(text):
    """Find words with a capital letter inside a sentence."""
    found = set()
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        words = re.findall(r"[A-Za-z']+", sentence)
        found |= {w for w in words[1:] if w[0].isupper()} - MAY_BE_CAPITAL
    return found


def made(**how):
    tables, facts = voices.make(recipe(**how))
    return {n: typed(t, sheets()[n]["columns"]) for n, t in tables.items()}, facts


@pytest.fixture(scope="module")
def main():
    return made()


@pytest.fixture(scope="module")
def plain():
    return made(world="placebo")


def high(label):
    return TO_HIGH_LEVEL[label]


def test_no_text_has_a_name_or_a_cue():
    for text in TEXTS:
        assert not names(text), text
        assert not CUES.search(text), (CUES.search(text), text)
        assert voices.SHORTEST <= len(text.split()) <= voices.LONGEST


@pytest.mark.parametrize("bad", ["We met Amina there.", "She wore a scarf.", "He prayed daily."])
def test_the_check_finds_a_name_and_a_cue(bad):
    assert names(bad) or CUES.search(bad)


def test_thirty_six_voices_and_every_theme_in_four_groups():
    assert len(TOLD) == 36 and len({one["text"] for one in TOLD}) == 36
    assert {one["mechanism"] for one in TOLD} <= set(MECHANISMS)
    assert {one["group"] for one in TOLD} <= set(LABELS)
    by_theme = {}
    for one in TOLD:
        by_theme.setdefault(one["theme"], []).append(one["group"])
    assert len(by_theme) == 9
    for groups in by_theme.values():
        assert len(set(groups)) >= 4 and len({high(g) for g in groups}) >= 4


def test_stances_are_balanced():
    stance = Counter(one["stance"] for one in TOLD)
    assert stance["negative"] == 18 and stance["positive"] == stance["mixed"] == 9
    for size in (high, lambda label: label):
        bad = Counter(size(one["group"]) for one in TOLD if one["stance"] == "negative")
        every = Counter(size(one["group"]) for one in TOLD)
        assert max(bad.values()) <= 0.4 * 18
        if size is high:
            assert all(0.35 <= bad[g] / every[g] <= 0.65 for g in HIGH_LEVEL)
    for theme in {one["theme"] for one in TOLD}:
        assert {one["stance"] for one in TOLD if one["theme"] == theme} >= {"negative", "positive"}


def test_seniority_and_roles_are_balanced():
    senior = Counter(high(one["group"]) for one in TOLD if one["senior"])
    every = Counter(high(one["group"]) for one in TOLD)
    assert all(0.2 <= senior[g] / every[g] <= 0.55 for g in HIGH_LEVEL)
    professional = {high(one["group"]) for one in TOLD if one["role"] in ("staff", "organisation")}
    assert len(professional) >= 4


def test_every_voice_is_about_something_that_the_speaker_meets():
    fits = fit(recipe().parameters, "general practice")
    need = recipe().parameters.tables["group"].set_index("ethnic_group")
    for one in TOLD:
        if one["mechanism"] == "service_fit" and one["stance"] != "positive":
            assert fits[LABELS.index(one["group"])] < 0
        if one["mechanism"] == "unfair_treatment":
            assert need.loc[one["group"], "unfair_exposure"] > 0
        if one["mechanism"] == "language":
            assert need.loc[one["group"], "schooled_in_another_language"] >= 0.4


def test_every_item_traces_to_what_is_at_work_where_it_was_said(main):
    table, facts = main[0]["L10"], main[1]["L10"]
    drawn = sample.draw(recipe())
    places = voices.practices(drawn)
    ids = list(places["practice_id"])
    for row in table.itertuples():
        true = facts[row.item_id]
        at = ids.index(row.practice_id)
        if row.kind in ("interview", "meeting"):
            possible, column = voices.where(true["theme"], true["stance"], places)
            assert possible[at]
            assert true.get("because") == (
                f"{column}: {places[column].iloc[at]}" if column else None
            )
        elif row.kind == "complaint":
            registered = drawn.people["practice"].to_numpy() == at
            hit = voices.chances(recipe().parameters["voices"], drawn.exposed[registered])
            assert hit[true["mechanism"]].max() > 0


def test_the_file_hides_its_codes(main):
    for table in main[0].values():
        assert not {"mechanism", "theme", "stance", "senior", "because"} & set(table.columns)
    table = main[0]["L10"]
    assert Counter(table["kind"])["complaint"] == 60 and Counter(table["kind"])["compliment"] == 20
    assert len(table) == len(main[1]["L10"]) == 116
    assert table["item_id"].is_unique


def test_no_group_fills_the_letters_or_the_negative_stories(main):
    table, facts = main[0]["L10"], main[1]["L10"]
    negative = table[[facts[one]["stance"] == "negative" for one in table["item_id"]]]
    known = negative["ethnic_group"].dropna()
    assert len(known) > 40
    for by in (known, known.map(TO_HIGH_LEVEL)):
        assert by.value_counts(normalize=True).max() <= 0.46  # 24 of 60 before some are not asked
    complaints = table[table["kind"] == "complaint"]
    assert complaints["ethnic_group"].isna().mean() == pytest.approx(0.4, abs=0.2)
    assert complaints["text"].duplicated().mean() < 0.05


def test_complaints_are_four_times_as_likely_with_trust_and_english(main):
    facts = main[1]["L10_complaints"]
    low, top = facts["least_and_most_likely_to_complain"]
    assert top == pytest.approx(4 * low)
    rate = facts["complaints_per_100_bad_experiences"]
    assert rate["White"] > rate["Asian"] and rate["White"] > rate["Black"]
    counts = main[0]["L10_complaints"]
    known = counts[counts["group5"] != "Not known"].groupby("group5")["complaints"].sum()
    for group in ("Asian", "White"):
        expected = facts["complaints_expected"][group] * 0.6
        assert abs(known[group] - expected) < 5 * expected**0.5
    unknown = counts.loc[counts["group5"] == "Not known", "complaints"].sum()
    assert unknown / counts["complaints"].sum() == pytest.approx(0.4, abs=0.06)


def test_easy_routes_do_not_reach_every_theme(main):
    table, facts = main[0]["L10"], main[1]["L10"]
    log = main[0]["L10_recruitment"]
    assert list(log["item_id"]) == list(table["item_id"].head(36))
    assert log["month"].is_monotonic_increasing
    easy = table[table["reached_by"] == "patient panel"]["item_id"]
    assert not {facts[one]["theme"] for one in easy} & {"interpreting", "written words"}
    order = [facts[one]["theme"] for one in log["item_id"]]
    new = [place for place, theme in enumerate(order) if theme not in order[:place]]
    assert len(new) == 9 and new[-1] >= 18


def test_the_engagement_log_shows_who_gave_and_who_heard_back(main):
    log = main[0]["L10_engagement"]
    back = (log["told_what_came_of_it"] == "yes").groupby(log["kind"]).mean()
    assert back["inform"] < 0.4 and len(log) == 40
    organisations = recipe().parameters.tables["organisation"]["org_id"]
    assert set(log["org_id"]) <= set(organisations)
    changed = log[log["something_changed"] == "yes"]
    assert (changed["told_what_came_of_it"] == "yes").all()


def test_in_the_placebo_world_nobody_tells_of_what_is_not_there(plain):
    table, facts = plain[0]["L10"], plain[1]["L10"]
    assert {one["stance"] for one in facts.values()} == {"positive"}
    assert not (table["kind"] == "complaint").any()
    assert plain[0]["L10_complaints"]["complaints"].sum() == 0
    assert table["ethnic_group"].notna().all()


@pytest.mark.parametrize("mechanism", ["language", "digital"])
def test_a_mechanism_that_is_off_is_not_told_of(mechanism):
    facts = made(switches={mechanism: False})[1]["L10"]
    told = [one for one in facts.values() if one["mechanism"] == mechanism]
    assert {one["stance"] for one in told} <= {"positive"}
    assert any(one["stance"] == "negative" for one in facts.values())


@pytest.mark.parametrize("function", ["chances", "speaks_up"])
def test_experience_and_complaining_refuse_the_group(function):
    wanted = recipe()
    drawn = sample.draw(wanted)
    bad = drawn.exposed.assign(group=drawn.people["group"])
    with pytest.raises(GroupLeak, match="group"):
        getattr(voices, function)(wanted.parameters["voices"], bad)
