"""A part of the built site that stands on its own: some pages, what they need, no loose ends."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from eeic.publish import inspect, steps

#: The home page, and the pages that only lead to it.
HOME = "book/index.html"
ROOTS = ("index.html", HOME)
SEARCH = "search.html"
#: Folders and pages that need a web server of our own, and so are in no excerpt.
SERVED = ("lab/", "downloads/", "404.html")

ENTRY = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="0; url={first}">
<title>{title}</title>
<p><a href="{first}">{title}</a></p>
</html>
"""


def every_page(site: Path) -> list[str]:
    """List the site's own pages.

    Parameters
    ----------
    site : Path
        The built site.

    Returns
    -------
    list of str
        Relative to it; without what leads to the home page or needs a server of our own.
    """
    names = [file.relative_to(site).as_posix() for file in sorted(site.rglob("*.html"))]
    ours = [name for name in names if not name.startswith((*SERVED, *inspect.NOT_OURS))]
    return [name for name in ours if name != "index.html"]


def cut(
    site: Path, out: Path, walk: Sequence[str], beside: Collection[str], *, online: str = ""
) -> None:
    """Copy some pages of the site, and make them a whole.

    Parameters
    ----------
    site : Path
        The built site.
    out : Path
        An empty folder for the copy.
    walk : sequence of str
        The pages to go through, in this order: *Previous* and *Next* follow it.
    beside : collection of str
        Further pages, looked into on the way, such as the glossary.
    online : str
        The address of the whole course, if it has one. Links in the text to what is not in the
        copy go there; without it they become plain text. Entries of lists are left out.

    Raises
    ------
    eeic.publish.steps.BuildError
        If the site does not have one of the pages.
    """
    kept = list(dict.fromkeys([*walk, *beside]))
    if lacking := [name for name in kept if not (site / name).is_file()]:
        raise steps.BuildError(
            f"the built site lacks {', '.join(lacking)}: build it again (eeic site build)"
        )
    shutil.copytree(site / "_static", out / "_static", copy_function=shutil.copyfile)
    titles = {name: _title((site / name).read_text("utf-8")) for name in walk}
    for name in kept:
        page = BeautifulSoup((site / name).read_text("utf-8"), "html.parser")
        for asset in _assets(page, name, site):
            _copy_asset(site, out, asset)
        _mend_links(page, name, set(kept), walk[0], online)
        _lead_on(page, name, titles)
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(str(page), encoding="utf-8", newline="\n")
    if SEARCH in kept:
        shutil.copyfile(site / "searchindex.js", out / "searchindex.js")


def to(page: str, target: str) -> str:
    """Write a link from one page to a file, both relative to the same folder.

    Parameters
    ----------
    page, target : str
        Their names.

    Returns
    -------
    str

    Examples
    --------
    >>> to("book/start/taster.html", "notebooks/01-whose-job-is-this.html")
    '../../notebooks/01-whose-job-is-this.html'
    """
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def _from(page: str, address: str) -> str | None:
    """Say which file of the site an address in a page means; None if it is not one."""
    parts = urlsplit(address.strip())
    if parts.scheme or parts.netloc or not parts.path:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))


def _title(text: str) -> str:
    heading = BeautifulSoup(text, "html.parser").find("h1")
    if not heading:
        return ""
    for link in heading.find_all("a", class_="headerlink"):
        link.decompose()
    return " ".join(heading.get_text().split())


def _assets(page: BeautifulSoup, name: str, site: Path) -> Iterator[str]:
    """Find the files that a page loads or gives away, as names in the site."""
    for tag in page.find_all(src=True) + page.find_all(["a", "link"], href=True):
        found = _from(name, str(tag.get("src") or tag["href"]))
        served = found and found.startswith(SERVED)
        if found and not served and not found.endswith(".html") and (site / found).is_file():
            yield found


def _copy_asset(site: Path, out: Path, asset: str) -> None:
    """Copy one file; of a program under ``vendor/`` all of it, as it loads its own parts."""
    parts = asset.split("/")
    if parts[0] == "vendor":
        folder = "/".join(parts[:2])
        shutil.copytree(
            site / folder, out / folder, dirs_exist_ok=True, copy_function=shutil.copyfile
        )
    elif not (out / asset).exists():
        (out / asset).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / asset, out / asset)


def _mend_links(page: BeautifulSoup, name: str, kept: set[str], first: str, online: str) -> None:
    emptied = []  # entries of lists that were there for their link
    for tag in page.find_all(["a", "link"], href=True):
        address = str(tag["href"])
        target = _from(name, address)
        if target is None or target in kept:
            continue
        if target in ROOTS and tag.name == "a":
            tag["href"] = to(name, first)
        elif not target.endswith(".html") and not target.startswith(SERVED):
            continue
        elif tag.name == "link":
            tag.decompose()
        elif tag.find_parent("nav") or tag.find_parent(class_="eeic-strip"):
            emptied.append(tag.find_parent("li") or tag)
            tag.unwrap()
        elif online:
            fragment = urlsplit(address).fragment
            tag["href"] = f"{online.rstrip('/')}/{target}" + (f"#{fragment}" if fragment else "")
        else:
            tag.unwrap()
    for entry in reversed(emptied):
        if not entry.find("a"):
            entry.decompose()
    for group in page.select("nav ul, .eeic-strip ul"):
        if not group.find("li"):
            caption = group.find_previous_sibling()
            if caption and "caption" in caption.get_attribute_list("class"):
                caption.decompose()
            group.decompose()
    if SEARCH not in kept:
        for form in page.select("form[role=search]"):
            form.decompose()


def _lead_on(page: BeautifulSoup, name: str, titles: dict[str, str]) -> None:
    """Make *Previous* and *Next* follow the walk; a page beside it has neither."""
    for old in page.select("nav.eeic-neighbours, link[rel=next], link[rel=prev]"):
        old.decompose()
    main = page.find("main")
    if name not in titles or not isinstance(main, Tag):
        return
    order = list(titles)
    place = order.index(name)
    nav = page.new_tag(
        "nav", attrs={"class": "eeic-neighbours", "aria-label": "Previous and next page"}
    )
    for rel, word, there in (("prev", "Previous", place - 1), ("next", "Next", place + 1)):
        if 0 <= there < len(order):
            link = page.new_tag("a", attrs={"rel": rel, "href": to(name, order[there])})
            label = page.new_tag("span")
            label.string = word
            link.extend([label, f" {titles[order[there]]}"])
            nav.append(link)
    if nav.find("a"):
        main.append(nav)
