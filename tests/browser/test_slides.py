"""Every lesson's slides as a room sees them: few enough, whole on the screen, no complaint."""

import shutil
import zipfile

import pytest

from eeic.publish import guides, slides
from eeic.publish.site import checkout

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Gives the title of each slide with something that is cut off at the edge of the slide.
CUT_OFF = """() => Reveal.getSlides().flatMap((slide, at) => {
  Reveal.slide(at);
  const frame = slide.getBoundingClientRect();
  const cut = [...slide.querySelectorAll('h1, h2, p, li, img, blockquote')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.bottom > frame.bottom + 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
  });
  return cut.length ? [`${at + 1}: ${slide.querySelector('h1, h2').innerText}`] : [];
})"""


@pytest.fixture(scope="module")
def room(site, tmp_path_factory):
    """The offline course, and a folder beside it for decks."""
    folder = tmp_path_factory.mktemp("pack")
    with zipfile.ZipFile(site / "downloads/eeic-offline.zip") as archive:
        archive.extractall(folder / "course")
    shutil.copytree(checkout() / "_build/vendor/reveal", folder / "room/reveal")
    return folder / "room"


def test_no_slide_of_any_lesson_is_cut_off_or_too_many(room, chromium):
    pages = room.parent / "course"
    lessons = [name for name in guides.sessions(pages) if name[0].isdigit()]
    complaints = []
    tab = chromium.new_page(viewport={"width": 1280, "height": 720})
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(request.url))
    for name in lessons:
        page = f"notebooks/{name}.html"
        guide = guides.read(pages, name)
        deck = slides.of_lesson(guides.article(pages / page), guide, f"../course/{page}")
        assert len(deck) <= slides.MOST_SLIDES
        file = room / f"{name}.html"
        file.write_text(slides.html(deck, guide.title, course="../course"), encoding="utf-8")
        tab.goto(file.as_uri())
        complaints += [f"{name}, slide {cut}" for cut in tab.evaluate(CUT_OFF)]
    tab.close()
    assert lessons
    assert complaints == []


def test_a_slide_that_holds_too_much_is_found(room, chromium):
    long = slides.Slide("Too much", "<p>word</p>" * 40, "Part")
    file = room / "long.html"
    file.write_text(slides.html([long], "Long", course="../course"), encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 1280, "height": 720})
    tab.goto(file.as_uri())
    assert tab.evaluate(CUT_OFF) == ["1: Too much"]
    tab.close()
