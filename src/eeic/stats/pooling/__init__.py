"""Pooling: one answer from several studies, areas or years, and how far they differ.

`effect_sizes` makes effects and variances from counts; `pool` puts them together, with Q, I²,
τ² and a prediction interval, once or for each subgroup; `subgroup_difference` compares
subgroups, `leave_one_out` and `cumulative` show what single studies do, `regress` relates the
effects to a moderator, and `asymmetry` looks for small studies that stand apart.
`mantel_haenszel` pools tables with few events. `back_transform` brings log ratios and
transformed proportions back to ratios and proportions. Studies that share people are not
separate studies.
"""

from eeic.stats.pooling.counts import mantel_haenszel
from eeic.stats.pooling.effects import back_transform, effect_sizes
from eeic.stats.pooling.models import cumulative, leave_one_out, pool, subgroup_difference
from eeic.stats.pooling.moderators import asymmetry, regress

__all__ = [
    "asymmetry",
    "back_transform",
    "cumulative",
    "effect_sizes",
    "leave_one_out",
    "mantel_haenszel",
    "pool",
    "regress",
    "subgroup_difference",
]
