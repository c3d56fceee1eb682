"""Charts look alike, say what they withhold, and come out the same every time."""

import re

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import eeic
from eeic import categories, charts
from eeic.charts import style
from eeic.explore import seeing_the_gap as gap

LESSON = {
    "crude": gap.crude_chart,
    "ages": gap.age_profile,
    "standardised": gap.standardised_chart,
    "gap": gap.gap_chart,
    "services": gap.three_services,
    "truth": gap.truth_chart,
    "truth-checks": lambda: gap.truth_chart("all_nine"),
    "truth-none": lambda: gap.truth_chart("cp9_eye"),
    "headlines": lambda: gap.four_headlines("standardised", "ratio", "gp", "everyone"),
    "mismatch": lambda: gap.four_headlines("standardised", "difference", "self", "white-british"),
    "old": lambda: gap.age_mix(33),
}


@pytest.fixture(params=LESSON)
def chart(request):
    return LESSON[request.param]()


@pytest.fixture(params=charts.LAYOUTS)
def layout(request):
    return request.param


def estimates(**values):
    data = pd.DataFrame.from_dict(values, orient="index", columns=["value", "lower", "upper"])
    return charts.Estimates("Percent", data)


def a_chart(**changed):
    draw = charts.dots([charts.Panel("Percent", (estimates(Indian=(4, 3, 5)),))])
    words = {
        "alt": "A dot at 4 percent.",
        "caption": "Percent of 100 people.",
        "finding": "Indian residents have 4 percent.",
    }
    return charts.Chart(**({"draw": draw, "table": pd.DataFrame({"a": [1]})} | words | changed))


def test_the_same_chart_gives_the_same_bytes(layout):
    first, second = a_chart().svg(layout), a_chart().svg(layout)
    assert first == second
    assert "<dc:date>" not in first and "matplotlib" not in first.lower()


def test_another_number_gives_another_drawing(layout):
    draw = charts.dots([charts.Panel("Percent", (estimates(Indian=(4.5, 3, 5)),))])
    assert a_chart(draw=draw).svg(layout) != a_chart().svg(layout)


@pytest.mark.parametrize("part", ["alt", "caption", "finding"])
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_a_chart_without_words_is_refused(part, empty):
    with pytest.raises(charts.IncompleteChart, match=f"no {part}"):
        a_chart(**{part: empty})


@pytest.mark.parametrize("name", ["fig1.png", "_images/gap-chart.svg", "Gap chart.PNG"[4:], "gap"])
def test_a_file_name_is_no_description(name):
    with pytest.raises(charts.IncompleteChart, match="is a name, not a description"):
        a_chart(alt=name)


def test_there_are_two_layouts():
    with pytest.raises(ValueError, match="wide or narrow"):
        a_chart().svg("medium")


def test_withheld_groups_are_named_inside_the_chart(layout):
    shown = estimates(Indian=(4, 3, 5), Roma=(None, None, None), Arab=(None, None, None))
    svg = a_chart(draw=charts.dots([charts.Panel("Percent", (shown,))])).svg(layout)
    words = " ".join(re.findall(r">([^<>\n]+)</text>", svg))
    assert f"{charts.NOT_SHOWN}: Roma, Arab." in words
    assert "nan" not in words


def test_groups_stand_in_house_order(layout):
    shown = estimates(**{"White British": (4, 3, 5), "Arab": (4, 3, 5), "Indian": (4, 3, 5)})
    svg = a_chart(draw=charts.dots([charts.Panel("Percent", (shown,))])).svg(layout)
    assert svg.index("Indian") < svg.index("White British") < svg.index("Arab")


def test_twice_and_half_are_equally_far_from_one():
    shown = estimates(**{"Indian": (2, 1.5, 3), "Roma": (0.5, 0.4, 0.6)})
    panel = charts.Panel("Ratio", (shown,), scale="log", reference=(1, "White British = 1"))
    axes = charts.dots([panel])("wide").axes[0]
    one, two, half = (axes.transData.transform((x, 0))[0] for x in (1, 2, 0.5))
    assert two - one == pytest.approx(one - half)


def test_two_series_differ_by_shape_and_filling():
    pair = (estimates(Indian=(4, 3, 5)), estimates(Indian=(6, 5, 7)))
    axes = charts.dots([charts.Panel("Percent", pair)])("wide").axes[0]
    markers = {(line.get_marker(), line.get_markerfacecolor()) for line in axes.lines}
    shapes = {marker for marker in markers if marker[0] != "None"}
    assert len({shape for shape, _ in shapes}) == 2
    assert "white" in {colour for _, colour in shapes}


def test_drawing_changes_no_global_setting(layout):
    before = dict(mpl.rcParams)
    a_chart().svg(layout)
    assert dict(mpl.rcParams) == before


def test_every_image_says_that_the_people_are_invented(chart, layout):
    assert eeic.LABEL in chart.svg(layout)


def test_text_is_text_in_a_font_the_reader_has(chart, layout):
    svg = chart.svg(layout)
    families = set(re.findall(r"font-family: ([^;\"]+)", svg))
    assert families == {"'DejaVu Sans', Verdana, sans-serif"}
    sizes = [float(size) / 0.75 for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert min(sizes) >= 12
    assert f'width="{style.WIDTH[layout] * 0.75:g}pt"' in svg


def test_no_more_than_five_colours_for_groups(chart, layout):
    of_groups = {categories.colour(name) for name in categories.HIGH_LEVEL}
    quiet = {"#ffffff", style.INK, style.MUTED, style.RULE, style.HAIR, style.ACCENT}
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})\b", chart.svg(layout)))
    assert used <= of_groups | quiet
    assert len(used & of_groups) <= 5


def overlaps(figure):
    """List pairs of texts that touch, and texts that leave the picture."""
    figure.set_dpi(96)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [*figure.texts]
    for axes in figure.axes:
        low, high = axes.get_xlim()
        texts += [t for t in axes.get_xticklabels() if low <= t.get_position()[0] <= high]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text()]
    width, height = figure.get_size_inches() * 96
    found = [
        words
        for words, box in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    for number, (words, box) in enumerate(boxes):
        for others, other in boxes[number + 1 :]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            down = min(box.y1, other.y1) - max(box.y0, other.y0)
            if across > 1 and down > 3:
                found.append((words, others))
    return found


def test_no_words_touch_or_leave_the_picture(chart, layout):
    assert overlaps(chart.draw(layout)) == []


def test_the_overlap_check_sees_overlaps():
    canvas = style.Canvas("wide", 100)
    canvas.text(10, 20, "One thing")
    canvas.text(20, 22, "Another thing")
    canvas.text(650, 60, "Leaves the picture")
    assert overlaps(canvas.figure) == ["Leaves the picture", ("One thing", "Another thing")]
