"""One pure function, three faces: the live and the static explorer show the same frames."""

import gzip
import json
import re

import pytest
from toy import TOY

from eeic import explore, show
from eeic.explore import Control, twin
from eeic.explore.explorer import BadSetting
from eeic.explore.live import live

ALL = [TOY, *(explore.explorer(name) for name in explore.names())]


@pytest.fixture(params=ALL, ids=lambda e: e.name)
def explorer(request):
    return request.param


def written_frames(html):
    (data,) = re.findall(
        r'<script type="application/json" class="eeic-frames">(.*?)</script>', html, re.DOTALL
    )
    return json.loads(data)


def test_every_combination_is_a_frame():
    keys = [TOY.key(settings) for settings, _ in TOY.frames()]
    assert len(keys) == len(set(keys)) == 2 * 6 * 4
    assert keys[0] == "crude|a|4" and keys[-1] == "standardised|f|10"


def test_four_headlines_has_sixteen_frames():
    assert len(list(explore.explorer("four-headlines").frames())) == 16


def test_a_frame_is_computed_once():
    assert TOY.frame(share=8) is TOY.frame(share=8)


def test_each_control_moves_to_both_ends(explorer):
    for control in explorer.controls:
        for value in (control.values[0], control.values[-1]):
            chart = explorer.frame(**{control.name: value})
            assert chart.svg("wide") and chart.svg("narrow") and chart.finding


def test_frames_differ(explorer):
    sentences = [chart.finding for _, chart in explorer.frames()]
    assert len(set(sentences)) == len(sentences)


def test_twin_and_widget_agree_at_default_settings(explorer):
    html, box = twin.html(explorer), live(explorer)
    default = written_frames(html)[explorer.key(explorer.defaults)]
    assert box.reading.finding == default["finding"] == explorer.frame().finding
    assert box.reading.figure == show.html_figure(explorer.frame())
    assert show.html_figure(explorer.frame()) in html
    assert {name: w.value for name, w in box.controls.items()} == explorer.defaults


def test_twin_and_widget_agree_at_every_setting_of_the_first_control(explorer):
    frames, box = written_frames(twin.html(explorer)), live(explorer)
    first = explorer.controls[0]
    for value in first.values:
        box.controls[first.name].value = value
        frame = frames[explorer.key(explorer.defaults | {first.name: value})]
        assert box.reading.finding == frame["finding"]
        assert frame["alt"] in box.reading.figure.replace("&quot;", '"').replace("&#x27;", "'")


def test_the_page_says_its_settings_in_words(explorer):
    words = explorer.in_words(explorer.defaults)
    assert f'<p class="eeic-settings">{words}.</p>' in twin.html(explorer)
    for control in explorer.controls:
        assert f"{control.label}: {control.words(control.default)}" in words


def test_data_cannot_end_the_script_element():
    frames = twin.frames(TOY)
    assert "</" not in frames
    assert "</script> & all" in json.loads(frames)["crude|a|6"]["finding"]


def test_an_explorer_is_light(explorer):
    weight = len(gzip.compress(twin.frames(explorer).encode()))
    assert weight < 150_000, f"{explorer.name}: {weight:,} bytes"


def test_the_widgets_are_wired():
    box = live(TOY)
    before = box.reading.finding, box.reading.figure
    box.controls["share"].value = 10
    assert (box.reading.finding, box.reading.figure) != before
    assert box.reading.finding == TOY.frame(share=10).finding
    box.controls["measure"].value = "standardised"
    assert box.reading.finding == TOY.frame(share=10, measure="standardised").finding
    assert type(box.controls["place"]).__name__ == "Dropdown"
    assert type(box.controls["measure"]).__name__ == "RadioButtons"


@pytest.mark.parametrize(("typed", "taken"), [(8, 8), (9, 8), (99, 10), (-5, 4)])
def test_a_number_can_be_typed(typed, taken):
    slider = live(TOY).controls["share"]
    slider.typed.value = typed
    assert slider.value == slider.typed.value == taken


def test_the_typed_number_follows_the_slider():
    slider = live(TOY).controls["share"]
    slider.value = 10
    assert slider.typed.value == 10


def test_reset_restores_every_control():
    box = live(TOY)
    for name, value in {"measure": "standardised", "place": "f", "share": 10}.items():
        box.controls[name].value = value
    box.reset.click()
    assert {name: w.value for name, w in box.controls.items()} == TOY.defaults
    assert box.reading.finding == TOY.frame().finding


def test_show_chooses_the_face(monkeypatch):
    shown = []
    monkeypatch.setattr(show, "display", shown.append)
    monkeypatch.setenv("EEIC_STATIC", "1")
    explore.show("age-mix")
    monkeypatch.setenv("EEIC_STATIC", "0")
    explore.show("age-mix")
    page, widget = shown
    assert 'data-eeic-explorer="age-mix"' in page._repr_mimebundle_()["text/html"]
    assert widget.controls["older_share"].value == 5


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(explore.UnknownExplorer, match="'four-headlines', 'age-mix'"):
        explore.show("headlines")


def test_an_unknown_value_lists_those_there_are():
    with pytest.raises(BadSetting, match=r"does not offer 'pie'; it offers 'ratio' and 'diff"):
        explore.explorer("four-headlines").frame(scale="pie")
    with pytest.raises(BadSetting, match="has no control 'colour'"):
        TOY.frame(colour="red")


@pytest.mark.parametrize("values", [(1, 2, 4), (3, 2, 1), ("a", "b")])
def test_a_slider_needs_even_steps(values):
    options = tuple((value, str(value)) for value in values)
    with pytest.raises(BadSetting, match="rising by equal steps"):
        Control("share", "Share", options, values[0], kind="slider")


def test_a_control_is_a_choice_or_a_slider():
    with pytest.raises(BadSetting, match="make it choice or slider"):
        Control("a", "A", ((1, "1"), (2, "2")), 1, kind="dial")


def test_the_script_stands_alone():
    script = explore.static_script()
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert "http" not in script and "location" not in script
    assert ".eeic-explorer" in explore.static_css() and ".eeic-figure" in explore.static_css()
