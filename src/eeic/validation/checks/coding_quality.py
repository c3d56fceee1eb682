"""R packages epiR, vcd and psych: accuracy of ethnicity codes, and Cohen's kappa."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from eeic.stats import recording
from eeic.validation.cases import Case, compare
from eeic.validation.checks._rows import first_row, matrix_of
from eeic.validation.run import Read, check

#: The reference's name of each measure, and ours.
MEASURES = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "accuracy": "accuracy",
    "apparent_prevalence": "recorded prevalence",
    "true_prevalence": "true prevalence",
    "lr_positive": "positive likelihood ratio",
    "lr_negative": "negative likelihood ratio",
    "youden": "Youden's index",
}


@check("coding_quality", "own_diagnostic_2x2", method="recording-quality")
def accuracy(read: Read) -> Iterator[Case]:
    """Ten measures of a two-by-two table, with exact and with Wilson limits."""
    for _, row in read("own_diagnostic_2x2").iterrows():
        yield compare(
            f"{row['case_id']}, {row['measure']}, {row['ci_method']}",
            partial(_measure, row),
            {"value": row["estimate"], "lower": row["lower"], "upper": row["upper"]},
            refused=row["status"] == "refused",
        )


@check("coding_quality", "own_kappa", method="recording-quality")
def kappa(read: Read) -> Iterator[Case]:
    """Kappa without weights, and with linear and quadratic weights."""
    for _, row in read("own_kappa").iterrows():
        refused = row["status"] == "refused"
        matrix = matrix_of(row["matrix"])
        plain = {
            "value": ["kappa", "kappa_vcd", "psych_kappa"],
            "standard_error": ["ase_vcd"],
            "lower": ["ci_lower"],
            "upper": ["ci_upper"],
            "observed_agreement": ["observed_agreement"],
            "chance_agreement": ["chance_agreement"],
        }
        linear = {"value": ["kappa_linear_weight"], "standard_error": ["ase_linear"]}
        quadratic = {
            "value": ["kappa_quadratic_weight", "psych_weighted_quadratic"],
            "standard_error": ["ase_quadratic"],
        }
        weighted = (None, plain), ("linear", linear), ("quadratic", quadratic)
        for weights, columns in weighted:
            # The reference may state one number more than once: by vcd, by psych and by hand.
            for place in range(max(map(len, columns.values()))):
                yield compare(
                    f"{row['case_id']}, weights {weights}",
                    partial(first_row, recording.kappa, matrix, weights=weights),
                    {
                        ours: row[theirs[place]]
                        for ours, theirs in columns.items()
                        if place < len(theirs)
                    },
                    refused=refused,
                )


def _measure(row: Any) -> Any:
    counts = row[["tp", "fp", "fn", "tn"]].astype(float)
    found = recording.accuracy(*counts, interval=row["ci_method"])
    return found.set_index("statistic").loc[MEASURES[row["measure"]]]
