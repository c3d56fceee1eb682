"""Writing titles and abstracts: sentences from templates, filled with a study's own numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

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

#: Databases as a review names them.
_DATABASES = ("two databases", "three databases and reference lists", "one database")


class Words:
    """Writes about one study.

    Parameters
    ----------
    study : Study
        The study.
    uniforms : list of float
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

    def __init__(self, study: Study, uniforms: list[float]) -> None:
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
        self.fills: dict[str, str] = {
            "comparator": about["comparator"],
            "outcome": facets["services"][study.service]["outcome"],
            "reached": self.one_of(facets["services"][study.service]["outcomes"]),
            "setting": facets["services"][study.service]["setting"],
            **_numbers(study, self.u),
        }

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
        if study.design == "qualitative":
            return self.write("titles_qualitative")
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
        parts = {
            "Background": [self.write("background_1"), self.write("background_2")],
            "Methods": [self.write("methods_registry" if empty else f"methods_{study.design}")],
            "Results": [],
            "Conclusion": [],
        }
        methods, results = parts["Methods"], parts["Results"]
        if study.design in EFFECT_DESIGNS:
            if study.excluded:
                methods.append(self.write("people_excluded"))
            elif not empty:
                opened = study.population != "all" or self.u() < 0.3
                methods.append(self.write("people_open" if opened else "people_consent"))
            measured = _BIAS[study.risk_of_bias, study.design in TRIALS]
            methods.append(self.write("bias_cohort" if study.design == "cohort" else measured))
        if empty:
            results.append(self.write("results_registry"))
        elif study.design in EFFECT_DESIGNS:
            results += self._found()
        elif study.design == "qualitative":
            results += [self.write("results_qualitative"), self.write("results_qualitative_2")]
        elif study.design == "review":
            pooled = study.effect is not None
            results.append(self.write("results_review" if pooled else "results_review_none"))
        else:
            results.append(self.write("results_costing"))
        parts["Conclusion"].append(self.write(self._conclusion(spin, empty)))
        limits, context = self._shuffled("limits"), self._shuffled("context")
        while _count(parts) < SHORTEST + 5 and (limits or context):
            if len(context) >= len(limits):
                methods.append(context.pop())
            else:
                results.append(limits.pop())
        return " ".join(f"{heading}: {' '.join(said)}" for heading, said in parts.items())

    def _shuffled(self, name: str) -> list[str]:
        sentences = list(self.grammar[name])
        turn = int(self.u() * len(sentences))
        return sentences[turn:] + sentences[:turn]

    def _found(self) -> list[str]:
        study = self.study
        said = []
        if study.design in (*TRIALS, "cohort"):
            said.append(self.write("results_flow"))
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
            return f"conclusion_{study.design}"
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
        "included": str(max(len(study.pooled), 1)),
        "shares": shares(study) or "not reported",
        "databases": _DATABASES[2 if study.missed else int(u() * 2)],
        "attrition": str(attrition(study) or 0),
        "cost": str(20 + int(400 * u())),
        "staff": str(40 + int(40 * u())),
        "interp": str(3 + int(25 * u())),
        "cheap": str(80 + int(200 * u())),
        "dear": str(400 + int(900 * u())),
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


def _again(uniforms: list[float]) -> Iterator[float]:
    while True:
        yield from uniforms
