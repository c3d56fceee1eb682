"""Decompositions: Kitagawa, Das Gupta's printed examples, and Oaxaca-Blinder."""

from collections.abc import Iterator, Mapping

import pandas as pd

from eeic.stats import adjust
from eeic.validation.cases import Case, compare
from eeic.validation.run import Read, check


@check("decomposition", "own_kitagawa_expected", "own_kitagawa_input", method="decomposition")
def kitagawa(read: Read) -> Iterator[Case]:
    """Crude rates, and their difference in two and three parts."""
    inputs = dict(iter(read("own_kitagawa_input").groupby("case_id")))
    for _, expected in read("own_kitagawa_expected").iterrows():
        wide = inputs[expected["case_id"]]
        long = pd.concat(
            wide[["stratum"]].assign(
                group=side, events=wide[f"events{side}"], population=wide[f"n{side}"]
            )
            for side in ("1", "0")
        )

        def parts(long: pd.DataFrame = long) -> Mapping[str, float]:
            two, three = (
                adjust.kitagawa(long, group="group", reference="0", stratum="stratum", ways=ways)
                for ways in ("two", "three")
            )
            return {
                "crude1": two["group_value"].iloc[0],
                "crude0": two["reference_value"].iloc[0],
                **_by_part(two, {"gap": "difference"}),
                **{f"{part}_3way": value for part, value in _by_part(three).items()},
            }

        yield compare(expected["case_id"], parts, _numbers(expected))


@check(
    "decomposition",
    "published_dasgupta_expected",
    "published_dasgupta_input",
    method="decomposition",
)
def das_gupta(read: Read) -> Iterator[Case]:
    """Das Gupta's examples 2.1 to 2.4: effects, and the standardised values as printed."""
    inputs = dict(iter(read("published_dasgupta_input").groupby("case_id")))
    for case_id, expected in read("published_dasgupta_expected").groupby("case_id", sort=False):
        wide = inputs[case_id]
        long = pd.concat(
            wide[["factor"]].assign(population=wide[f"pop{n}"], value=wide[f"value{n}"])
            for n in (1, 2)
        )
        first = long["population"].iloc[0]
        found = adjust.das_gupta(long, group="population", reference=first, factor="factor")
        found = found.set_index(found["part"].replace("gap", "crude"))
        for _, row in expected.iterrows():
            ours = found.loc[row["factor"]]
            name = f"{case_id}, {row['factor']}"
            # 10 to 15 digits are given of the effects that were worked out again.
            yield compare(name, ours.to_dict, {"value": row["effect_recomputed"]}, rtol=1e-9)
            # The publication prints 7 digits.
            printed = {
                "value": row["published_effect"],
                "reference_standardised": row["published_standardised_pop1"],
                "group_standardised": row["published_standardised_pop2"],
            }
            yield compare(f"{name}, as printed", ours.to_dict, printed, rtol=1e-6, atol=1e-6)


_REFERENCES = {
    "ref_a": "group",
    "ref_b": "reference",
    "ref_half": "half",
    "ref_pooled_no_group": "pooled",
    "ref_pooled_with_group_dummy": "pooled with group",
}


@check("decomposition", "own_oaxaca_expected", "own_oaxaca_input", method="decomposition")
def oaxaca_blinder(read: Read) -> Iterator[Case]:
    """Three-fold, and two-fold with five kinds of reference coefficients."""
    data = read("own_oaxaca_input")
    for _, expected in read("own_oaxaca_expected").iterrows():

        def parts() -> Mapping[str, float]:
            three = _oaxaca(data, "y", "group_a", ["x1", "x2", "x3"], None)
            found = {
                "mean_a": three["group_value"].iloc[0],
                "mean_b": three["reference_value"].iloc[0],
                "gap": three["value"].iloc[0],
                **{f"{part}_3fold": value for part, value in _by_part(three).items()},
            }
            for suffix, coefficients in _REFERENCES.items():
                two = _oaxaca(data, "y", "group_a", ["x1", "x2", "x3"], coefficients)
                found |= {f"{part}_{suffix}": value for part, value in _by_part(two).items()}
            return found

        yield compare(expected["case_id"], parts, _numbers(expected))


@check("decomposition", "upstream_ccard_stata_expected", "upstream_ccard", method="decomposition")
def oaxaca_blinder_in_stata(read: Read) -> Iterator[Case]:
    """Stata's oaxaca on Greene's credit card data."""
    data = read("upstream_ccard")
    covariates = ["AGE", "INCOME", "INCOMESQ"]
    for key, expected in read("upstream_ccard_stata_expected").groupby(
        ["decomposition", "swap"], sort=False
    ):
        decomposition, swap = key
        # Swapped, the gap is made positive: owners, who spend more, less renters.
        reference = 0 if swap else 1
        coefficients = None if decomposition == "three_fold" else "pooled with group"
        parts = _by_part(_oaxaca(data, "AVGEXP", "OWNRENT", covariates, coefficients, reference))
        for _, row in expected.iterrows():
            # The file gives four decimals, or seven digits.
            yield compare(
                f"{decomposition}, swap {swap}, {row['component']}",
                parts.copy,
                {row["component"]: row["stata"]},
                rtol=1e-6,
                atol=1e-4,
            )


def _oaxaca(data, outcome, group, covariates, coefficients, reference=0) -> pd.DataFrame:
    return adjust.oaxaca_blinder(
        data,
        outcome=outcome,
        group=group,
        reference=reference,
        covariates=covariates,
        coefficients=coefficients,
    )


def _numbers(expected: pd.Series) -> dict[str, float]:
    return {str(name): value for name, value in expected.items() if name != "case_id"}


def _by_part(found: pd.DataFrame, rename: Mapping[str, str] | None = None) -> dict[str, float]:
    """Return the value of each part by its name."""
    return dict(zip(found["part"].replace(rename or {}), found["value"], strict=True))
