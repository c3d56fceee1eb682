"""Writing titles and abstracts: sentences from templates, filled with a study's own numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from eeic.world.library import ratios, told
from eeic.world.library.places import AREAS
from eeic.world.library.studies import EFFECT_DESIGNS, TRIALS, Study

#: Words in an abstract.
SHORTEST, LONGEST = 120, 250

_ALTERNATIVE = re.compile(r"\[(\w+)\]")
_FILL = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(
    r"\b([Aa]) (?=(?:inter|uncontrolled|evidence|economic|RCT|outreach|app\b|equal))"
)

#: How many studies a review took in, where that is said in words.
_INCLUDED = [
    "No study met the criteria.",
    "One study was included.",
    *(
        f"{number} studies were included."
        for number in ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    ),
]

#: Databases as a review names them.
_DATABASES = ("two databases", "three databases and reference lists", "one database")


class Words:
    """Writes about one study.

    Parameters
    ----------
    study : Study
        The study.
    uniforms : sequence of float
        One for each choice of wording; they start again when used up.

    Attributes
    ----------
    synonyms : dict of list of str
        Wordings for the programme, the service, the people and the design.
    main : dict of str
        The wording that is used most.
    fills : dict of str
        Everything else that templates can ask for.
    """

    def __init__(self, study: Study, uniforms: Sequence[float]) -> None:
        self.study = study
        self._left = _again(uniforms)
        self.grammar = told.read("grammar")
        facets = told.read("facets")
        about = told.read("interventions")[study.intervention]
        people = facets["populations"][study.population]
        self.synonyms: dict[str, list[str]] = {
            "intervention": about["names"],
            "service": facets["services"][study.service]["terms"],
            # Each time had its words for people, and old records keep them.
            "population": people["dated" if study.dated and self.u() < 0.7 else "terms"],
            "design": told.read("designs")[study.design]["names"],
        }
        self.main = {name: self.one_of(words) for name, words in self.synonyms.items()}
        reached = self.one_of(facets["services"][study.service]["outcomes"])
        self.fills: dict[str, str] = {
            "comparator": about["comparator"],
            "outcome": facets["services"][study.service]["outcome"],
            "reached": reached,
            "reached_one": re.sub("^were ", "was ", reached),
            "setting": facets["services"][study.service]["setting"],
            **_numbers(study, self.u),
        }

    def keep_to(self, title: str) -> None:
        """Say the same words all down a page: those of its title, and else the main ones.

        Parameters
        ----------
        title : str
            The title.
        """
        for name, options in self.synonyms.items():
            said = [one for one in options if one.casefold() in title.casefold()]
            self.main[name] = max(said, key=len, default=self.main[name])
            self.synonyms[name] = [self.main[name]]

    def u(self) -> float:
        """Take the next uniform."""
        return next(self._left)

    def one_of(self, options: list[str]) -> str:
        """Choose among wordings."""
        return options[int(self.u() * len(options))]

    def write(self, name: str) -> str:
        """Write one sentence.

        Parameters
        ----------
        name : str
            Name of a list of templates.

        Returns
        -------
        str
        """
        return self.fill(self.one_of(self.grammar[name]))

    def fill(self, template: str) -> str:
        """Fill a template with words and numbers."""
        text = _ALTERNATIVE.sub(lambda found: self.one_of(self.grammar[found[1]]), template)
        text = _FILL.sub(self._filled, text)
        text = _ARTICLE.sub(lambda found: f"{found[1]}n ", text)
        return text[0].upper() + text[1:]

    def _filled(self, found: re.Match[str]) -> str:
        name = found[1]
        plain = name[0].lower() + name[1:]
        if plain in self.synonyms:
            # An author says the same thing in two ways now and then.
            text = self.main[plain]
            if self.u() < 0.25:
                text = self.one_of(self.synonyms[plain])
        else:
            text = self.fills[plain]
        return text if plain == name else text[0].upper() + text[1:]

    def title(self) -> str:
        """Write the title."""
        study = self.study
        profile = told.read("interventions")[study.intervention]["profile"]
        own = "attenders" if heard_attenders(study) else study.design
        if f"titles_{own}" in self.grammar:
            return self.write(f"titles_{own}")
        if profile == "fashionable" and self.u() < 0.5:
            return self.write("titles_fashionable")
        return self.write("titles")

    def abstract(self, *, spin: bool) -> str:
        """Write the abstract.

        Parameters
        ----------
        spin : bool
            Whether a result without a clear benefit is told as if there were one.

        Returns
        -------
        str
            Four parts with their headings, 120 to 250 words.
        """
        study = self.study
        empty = study.source == "registry"
        own = "registry" if empty else study.design
        told_by = "attenders" if heard_attenders(study) else study.design
        parts = {
            "Background": [
                self.write("background_1"),
                self.write(self._own("background_2", study.design)),
            ],
            "Methods": [self.write("methods_registry" if empty else f"methods_{told_by}")],
            "Results": [],
            "Conclusion": [],
        }
        methods, results = parts["Methods"], parts["Results"]
        if study.design in EFFECT_DESIGNS:
            if study.excluded:
                methods.append(self.write(self._own("people_excluded", own)))
            elif not empty:
                opened = study.population != "all" or self.u() < 0.3
                methods.append(self.write("people_open" if opened else "people_consent"))
            measured = _BIAS[study.risk_of_bias, study.design in TRIALS]
            measured = "bias_cohort" if study.design == "cohort" else measured
            methods.append(self.write(self._own(measured, own)))
        if empty:
            results.append(self.write("results_registry"))
        elif study.design in EFFECT_DESIGNS:
            results += self._found()
        elif study.design == "qualitative":
            results += [self.write(f"results_{told_by}"), self.write(f"results_{told_by}_2")]
        elif study.design == "review":
            pooled = study.effect is not None
            results.append(self.write("results_review" if pooled else "results_review_none"))
        else:
            results.append(self.write("results_costing"))
        parts["Conclusion"].append(self.write(self._conclusion(spin, empty)))
        limits = [] if empty else self._shuffled(self._own("limits", own))
        context = self._shuffled(self._own("context", own))
        while _count(parts) < SHORTEST + 5 and (limits or context):
            if len(context) >= len(limits):
                methods.append(context.pop())
            else:
                results.append(limits.pop())
        return " ".join(f"{heading}: {' '.join(said)}" for heading, said in parts.items())

    def _own(self, name: str, kind: str) -> str:
        """Return the name of a list of templates: a kind of study's own one, if it has one."""
        return f"{name}_{kind}" if f"{name}_{kind}" in self.grammar else name

    def _shuffled(self, name: str) -> list[str]:
        sentences = list(self.grammar[name])
        turn = int(self.u() * len(sentences))
        return sentences[turn:] + sentences[:turn]

    def _found(self) -> list[str]:
        study = self.study
        said = []
        if study.design in (*TRIALS, "cohort"):
            said.append(self.write(self._own("results_flow", study.design)))
        said.append(self.write("results_estimate"))
        said.append(self.write(_REPORTING[study.reporting]))
        if study.subgroups:
            name, (effect, error) = strongest(study)
            self.fills["subgroup_name"] = name
            self.fills["subgroup"] = with_limits(effect, error)
            said.append(self.write("results_subgroup"))
        return said

    def _conclusion(self, spin: bool, empty: bool) -> str:
        study = self.study
        if empty:
            return "conclusion_registry"
        if study.design not in EFFECT_DESIGNS:
            return f"conclusion_{'attenders' if heard_attenders(study) else study.design}"
        if study.favourable:
            return "conclusion_works"
        if (study.effect or 0) < -ratios.Z95 * (study.error or 0):
            return "conclusion_harm"
        return "conclusion_spin" if spin else "conclusion_null"


_REPORTING = {
    "none": "reporting_none",
    "White v. rest": "reporting_two",
    "five groups": "reporting_five",
    "detailed": "reporting_detailed",
}
_BIAS = {
    ("low", True): "bias_low",
    ("high", True): "bias_high",
    ("some concerns", False): "bias_series",
    ("high", False): "bias_before",
}


def shares(study: Study) -> str:
    """Say a study's mix of people as far as it reports it; empty where it does not.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    str
        Such as ``"White 71%, other 29%"``.
    """
    if study.reporting == "none":
        return ""
    white = round(100 * study.five["White"])
    if study.reporting == "White v. rest":
        return f"White {white}%, other {100 - white}%"
    return ", ".join(f"{name} {round(100 * share)}%" for name, share in study.five.items())


def strongest(study: Study) -> tuple[str, tuple[float, float]]:
    """Return the subgroup that authors make most of."""
    return max(study.subgroups.items(), key=lambda item: abs(item[1][0]) / item[1][1])


def interval(effect: float, error: float) -> tuple[float, float]:
    """Return the 95% limits of an odds ratio, to two decimals."""
    reach = ratios.Z95 * error
    return ratios.odds_ratio(effect - reach), ratios.odds_ratio(effect + reach)


def with_limits(effect: float, error: float) -> str:
    """Write an odds ratio with its 95% limits, as a subgroup's result is written."""
    low, high = interval(effect, error)
    return f"{ratios.odds_ratio(effect):.2f} ({low:.2f} to {high:.2f})"


def _numbers(study: Study, u: Callable[[], float]) -> dict[str, str]:
    """Return everything countable about a study, as it is written."""
    said = {
        "sites": str(max(study.sites, 2)),
        "months": str(study.months),
        "invited": str(study.invited or study.analysed),
        "randomised": str(study.randomised or study.analysed),
        "analysed": str(study.analysed),
        "included": str(len(study.pooled)),
        "included_said": _INCLUDED[len(study.pooled)]
        if len(study.pooled) < len(_INCLUDED)
        else f"In all, {len(study.pooled)} studies were included.",
        "shares": shares(study) or "not reported",
        "databases": _DATABASES[2 if study.missed else int(u() * 2)],
        "attrition": str(attrition(study) or 0),
        "cost": str(cost := 20 + int(400 * u())),
        "staff": str(40 + int(40 * u())),
        "interpreting_said": f"Interpreting and travel made up {3 + int(25 * u())}%."
        if counts_interpreting(study)
        else "Interpreting, travel and outreach were paid from other budgets.",
        "assumed": str(assumed := 3 + int(7 * u())),
        "per_gain": f"{round(100 * cost / assumed):,}",
        "ago": str(2 + int(3 * u())),
    }
    if study.counts:
        a, n1, c, n0 = study.counts
        said |= {"a": str(a), "n1": str(n1), "c": str(c), "n0": str(n0)}
        said |= {"p1": str(round(100 * a / n1)), "p0": str(round(100 * c / n0))}
    if study.effect is not None and study.error is not None:
        low, high = interval(study.effect, study.error)
        estimate = ratios.odds_ratio(study.effect)
        said |= {"estimate": f"{estimate:.2f}", "low": f"{low:.2f}", "high": f"{high:.2f}"}
    return said


def heard_attenders(study: Study) -> bool:
    """Tell whether a study heard only people who come to the service anyway."""
    return study.design == "qualitative" and study.words[-3] < 0.35


def counts_interpreting(study: Study) -> bool:
    """Tell whether a costing study counts what interpreting and travel cost."""
    return study.words[-3] < 0.5


def attrition(study: Study) -> int | None:
    """Return the percentage of randomised people without an outcome; None where it cannot be."""
    if study.randomised is None:
        return None
    return round(100 * (1 - study.analysed / study.randomised))


def kind_of_place(study: Study, types: list[str]) -> str:
    """Say in what kind of place a study was done."""
    return types[study.area * len(types) // AREAS]


def _count(parts: dict[str, list[str]]) -> int:
    return sum(len(" ".join(said).split()) + 1 for said in parts.values())


def _again(uniforms: Sequence[float]) -> Iterator[float]:
    while True:
        yield from uniforms
