"""Python and the page judge every answer alike."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
from pathlib import Path

from eeic import ask
from eeic.ask import versions
from eeic.ask.page import asset
from eeic.publish import vendor

NODE = vendor.node()

RUN = """
import { readFileSync } from "node:fs";
import rules from "./ask.mjs";
const { cases, numbers, sheets, choices } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  outcomes: cases.map(([sheet, answer]) => rules.judge(sheet, answer)),
  versions: sheets.map((sheet) => rules.versions(sheet)),
  choices: choices.map((given) => rules.choose(...given)),
  numbers: numbers.map(([answer, unit]) => rules.parseNumber(answer, unit)),
}));
"""

TEXTS = [
    *("12.5", "12,5", "1,250", "0,125", "1.250,5", " 25 ", "−12.5", "-", ".", ",", "", " ", "5."),
    *("12.5%", "12.5 per cent", "12.5 per 1000", "PEOPLE", "10 People", "£12.50", "£-1", "-£1"),
    *(
        "٣٫٥",
        "١٢٬٥٠٠",
        "१२.५",
        "１２．５",
        "12\u00a0500",
        "12\u202f500",
        "1\u200b2",
        "½",
        "²",
        "12⁵",
    ),
    *("1e5", "0x10", "NaN", "Infinity", "twelve", "１２％", "٪", "9" * 60, "9" * 61, "12.5\n"),
    *("1,2,3", "1,23", "12,345,678.9", "012,345", "1.2.3", "\U0001f600", "a|b", "İ", "$&", "10 %"),
]
JUNK = [None, True, False, 0, -1, 12.5, 25, 1e300, "", "zzz", "b", [], {}, [None], [["two"]]]
JUNK += [["two", 2], {"choice": None}, {"choice": ["b"]}, {"number": "12.5"}, ["__proto__"]]
JUNK += ["__proto__", "constructor", {"__proto__": "b"}, {"three.twice": [6]}]


def answers(sheet, dice):
    """Give right, wrong, partial, doubled and malformed answers to a question."""
    for part in sheet["parts"]:
        part["tries"] = list(JUNK[:8])
        ids = [option["id"] for option in part.get("options", [])]
        if part["kind"] == "one":
            part["tries"] += ids
        elif part["kind"] == "set":
            for size in range(len(ids) + 1):
                part["tries"] += [list(some) for some in itertools.combinations(ids, size)]
            part["tries"] += [ids[::-1], [ids[0], ids[0]], [*ids[:1], "zzz"]]
        elif part["kind"] == "order":
            part["tries"] += [list(some) for some in itertools.permutations(ids)][:60]
            part["tries"] += [ids[:-1], [*ids, ids[0]], [ids[0]] * len(ids)]
        else:
            key = part["key"]
            edges = [key] if "low" in key else []
            for band in [*edges, *key["near"]]:
                part["tries"] += [band["low"], band["high"], (band["low"] + band["high"]) / 2]
                part["tries"] += [band["low"] - 1e-6, band["high"] + 1e-6]
            part["tries"] += TEXTS
    tries = {part["name"]: part.pop("tries") for part in sheet["parts"]}
    if len(tries) == 1:
        yield from next(iter(tries.values()))
    else:
        for _ in range(300):
            some = [name for name in tries if dice.random() < 0.8]
            yield {name: dice.choice(tries[name]) for name in some}
    yield from JUNK


def test_python_and_the_page_agree(bank):
    dice = random.Random(4)
    questions = [*bank.values(), *(ask.question(name) for name in ask.ids("00"))]
    cases = []
    sheets = [ask.compile_sheet(question, figure=False) for question in questions]
    for sheet in itertools.chain.from_iterable(map(versions.every, sheets)):
        cases += [(sheet, answer) for answer in answers(sheet, dice)]
    choices = [(q.id, dice.randrange(2**16), n) for q in questions for n in range(1, 6)]
    numbers = [(text, unit) for text in [*TEXTS, *JUNK[:8]] for unit in ("", "%", "people")]
    Path("ask.mjs").write_text(asset("ask.mjs"), encoding="utf-8")
    Path("run.mjs").write_text(RUN, encoding="utf-8")
    told = json.dumps({"cases": cases, "numbers": numbers, "sheets": sheets, "choices": choices})
    ran = subprocess.run(
        [NODE, "run.mjs"], input=told, capture_output=True, text=True, encoding="utf-8", check=True
    )
    page = json.loads(ran.stdout)
    assert len(cases) > 1500
    for (sheet, answer), theirs in zip(cases, page["outcomes"], strict=True):
        ours = ask.judge(sheet, answer)
        mine = (ours.status, ours.share, ours.feedback, ours.misconception, ours.parts)
        assert mine == tuple(theirs.values()), (sheet["id"], answer)
    assert page["versions"] == json.loads(json.dumps(list(map(versions.every, sheets))))
    assert page["choices"] == [versions.choose(*given) for given in choices]
    assert len(set(page["choices"])) == 5
    for (text, unit), theirs in zip(numbers, page["numbers"], strict=True):
        assert ask.parse_number(text, unit) == theirs, (text, unit)


def test_a_difference_would_be_seen(bank):
    """The check is worth something: change one rule of the page, and it disagrees."""
    broken = asset("ask.mjs").replace("hits - wrong.length", "hits")
    Path("ask.mjs").write_text(broken, encoding="utf-8")
    Path("run.mjs").write_text(RUN, encoding="utf-8")
    sheet = ask.compile_sheet(bank["t.multi"])
    answer = ["two", "three", "four"]
    told = json.dumps({"cases": [(sheet, answer)], "numbers": [], "sheets": [], "choices": []})
    ran = subprocess.run([NODE, "run.mjs"], input=told, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["outcomes"][0]["share"] != ask.judge(sheet, answer).share
