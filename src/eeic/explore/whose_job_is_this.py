"""Lesson 1: two cycles as a wheel, the deck of decision cards, and where papers stop asking."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eeic.explore.explorer import Control, Explorer
from eeic.explore.later import later
from eeic.show import Absent, or_absent

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

    from eeic import charts
    from eeic.charts import Chart, deck, wheel
else:
    pd, charts = later("pandas"), later("eeic.charts")
    deck, wheel = later("eeic.charts.deck"), later("eeic.charts.wheel")

#: The four services of the wheel.
SERVICES = {
    "diabetes": "Diabetes",
    "talking": "Talking therapies",
    "screening": "Bowel screening",
    "maternity": "Maternity",
}
#: What can ask for a step, strongest first.
KINDS = {"law": "Law", "policy": "Policy or contract", "practice": "Good practice"}
_COLOURS = {"law": "#8f3d00", "policy": "#0b5a61", "practice": "#4a5a66"}
_CYCLES = {"commissioning": "commissioning cycle", "improvement": "improvement cycle"}
_COUNT = ("neither", "one", "both")


@cache
def _data(name: str) -> dict[str, Any]:
    path = files("eeic.explore") / "data" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


# -- the wheel -----------------------------------------------------------------------------------


def stages(cycle: str = "") -> list[dict[str, Any]]:
    """List the stages of one cycle, or of both.

    Parameters
    ----------
    cycle : {"commissioning", "improvement", ""}
        Which cycle.

    Returns
    -------
    list of dict
        Each with its id, name, general question, lessons and tool.

    Examples
    --------
    >>> [stage["id"] for stage in stages("commissioning")]
    ['1', '2', '3', '4']
    """
    found = _data("cycle_wheel")["stages"]
    return [stage for stage in found if cycle in ("", stage["cycle"])]


def _stage(name: str) -> dict[str, Any]:
    return next(stage for stage in stages() if stage["id"] == name)


def missed(service: str, cycle: str) -> int:
    """Count the chances that the Lindlemere team missed in one whole turn.

    Parameters
    ----------
    service : str
        One of `SERVICES`.
    cycle : {"commissioning", "improvement"}
        Which cycle.

    Returns
    -------
    int
        Questions that nobody asked.
    """
    turn = _data("cycle_wheel")["turn"][service]
    return sum(not asked for stage in stages(cycle) for _, asked in turn[stage["id"]]["asks"])


def missed_by_all(cycle: str, without: str = "") -> int:
    """Count the chances missed in one turn for all four services together.

    Parameters
    ----------
    cycle : {"commissioning", "improvement"}
        Which cycle.
    without : str
        One of `SERVICES` that is left out.

    Returns
    -------
    int
        The sum of `missed` over the services.
    """
    return sum(missed(service, cycle) for service in SERVICES if service != without)


def chances(cycle: str) -> int:
    """Count the chances in one turn of a cycle: two at each stage.

    Parameters
    ----------
    cycle : {"commissioning", "improvement"}
        Which cycle.

    Returns
    -------
    int
        Two for each stage.
    """
    return 2 * len(stages(cycle))


def chances_of_all(cycle: str, without: str = "") -> int:
    """Count the chances in one turn for the services that `missed_by_all` counts.

    Parameters
    ----------
    cycle, without : str
        As there.

    Returns
    -------
    int
        Chances, missed or not.
    """
    return chances(cycle) * sum(service != without for service in SERVICES)


def missed_share(service: str, cycle: str, out_of: str = "") -> float:
    """Work out which share of its chances a team missed in one whole turn.

    Parameters
    ----------
    service, cycle : str
        As in `missed`.
    out_of : {"commissioning", "improvement", ""}
        Out of the chances of another cycle: the usual mistake, as the two are not equally long.

    Returns
    -------
    float
        Percent.

    Examples
    --------
    >>> missed_share("diabetes", "commissioning"), missed_share("diabetes", "improvement")
    (75.0, 60.0)
    """
    return 100 * missed(service, cycle) / chances(out_of or cycle)


def cycle_wheel(service: str, stage: str) -> Chart:
    """Turn the wheel to one stage, for one service.

    Parameters
    ----------
    service : str
        One of `SERVICES`.
    stage : str
        1 to 4 of the commissioning cycle, a to e of the improvement cycle.

    Returns
    -------
    Chart
        The wheel with that stage lit, what the team did there and what could have been asked.
    """
    here = _stage(stage)
    ring = stages(here["cycle"])
    at = [one["id"] for one in ring].index(stage)
    turn = _data("cycle_wheel")["turn"][service]
    now = turn[stage]
    known = [
        tuple(asked if number <= at else None for _, asked in turn[one["id"]]["asks"])
        for number, one in enumerate(ring)
    ]
    so_far = sum(asked is False for two in known for asked in two)
    passed = 2 * (at + 1)
    name, whole = SERVICES[service], _CYCLES[here["cycle"]]
    put = sum(asked for _, asked in now["asks"])
    step = "Stage" if here["cycle"] == "commissioning" else "Step"
    finding = (
        f"{name}, {step.lower()} {stage}, {here['name']}: {_COUNT[put]} of the two questions "
        f"{'were' if put == 2 else 'was'} asked. So far this turn, {so_far} of {passed} chances "
        f"{'has' if so_far == 1 else 'have'} been missed."
    )
    return charts.Chart(
        draw=wheel.wheel(
            [
                wheel.Stop(one["id"], tuple(one["lines"]), asked)
                for one, asked in zip(ring, known, strict=True)
            ],
            at,
            (str(so_far), f"of {passed} chances", "missed so far"),
            wheel.Beside(
                heading=f"{name}: {here['name']}",
                question=here["ask"],
                did_by="What the Lindlemere team did",
                did=now["did"],
                asks_by="What an equity-literate team asks",
                asks=tuple((question, asked) for question, asked in now["asks"]),
                lever=f"{now['lever'][0].upper()}{now['lever'][1:]}. Held by {now['holder']}.",
                serves=f"Lessons for this stop: {here['lessons']}. Tool: {here['tool']}.",
            ),
        ),
        alt=f"A wheel of {len(ring)} stages, with {step.lower()} {stage}, {here['name']}, lit. "
        f"Ticks and crosses show which questions were asked up to here: {so_far} of {passed} are "
        "crosses. Beside it stands what the team did, what could have been asked, and a lever.",
        caption=f"One turn of the {whole} for {name.lower()} in Lindlemere, an invented health "
        f"system. Two questions at each of {len(ring)} stages, so {chances(here['cycle'])} "
        "chances in a turn; a cross is a question that nobody asked.",
        table=pd.DataFrame(
            [
                {
                    "Stage": f"{one['id']}, {one['name']}",
                    "What an equity-literate team asks": question,
                    "Asked?": "still to come" if number > at else "yes" if asked else "no",
                }
                for number, one in enumerate(ring)
                for question, asked in turn[one["id"]]["asks"]
            ]
        ),
        finding=finding,
    )


# -- the deck ------------------------------------------------------------------------------------


def cards() -> list[dict[str, Any]]:
    """List the 24 decision cards.

    Returns
    -------
    list of dict
        Each with its id, text, stage, kind, duty, when it bites, why, a question and a holder.

    Examples
    --------
    >>> len(cards()), cards()[0]["kind"]
    (24, 'law')
    """
    return list(_data("decision_cards")["card"])


@or_absent
def deck_chart() -> Chart:
    """Lay the sorted deck out over the stages of both cycles.

    Returns
    -------
    Chart
        Each card's number, by stage and by what asks for its step.
    """
    laid: dict[tuple[str, str], list[int]] = {}
    for card in cards():
        laid.setdefault((card["stage"], card["kind"]), []).append(card["id"])
    rows = [(one["id"], f"{one['id']}  {' '.join(one['lines'])}") for one in stages()]
    by_kind = {kind: [c for c in cards() if c["kind"] == kind] for kind in KINDS}
    reached = {c["stage"] for c in by_kind["law"]}
    inside = [c for c in by_kind["law"] if c["bites"] == "before and during the decision"]
    return charts.Chart(
        draw=deck.card_grid(
            rows, [(kind, words, _COLOURS[kind]) for kind, words in KINDS.items()], laid
        ),
        alt=f"A grid of {len(rows)} stages by three columns with the numbers of the cards. The "
        f"law's column has cards at {len(reached)} stages of the two cycles.",
        caption="The 24 decision cards of Lindlemere, an invented health system, by stage of the "
        "commissioning cycle (1 to 4) or the improvement cycle (a to e), and by the strongest "
        "thing that asks for the step on the card. Squares are law, circles policy or contract, "
        "diamonds good practice.",
        table=pd.DataFrame(
            [
                {
                    "Card": f"{card['id']}. {card['text']}",
                    "Asked for by": KINDS[card["kind"]],
                    "When": card["bites"],
                }
                for card in cards()
            ]
        ),
        finding=f"The law asks for {len(by_kind['law'])} of the 24 steps, at {len(reached)} of the "
        f"{len(rows)} stages. {len(inside)} of the {len(by_kind['law'])} come too late if they "
        "come after the decision.",
    )


def cards_page() -> str:
    """Write the deck as a page to print and cut up.

    Returns
    -------
    str
        Markdown: the cards in mixed order without their answers, then the answers.
    """
    lines = [
        "# Decision cards",
        "",
        "% Written from src/eeic/explore/data/decision_cards.toml by cards_page(); "
        "a test compares the two.",
        "",
        "Twenty-four decisions from Lindlemere, an invented health system, for "
        "{doc}`/notebooks/01-whose-job-is-this`.",
        "Print the page, cut along the lines, and keep the answers back.",
        "",
        "Sort the cards by the *strongest* thing that asks for the step: **law**, **policy or "
        "contract**, or **good practice** that nothing requires.",
        "For each one, say who could do it, and by when it would be too late.",
        "",
        "## The cards",
        "",
        "| Card | The decision, and the step |",
        "|---|---|",
    ]
    mixed = sorted(cards(), key=lambda card: card["id"] * 7 % 25)
    lines += [f"| **{card['id']}** | {card['text']} |" for card in mixed]
    lines += [
        "",
        "## The answers, for the facilitator",
        "",
        "The law stands behind every decision of a public body; the column says what asks for "
        "*this step*.",
        "What is law and what is guidance changes: {doc}`/book/topics/duties` has the date on "
        "which it was last checked.",
        "",
        "| Card | Asked for by | When it bites | Why | A question to ask | Who can move it |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| **{card['id']}** | {KINDS[card['kind']]} | {card['bites']} | {card['because']} "
        f"| “{card['ask']}” | {card['holder']} |"
        for card in cards()
    ]
    return "\n".join(lines) + "\n"


def cycles_page() -> str:
    """Write both cycles as a page: each stop with its questions and the lessons that serve it.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "# The two cycles, stop by stop",
        "",
        "% Written from src/eeic/explore/data/cycle_wheel.toml by cycles_page(); "
        "a test compares the two.",
        "",
        "Those who buy care turn one wheel, those who run it the other.",
        "Print this page, take three papers of your own, find the stop where each one stands, and "
        "put a tick or a cross beside every question.",
        "The crosses are your missed chances.",
        "",
        "{doc}`/notebooks/01-whose-job-is-this` has both wheels to turn, for four services of "
        "Lindlemere.",
        "The duties behind the questions, with their dates, are in {doc}`/book/topics/duties`.",
    ]
    heads = {
        "commissioning": (
            "## The commissioning cycle",
            "Four stages, as in the Strategic Commissioning Framework {cite:p}`nhse2025scf`.",
        ),
        "improvement": (
            "## The improvement cycle",
            "Five steps; the names are this course's own.",
        ),
    }
    for cycle, (head, about) in heads.items():
        lines += ["", head, "", about]
        for one in stages(cycle):
            lines += [
                "",
                f"### {one['id']}. {one['name'][0].upper()}{one['name'][1:]}",
                "",
                f"*{one['ask']}*",
                "",
                *(f"- ☐ {question}" for question in one["more"]),
                "",
                f"Lessons for this stop: {one['lessons']}. Tool: {one['tool']}.",
            ]
    lines += [
        "",
        "## At every stop",
        "",
        "- ☐ Compared with whom, out of whom, recorded by whom?",
        "- ☐ Which lever would close the gap, and who holds it?",
        "- ☐ What is uncertain, and what will we do on Monday all the same?",
        "- ☐ Whose knowledge is missing from this table?",
        "",
        "Lessons 1 and 18 serve every stop.",
    ]
    return "\n".join(lines) + "\n"


# -- where papers stop asking --------------------------------------------------------------------


def papers() -> DataFrame:
    """Read the twelve extracts from board papers.

    Returns
    -------
    pandas.DataFrame
        Columns stage (1 to 4), title and text.
    """
    return pd.DataFrame(_data("board_papers")["paper"])


def equality_words() -> tuple[str, ...]:
    """List the words that are counted.

    Returns
    -------
    tuple of str
        In lower case.
    """
    return tuple(_data("board_papers")["words"])


def words_in_papers() -> list[tuple[int, str, int]]:
    """Count the words in each paper.

    Returns
    -------
    list of (int, str, int)
        Stage, title and count.
    """
    wanted = set(equality_words())
    return [
        (
            paper["stage"],
            paper["title"],
            sum(word in wanted for word in re.findall(r"[a-z]+", paper["text"].lower())),
        )
        for paper in _data("board_papers")["paper"]
    ]


def words_at_stage(stage: int) -> int:
    """Count the words in the papers of one stage.

    Parameters
    ----------
    stage : int
        1 to 4.

    Returns
    -------
    int
        How many there are in its three papers.
    """
    return sum(count for at, _, count in words_in_papers() if at == stage)


@or_absent
def papers_chart() -> Chart:
    """Show how often twelve papers speak of equality, by stage.

    Returns
    -------
    Chart
        A dot for each paper, a bar for the average of a stage.
    """
    found = words_in_papers()
    ring = stages("commissioning")
    rows = [
        (
            f"{one['id']}  {' '.join(one['lines'])}",
            [n for at, _, n in found if str(at) == one["id"]],
        )
        for one in ring
    ]
    totals = {one["id"]: sum(counts) for one, (_, counts) in zip(ring, rows, strict=True)}
    low = min(ring, key=lambda one: totals[one["id"]])
    none = sum(n == 0 for _, _, n in found)
    return charts.Chart(
        draw=deck.words_by_stage(rows, "Equality-related words in a paper"),
        alt="Four rows, one for each stage of the commissioning cycle, with a dot for each of "
        "three papers. Totals: "
        + ", ".join(f"stage {stage} {count}" for stage, count in totals.items())
        + ".",
        caption="Words about equality, ethnicity or language in 12 invented extracts from board "
        "papers of Lindlemere, three for each stage and about 50 words each. Each dot is a paper; "
        "the bar ends at their average.",
        table=pd.DataFrame(found, columns=["Stage", "Paper", "Words"])[["Paper", "Stage", "Words"]],
        finding=f"The words fall from {totals['1']} at stage 1 to {totals[low['id']]} at stage "
        f"{low['id']}, {low['name']}, where money and contracts are settled. {none} of the "
        f"{len(found)} papers have none at all, and papers of the same stage differ.",
    )


@or_absent
def finding(name: str) -> str:
    """State one of the lesson's results.

    Parameters
    ----------
    name : {"wheel", "deck", "papers"}
        Which.

    Returns
    -------
    str
        The sentence.

    Raises
    ------
    ValueError
        If there is no finding of this name. The message lists those there are.
    """
    if name == "wheel":
        return _whole_turns()
    drawn: dict[str, Callable[[], Chart]] = {"deck": deck_chart, "papers": papers_chart}
    if name not in drawn:
        raise ValueError(
            f"There is no finding {name!r}; there are 'wheel', {', '.join(map(repr, drawn))}."
        )
    made = drawn[name]()
    return made if isinstance(made, Absent) else made.finding  # type: ignore[return-value]


def _whole_turns() -> str:
    cycle = "commissioning"
    counted = {name: missed(service, cycle) for service, name in SERVICES.items()}
    ordered = sorted(counted, key=lambda name: (-counted[name], name))
    each = ", ".join(f"{name.lower()} {counted[name]}" for name in ordered)
    return (
        f"Chances missed in one whole turn of the commissioning cycle, of "
        f"{chances(cycle)} for each service: {each}. "
        "What differs is which questions were asked."
    )


#: The explorers of this lesson, by name.
EXPLORERS = {
    "cycle-wheel": Explorer(
        name="cycle-wheel",
        title="One turn of the wheel",
        lead="Choose a service, then turn the wheel stage by stage. At each stop, compare what the "
        "Lindlemere team did with what could have been asked, and watch the count in the middle.",
        controls=(
            Control("service", "Service", tuple(SERVICES.items()), "diabetes"),
            Control(
                "stage",
                "Turn the wheel (1 to 4 commissioning, a to e improving)",
                tuple(
                    (
                        one["id"],
                        f"{one['id']}: {' '.join(one['lines']).lower()}",
                    )
                    for one in _data("cycle_wheel")["stages"]
                ),
                "1",
            ),
        ),
        compute=cycle_wheel,
    ),
}
