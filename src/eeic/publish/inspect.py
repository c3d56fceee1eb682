"""Inspection of the built pages: what a reader would stumble over, found in the HTML itself.

A clean build says that the sources were well formed. Whether a picture has words, a heading is
skipped or a page asks a stranger for a font shows only in what was written, so that is read
here, with no network and no browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, PageElement, Tag

#: Folders of a built site whose pages are other people's programs: links into them are
#: followed, the pages themselves are not ours to inspect.
NOT_OURS = ("lab", "vendor")

#: What makes a browser fetch something, and the attribute that says where from.
_LOADING = (
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("video", "src"),
    ("video", "poster"),
    ("audio", "src"),
    ("track", "src"),
    ("image", "href"),
    ("use", "href"),
)
#: Kinds of `<link>` that are only a statement about the page; every other kind loads something.
_STATEMENTS = {"alternate", "author", "canonical", "help", "license", "next", "prev"}

_OUTSIDE = re.compile(r"^\s*(?:https?:)?//", re.I)
_CSS_LOAD = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s;]+)""", re.I)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.S)

_PLACEHOLDER = re.compile(
    r"""^\W*(?:(?:an?\ |the\ )?(?:image|figure|fig|picture|photo|graph|chart|plot|diagram
    |graphic|icon|svg|logo|alt(?:\ text)?|untitled|placeholder|to\ ?do|tbc|output|screenshot)
    (?:\ ?\d+)?)\W*$""",
    re.I | re.X,
)
#: A screen reader says alternative text in one go, with no way to go back by a sentence.
_LONGEST_ALT = 450
_NO_DESCRIPTION = re.compile(r"no description has been provided", re.I)
_FILE_NAME = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|pdf)\s*$|^(?:\.{0,2}/)?_?images/", re.I)

# The places where machines keep their people's files. A page that names one was built with a
# path that means nothing to its reader.
_MACHINE_PATH = re.compile(
    r"""(?:file:///\w
    |(?<![\w./~:-])/(?:home|Users|root|work|tmp|private/var|var/folders|builds|workspace|mnt)/[\w.-]
    |\b[A-Z]:\\{1,2}(?:Users|Documents|Temp|work)\\)""",
    re.X,
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where.

    Parameters
    ----------
    page : str
        The page or file, relative to the folder that was checked.
    rule : str
        One word: the name of the rule.
    message : str
        What is wrong and, where it is not plain, what to do.

    Examples
    --------
    >>> print(Finding("a.html", "alt", "the image b.png has no alt text"))
    a.html: the image b.png has no alt text [alt]
    """

    page: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.page}: {self.message} [{self.rule}]"


class Page:
    """A built page, parsed once for all rules.

    Parameters
    ----------
    file : Path
        The HTML file.
    folder : Path
        The built site that it belongs to.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self.file = file
        self.folder = folder
        self.name = file.relative_to(folder).as_posix()
        self.text = file.read_text(encoding="utf-8")

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The parsed page."""
        return BeautifulSoup(self.text, "html.parser")

    @cached_property
    def anchors(self) -> frozenset[str]:
        """Everything in the page that a link can point at."""
        ids = {str(tag["id"]) for tag in self.soup.find_all(id=True)}
        names = {str(tag["name"]) for tag in self.soup.find_all("a", attrs={"name": True})}
        return frozenset(ids | names)

    @property
    def redirects(self) -> bool:
        """Whether the page only sends its reader on to another."""
        return any(
            str(tag.get("http-equiv", "")).lower() == "refresh"
            for tag in self.soup.find_all("meta")
        )


def check(folder: Path | str) -> list[Finding]:
    """Inspect a built site.

    Parameters
    ----------
    folder : Path or str
        The folder that is served, with the pages in it.

    Returns
    -------
    list of Finding
        In the order of the pages; empty when nothing is wrong.

    Raises
    ------
    ValueError
        If the folder is missing or holds no page: an empty site is not a clean one.
    """
    root = Path(folder)
    files = [file for file in sorted(root.rglob("*.html")) if _ours(file.relative_to(root))]
    if not files:
        raise ValueError(f"{root} holds no page to inspect: build the site first")
    pages = {file.resolve(): Page(file, root) for file in files}
    found = [
        Finding(page.name, rule, message)
        for page in pages.values()
        for rule, find in PAGE_RULES.items()
        for message in find(page)
    ]
    found += [
        Finding(page.name, "links", message)
        for page in pages.values()
        for message in dead_links(page, pages)
    ]
    for sheet in sorted(root.rglob("*.css")):
        name = sheet.relative_to(root)
        if _ours(name):
            text = sheet.read_text(encoding="utf-8", errors="replace")
            found += [Finding(name.as_posix(), "outside", m) for m in _outside_in_css(text)]
    return found


def alt_text(page: Page) -> Iterator[str]:
    """Find images without words that could stand in their place.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each image whose alt text is missing, a file name, a placeholder, too
        long to be listened to, or what the caption says as well.

    Notes
    -----
    An empty alt text is right for an ornament, and only for one that says so:
    ``role="presentation"`` or ``aria-hidden="true"``. Drawings inside the page (``svg``) need
    ``aria-hidden`` or a name of their own.
    """
    for image in page.soup.find_all("img"):
        words = image.get("alt")
        name = _shorten(str(image.get("src", "")))
        ornament = image.get("role") == "presentation" or image.get("aria-hidden") == "true"
        if words is None:
            yield f"the image {name} has no alt text"
        elif not str(words).strip():
            if not ornament:
                yield f"the image {name} has an empty alt text and is not marked as an ornament"
        elif (
            _FILE_NAME.search(str(words))
            or _PLACEHOLDER.match(str(words))
            or _NO_DESCRIPTION.search(str(words))
        ):
            yield f"the image {name} has “{_shorten(str(words))}” for alt text, which says nothing"
        elif len(str(words)) > _LONGEST_ALT:
            yield (
                f"the alt text “{_shorten(str(words))}” has {len(str(words))} characters: it is "
                f"heard in one go, so say the main thing in {_LONGEST_ALT}"
            )
        elif _plain(str(words)) in _caption(image):
            yield f"the alt text “{_shorten(str(words))}” repeats the caption: say what it shows"
    for drawing in page.soup.find_all("svg"):
        if drawing.find_parent("svg") or _hidden(drawing):
            continue
        named = drawing.get("aria-label") or drawing.get("aria-labelledby")
        title = drawing.find("title", recursive=False)
        if not named and not (title and title.get_text(strip=True)):
            yield "a drawing (svg) has neither a name nor aria-hidden"


def captions(page: Page) -> Iterator[str]:
    """Find figures that say nothing under the picture.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each ``figure`` without a caption, and for each content image that
        stands outside any figure.
    """
    for figure in page.soup.find_all("figure"):
        caption = figure.find("figcaption")
        if caption is None or not caption.get_text(strip=True):
            image = figure.find("img")
            name = _shorten(str(image.get("src", ""))) if image else "without an image"
            yield f"the figure {name} has no caption"
    article = page.soup.find("article") or page.soup.find("main")
    for image in article.find_all("img") if isinstance(article, Tag) else []:
        if not image.find_parent("figure") and str(image.get("alt") or "").strip():
            yield f"the image {_shorten(str(image.get('src', '')))} stands outside a figure"


def numbers(page: Page) -> Iterator[str]:
    """Find figures whose numbers can be had from the picture alone.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each ``figure`` with an image and no table in it, with a table whose
        cells no header names, or with a table behind a label that says nothing.
    """
    for figure in page.soup.find_all("figure"):
        image = figure.find("img")
        if image is None:
            continue
        name = f"“{_shorten(_words(figure.find('figcaption') or figure))}”"
        table = figure.find("table")
        if table is None:
            yield f"the figure {name} has no table of its numbers"
            continue
        if not table.find("th", scope="col") or not table.find("th", scope="row"):
            yield f"the table of the figure {name} does not name its rows and columns (th, scope)"
        label = table.find_parent("details")
        label = label.find("summary") if label else table.find("caption")
        if label is None or not label.get_text(strip=True):
            yield f"the table of the figure {name} has no label that can be seen"


def spoken_names(page: Page) -> Iterator[str]:
    """Find controls that go by one name for the eye and another for the ear.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each link, button or summary whose ``aria-label`` leaves out the words
        that are seen: somebody who says them to voice control gets nowhere (WCAG 2.5.3).
    """
    for control in page.soup.find_all(["a", "button", "summary"], attrs={"aria-label": True}):
        texts = [text for text in control.find_all(string=True) if not _hidden(text)]
        seen, called = _plain("".join(texts)), str(control["aria-label"])
        if seen not in _plain(called):
            yield f"what reads “{_shorten(seen)}” is called “{_shorten(called)}”"


def order(page: Page) -> Iterator[str]:
    """Find what makes the keyboard go another way than the text.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each positive ``tabindex`` and each ``autofocus``.
    """
    for tag in page.soup.find_all(tabindex=re.compile(r"^\s*\+?0*[1-9]")):
        yield f"<{tag.name}> jumps the queue of the keyboard: tabindex is {tag['tabindex']}, not 0"
    for tag in page.soup.find_all(autofocus=True):
        yield f"<{tag.name}> takes the focus (autofocus) from somebody who starts at the top"


def headings(page: Page) -> Iterator[str]:
    """Find a heading order that would mislead somebody who moves by headings.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        If the page has not exactly one main heading, if a level is skipped on the way down,
        or if a heading is empty.
    """
    if page.redirects:
        return
    found = page.soup.find_all(re.compile(r"^h[1-6]$"))
    mains = [heading for heading in found if heading.name == "h1"]
    if len(mains) != 1:
        yield f"has {len(mains)} main headings (h1); one is right"
    level = 0
    for heading in found:
        here, words = int(heading.name[1]), _words(heading)
        if not words:
            yield f"has an empty heading ({heading.name})"
        if here > level + 1 and level:
            yield f"the heading “{words}” jumps from level {level} to {here}"
        level = here


def outside(page: Page) -> Iterator[str]:
    """Find what a page would load from somebody else.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        One message for each script, style, image, font, frame or hint that points outside.
        Links that a reader may choose to follow are no loading.
    """
    for name, attribute in _LOADING:
        for tag in page.soup.find_all(name):
            value = str(tag.get(attribute) or tag.get(f"xlink:{attribute}") or "")
            for address in value.split(",") if attribute == "srcset" else [value]:
                if _OUTSIDE.match(address):
                    yield f"<{name}> loads {_shorten(address.strip())} from outside"
    for link in page.soup.find_all("link"):
        kinds = {str(kind).lower() for kind in link.get_attribute_list("rel") if kind}
        if _OUTSIDE.match(str(link.get("href", ""))) and not kinds <= _STATEMENTS:
            yield f"<link> loads {_shorten(str(link['href']))} from outside"
    for style in page.soup.find_all("style"):
        yield from _outside_in_css(style.get_text())
    for tag in page.soup.find_all(style=True):
        yield from _outside_in_css(str(tag["style"]))
    for script in page.soup.find_all("script", attrs={"type": "module"}):
        if re.search(r"\b(?:import|from)\b[^;\n]*[\"'](?:https?:)?//", script.get_text()):
            yield "a script imports a module from outside"


def language_and_title(page: Page) -> Iterator[str]:
    """Find pages that do not say their language or their title.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        What is missing.
    """
    root = page.soup.find("html")
    if not isinstance(root, Tag) or not str(root.get("lang", "")).strip():
        yield "does not say its language (html lang)"
    title = page.soup.find("title")
    if title is None or not title.get_text(strip=True):
        yield "has no title"


def machine_paths(page: Page) -> Iterator[str]:
    """Find paths of the machine that built the page.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        The path, shortened.
    """
    for hit in sorted({match[0] for match in _MACHINE_PATH.finditer(_without_data(page.text))}):
        at = page.text.find(hit)
        yield f"names a path of the machine it was built on: {page.text[at : at + 40].split()[0]}"


def data(page: Page) -> Iterator[str]:
    """Find data inside the page that the page's own scripts could not read.

    Parameters
    ----------
    page : Page
        The page.

    Yields
    ------
    str
        Where JSON does not parse, or is empty.
    """
    for script in page.soup.find_all("script"):
        kind = str(script.get("type", "")).lower()
        if kind != "application/json" and not kind.endswith("+json"):
            continue
        name = " ".join(str(part) for part in script.get_attribute_list("class") if part)
        try:
            if not json.loads(script.get_text()):
                yield f"the data “{name or kind}” are empty"
        except ValueError as error:
            yield f"the data “{name or kind}” do not parse: {error}"


def dead_links(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Find links within the site that lead nowhere.

    Parameters
    ----------
    page : Page
        The page.
    pages : dict
        All pages of the site by their resolved file.

    Yields
    ------
    str
        One message for each dead link, source or anchor.
    """
    wanted = [(tag, "href") for tag in page.soup.find_all(["a", "link", "area"], href=True)]
    wanted += [(tag, "src") for tag in page.soup.find_all(["script", "img", "iframe"], src=True)]
    told = set()
    for tag, attribute in wanted:
        address = str(tag[attribute]).strip()
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address in told or address == "#":
            continue
        told.add(address)
        path = unquote(parts.path)
        if page.name == "404.html" and path:
            root = str(page.soup.html["data-content_root"]) if page.soup.html else "/"
            if not path.startswith(root):
                yield f"the link {address} breaks at other depths: begin it at {root}"
                continue
            path = path.removeprefix(root) or "."
        file = (page.file.parent / path if path else page.file).resolve()
        if path.startswith("/"):
            yield f"the link {address} begins at the server's root: it breaks in a subfolder"
            continue
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file():
            yield f"the link {address} leads nowhere"
        elif parts.fragment and file in pages:
            anchor = unquote(parts.fragment)
            if anchor not in pages[file].anchors and anchor != "top":
                yield f"the link {address} leads to an anchor that is not there"


#: The rules that look at one page at a time.
PAGE_RULES: dict[str, Callable[[Page], Iterator[str]]] = {
    "alt": alt_text,
    "captions": captions,
    "numbers": numbers,
    "spoken": spoken_names,
    "order": order,
    "headings": headings,
    "outside": outside,
    "language": language_and_title,
    "paths": machine_paths,
    "data": data,
}


def _ours(name: Path) -> bool:
    return name.parts[0] not in NOT_OURS


def _outside_in_css(text: str) -> Iterator[str]:
    for hit in _CSS_LOAD.finditer(_CSS_COMMENT.sub("", text)):
        yield f"a style loads {_shorten(hit[1])} from outside"


def _without_data(text: str) -> str:
    """Leave out pictures written into the page: chance letters in them look like anything."""
    return re.sub(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+", "", text)


def _hidden(part: PageElement) -> bool:
    chain = [part, *part.parents]
    return any(one.get("aria-hidden") == "true" for one in chain if isinstance(one, Tag))


def _plain(text: str) -> str:
    """Leave of a text what is heard: its words, in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _caption(image: Tag) -> str:
    figure = image.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    return _plain(caption.get_text()) if caption else ""


def _words(heading: Tag) -> str:
    """Return a heading's text without the sign that links to it."""
    parts = [
        str(text)
        for text in heading.find_all(string=True)
        if not text.find_parent("a", class_="headerlink")
    ]
    return " ".join("".join(parts).split())


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
