import shutil
import zipfile
from pathlib import Path

import pytest

from eeic.publish import inspect, site, steps
from eeic.publish.steps import BuildError, Step

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built(tmp_path):
    """A checkout whose earlier steps have run, with a page or two in each output."""
    contents = {
        "notebooks/04-gap.ipynb": "{}",
        "notebooks/_template.ipynb": "{}",
        "datasets/L01.csv": "notice\na,b\n",
        "datasets/.keep": "",
        "_build/book/index.html": "<h1>home</h1>",
        "_build/book/notebooks/04-gap.html": "<h1>lesson</h1>",
        "_build/book/_static/theme.js": "1",
        "_build/book/_static/theme.js.map": "1",
        "_build/vendor/site/_static/fonts/a.woff2": "1",
        "_build/vendor/site/vendor/mathjax/tex.js": "1",
        "_build/lab/index.html": "<h1>lab</h1>",
    }
    for name, text in contents.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name in ("vendor", "book", "lab"):
        (tmp_path / f"_build/.{name}.stamp").write_text(name)
    return tmp_path


def run(*made: Step) -> None:
    for step in made:
        steps.run(step, quiet=True)


def names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in steps.files(folder)}


def test_the_offline_copy_is_the_pages_with_a_way_in_and_no_lab(built):
    run(site.downloads_step(built), site.offline_step(built))
    assert names(built / "_build/offline") == {"eeic-offline.zip"}
    with zipfile.ZipFile(built / "_build/offline/eeic-offline.zip") as archive:
        assert set(archive.namelist()) == {
            "START-HERE.html",
            "README.txt",
            "index.html",
            "notebooks/04-gap.html",
            "_static/theme.js",
            "_static/fonts/a.woff2",
            "vendor/mathjax/tex.js",
            "downloads/04-gap.ipynb",
            "downloads/eeic-datasets.zip",
            "lab/notebooks/index.html",
        }
        assert b'url=index.html"' in archive.read("START-HERE.html")
        assert b"not in this copy" in archive.read("lab/notebooks/index.html")


def test_the_same_pages_make_the_same_zip(built):
    made = site.offline_step(built)
    run(site.downloads_step(built), made)
    first = steps.sha256(made.output / "eeic-offline.zip")
    for file in steps.files(built / "_build/book"):
        file.chmod(0o600)
        file.touch()
    shutil.rmtree(made.output)
    run(made)
    assert steps.sha256(made.output / "eeic-offline.zip") == first


def test_the_tables_can_be_downloaded_and_nothing_hidden(built):
    run(site.downloads_step(built))
    with zipfile.ZipFile(built / "_build/downloads/eeic-datasets.zip") as archive:
        assert archive.namelist() == ["L01.csv"]
    assert "_template.ipynb" not in names(built / "_build/downloads")


def test_the_site_is_everything_in_its_place(built, monkeypatch):
    monkeypatch.setattr(inspect, "check", lambda folder: [])
    run(site.downloads_step(built), site.offline_step(built), site.site_step(built))
    assert names(built / "_build/site") == {
        ".nojekyll",
        "index.html",
        "notebooks/04-gap.html",
        "_static/theme.js",
        "_static/fonts/a.woff2",
        "vendor/mathjax/tex.js",
        "lab/index.html",
        "downloads/04-gap.ipynb",
        "downloads/eeic-datasets.zip",
        "downloads/eeic-offline.zip",
    }


def test_a_site_with_faults_does_not_take_the_place_of_a_good_one(built, monkeypatch):
    monkeypatch.setattr(inspect, "check", lambda folder: [])
    run(site.downloads_step(built), site.offline_step(built), site.site_step(built))
    (built / "_build/.book.stamp").write_text("another book")
    (built / "_build/book/index.html").write_text("<h1>worse</h1>")
    fault = inspect.Finding("index.html", "alt", "the image has no alt text")
    monkeypatch.setattr(inspect, "check", lambda folder: [fault])
    with pytest.raises(BuildError) as caught:
        run(site.site_step(built))
    assert "in the built pages: 1" in str(caught.value)
    assert "the image has no alt text" in str(caught.value)
    assert (built / "_build/site/index.html").read_text() == "<h1>home</h1>"


BOOK = {
    "_config.yml": "title: Tiny\nonly_build_toc_files: true\n"
    "execute: {execute_notebooks: 'off'}\nsphinx: {config: {language: en}}\n",
    "_toc.yml": "format: jb-book\nroot: book/index\n",
    "book/index.md": "# Tiny\n\nA book.\n",
    "datasets/a.csv": "a\n",
    "notebooks/00.ipynb": "{}",
    "requirements.txt": "",
    "src/eeic/__init__.py": "",
    "_build/.validation.stamp": "",
    "_build/.calibration.stamp": "",
}


@pytest.fixture
def tiny(tmp_path):
    for name, text in BOOK.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.slow
def test_a_warning_of_the_book_is_an_error_even_the_second_time(tiny):
    (tiny / "book/index.md").write_text("# Tiny\n\nSee {ref}`nowhere`.\n")
    for _ in range(2):
        with pytest.raises(BuildError, match=r"book failed(.|\n)*nowhere(.|\n)*book\.log"):
            run(site.book_step(tiny))
    assert not (tiny / "_build/book").exists()


@pytest.mark.slow
def test_the_book_is_made_and_its_kept_results_go_when_our_code_changes(tiny):
    run(site.book_step(tiny))
    assert (tiny / "_build/book/index.html").is_file()
    kept = tiny / "_build/book-work/_build/.jupyter_cache/result"
    kept.parent.mkdir()
    kept.touch()
    (tiny / "book/index.md").write_text("# Tiny\n\nAnother page.\n")
    run(site.book_step(tiny))
    assert kept.exists()
    (tiny / "src/eeic/__init__.py").write_text("x = 1\n")
    run(site.book_step(tiny))
    assert not kept.exists()


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(BuildError, match=r"has no _config.yml: the site is built from a checkout"):
        site.build(tmp_path)


def test_a_busy_port_is_said_before_the_build(monkeypatch):
    monkeypatch.setattr(site, "build", lambda *_: pytest.fail("it was built first"))
    with pytest.raises(BuildError, match="port 70000 cannot be used"):
        site.serve(70000, ROOT)
