"""What stands in somebody's way on a page and axe-core does not see.

Each check takes a page that is open in a browser and gives what is wrong with it, one line each;
`tests/broken/in_browser` holds a page for each that it has to find wanting.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = Path(__file__).with_name("barriers.js").read_text("utf-8")

# Room for a ring of focus around a control, in pixels.
RING = 8

# WCAG 1.4.12: readers may set their text like this, and nothing may get lost.
WIDE_TEXT = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""


def ask(page, question: str, *arguments):
    """Put one of the questions of barriers.js to the page."""
    return page.evaluate(f"given => ({SCRIPT}).{question}(...given)", list(arguments))


def unseen_focus(page, known: set[str]) -> list[str]:
    """Find kinds of control that hardly change when the keyboard reaches them.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The page, in the look to be tested.
    known : set of str
        Kinds seen before, which are passed over; those of this page are added.

    Notes
    -----
    Counted are pixels in and around the control whose contrast with what was there before is
    3:1 or more (WCAG 2.4.7 and 1.4.11): at least as many as a line around it would take.
    """
    # What a glossary term opens would count as a sign of its focus.
    page.add_style_tag(content="[role=tooltip] { visibility: hidden !important }")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift")  # so that the browser knows somebody uses the keyboard
    found = []
    for kind, name in ask(page, "kinds"):
        if kind in known or not (control := _first(page, kind)):
            continue
        known.add(kind)
        clip = _around(page, control)
        before = _brightness(page, clip)
        control.evaluate("one => one.focus({preventScroll: true})")
        changed = (_contrast(before, _brightness(page, clip)) >= 3).sum()
        line = control.evaluate(f"one => ({SCRIPT}).around(one)")
        control.evaluate("one => one.blur()")
        if changed < line:
            found.append(f"{name}: focus changes {changed} of {line:.0f} pixels")
    return found


def unseen_state(page) -> list[str]:
    """Find pressed buttons that look the same as those that are not."""
    found = []
    for kind, name in ask(page, "kinds"):
        control = _first(page, kind)
        if not control or (pressed := control.get_attribute("aria-pressed")) is None:
            continue
        clip = _around(page, control)
        looks = []
        for state in ("true", "false", pressed):
            control.evaluate("(one, state) => one.setAttribute('aria-pressed', state)", state)
            looks.append(_brightness(page, clip))
        if (_contrast(looks[0], looks[1]) >= 3).sum() < 20:
            found.append(f"{name} looks the same when it is pressed")
    return found


def wrong_way(page, start: str = "main") -> list[str]:
    """Find where the keyboard goes another way than the eye, gets stuck or does not get to.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The page, with nothing in focus.
    start : str
        The part that is gone through.
    """
    page.locator(start).evaluate("one => { one.tabIndex = -1; one.focus() }")
    for _ in range(ask(page, "follow") + 5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    return ask(page, "way", start)


def lost_text(page) -> list[str]:
    """Find text that is cut off, and a page that has to be scrolled sideways."""
    found = ask(page, "cut")
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [*found, f"scrolls sideways: {wide} of {window} pixels"] if wide > window else found


def lost_text_when_spaced(page) -> list[str]:
    """Find text that is cut off once a reader has spaced it out (WCAG 1.4.12)."""
    style = page.add_style_tag(content=WIDE_TEXT)
    found = lost_text(page)
    style.evaluate("one => one.remove()")
    return found


def faint_controls(page) -> list[str]:
    """Find controls whose outline is too close in colour to what is behind it (WCAG 1.4.11)."""
    return ask(page, "faint")


def motion(page) -> list[str]:
    """Find what moves on for a reader whose system asks for less, and what never stops."""
    page.emulate_media(reduced_motion="no-preference")
    endless = ask(page, "moving", False)
    page.emulate_media(reduced_motion="reduce")
    return endless + ask(page, "moving", True)


def _first(page, kind: str):
    """Find the first control of a kind; a part drawn anew may have lost it."""
    return page.evaluate_handle(f"kind => ({SCRIPT}).first(kind)", kind).as_element()


def _around(page, control) -> dict[str, float]:
    """Bring a control into view; give it and the room around it, as far as it is in view."""
    control.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    box, view = control.bounding_box(), page.viewport_size
    left, top = max(0, box["x"] - RING), max(0, box["y"] - RING)
    right = min(view["width"], box["x"] + box["width"] + RING)
    bottom = min(view["height"], box["y"] + box["height"] + RING)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _brightness(page, clip) -> np.ndarray:
    """Photograph a part of the page: the relative luminance of each pixel, as WCAG defines it."""
    image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    part = np.asarray(image) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def _contrast(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
