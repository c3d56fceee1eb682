"""What the folders of reference values are called in words, with the version they came from."""

#: Folder -> the implementation or publication whose results it holds.
SOURCES = {
    "coding_quality": "epiR 2.0.57, vcd 1.4-11 and psych 2.2.9 (R)",
    "dcea": "University of York's and dceasimR's equity tools (R)",
    "decomposition": "Kitagawa's and Das Gupta's formulas, statsmodels 0.15.0, Stata's oaxaca",
    "disclosure_control": "the published rules, and exhaustive search with a linear program",
    "funnelplotr": "FunnelPlotR 0.6.0 (NHS-R community)",
    "healthequal": "healthequal 1.0.1 (World Health Organization), with its errors corrected",
    "metafor": "metafor 3.8-1 (R)",
    "nhsrplotthedots": "NHSRplotthedots 0.2.2 (NHS-R community, Making Data Count)",
    "pheindicatormethods": "PHEindicatormethods 2.1.0 (UKHSA)",
    "population": "Office for National Statistics and NHS Data Dictionary",
    "power_sample_size": "R 4.2.2 (stats), pwr 1.3-0 and epiR 2.0.57",
    "qicharts2": "qicharts2 0.8.1 (R)",
    "statsmodels": "statsmodels 0.15.0 and scipy 1.17.1",
    "two_group_comparisons": "epitools 0.5-10.1, epiR 2.0.57 and R 4.2.2 (stats)",
}
