"""What learners hand in arrives from everywhere, and nothing that was there is lost."""

import io
import json
import os
import stat
import zipfile
from datetime import datetime

import pytest

pytest.importorskip("nbgrader")

from eeic.grading import Course, CourseFault, collect, roster
from eeic.grading.autograde import alone, grader

BOOK = "ex99-tiny.ipynb"
DAY = (2026, 10, 14, 9, 30, 0)


@pytest.fixture
def course(tiny_course):
    return Course(tiny_course, "ex99-tiny")


def notebook(word="one"):
    return json.dumps({"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {"a": word}})


def zipped(path, files, when=DAY):
    """Write a zip; a file's content may be bytes, text or another zip's files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if isinstance(content, dict):
                inner = io.BytesIO()
                zipped(inner, content, when)
                content = inner.getvalue()
            archive.writestr(zipfile.ZipInfo(name, when), content)
    return path


def spread(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def held(course, learner):
    folder = course.submitted(learner)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


def states(found):
    return {one.learner: one.state for one in found.submissions}


def reasons(found):
    return {one.path: f"{one.why} {one.todo}" for one in found.passed_over}


def class_list(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read(path)


# -- where it comes from -------------------------------------------------------------------------


def test_moodle_folders_and_flat_files(course, tmp_path):
    source = zipped(
        tmp_path / "m.zip",
        {
            f"Ada Lovelace_101_assignsubmission_file_/{BOOK}": notebook("ada"),
            "Ada Lovelace_101_assignsubmission_file_/answers.json": "{}",
            "Zoë O’Neill_102_assignsubmission_file/work.zip": {
                f"my work/{BOOK}": notebook("zoe"),
                "my work/data/own.csv": "a",
                "__MACOSX/my work/._x": "litter",
            },
            f"Bo Ek_103_assignsubmission_file_{BOOK}": notebook("bo"),
            "Bo Ek_103_assignsubmission_file_answers.json": "{}",
            "Cy Dee_104_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        },
    )
    found = collect.collect(course, source)
    assert found.kind == "a download from Moodle"
    assert states(found) == {"Ada-Lovelace": "new", "Bo-Ek": "new", "Zoë-O-Neill": "new"}
    assert set(held(course, "Ada-Lovelace")) == {BOOK, "answers.json"}
    assert set(held(course, "Zoë-O-Neill")) == {BOOK, "data/own.csv"}
    assert set(held(course, "Bo-Ek")) == {BOOK, "answers.json"}
    ((path, why),) = reasons(found).items()
    assert path.startswith("Cy Dee") and "only files are collected" in why
    # The times in a platform's zip are the download's: nobody is late through them.
    assert all(one.when is None for one in found.submissions)
    assert "not known for some" in str(found)


def test_canvas_names_late_marks_and_numbered_copies(course, tmp_path):
    source = zipped(
        tmp_path / "c.zip",
        {
            "lovelaceada_LATE_71_9001_ex99-tiny-1.ipynb": notebook("ada"),
            "lovelaceada_LATE_71_9002_answers-1.json": "{}",
            "hoppergrace_72_9003_work.zip": {"answers (2).json": "{}", BOOK: notebook("grace")},
        },
    )
    members = class_list(tmp_path, 'learner,Student,ID\nada,"Lovelace, Ada",71\ng,Hopper Grace,\n')
    found = collect.collect(course, source, roster=members)
    assert states(found) == {"ada": "new", "g": "new"}
    assert [one.late for one in found.submissions] == [True, False]
    assert set(held(course, "ada")) == set(held(course, "g")) == {BOOK, "answers.json"}


def test_a_folder_as_browsers_and_people_leave_it(course, tmp_path):
    source = spread(
        tmp_path / "in",
        {
            f"ada/{BOOK}": notebook("old"),
            "ada/ex99-tiny (1).ipynb": notebook("new"),
            "ada/answers.json": '{"old": 1}',
            "ada/answers (1).json": '{"new": 1}',
            "ada/.ipynb_checkpoints/x.ipynb": "litter",
            f"bo/ex99-tiny/{BOOK}": notebook("bo"),
            "bo/ex99-tiny/timestamp.txt": "2026-10-12 08:00:00 UTC",
            f"cy_{BOOK}": notebook("cy"),
            "cy_answers.json": "{}",
            "dee.ipynb": notebook("dee"),
            BOOK: notebook("whose"),
            "eve/read me.txt": "no notebook",
        },
    )
    for at, name in enumerate([BOOK, "ex99-tiny (1).ipynb", "answers.json", "answers (1).json"]):
        os.utime(source / "ada" / name, (1_790_000_000 + at, 1_790_000_000 + at))
    zipped(source / "fay.zip", {f"home/{BOOK}": notebook("fay")})
    found = collect.collect(course, source)
    assert states(found) == dict.fromkeys(["ada", "bo", "cy", "dee", "fay"], "new")
    assert held(course, "ada")[BOOK] == notebook("new")
    assert held(course, "ada")["answers.json"] == '{"new": 1}'
    assert held(course, "bo")["timestamp.txt"] == "2026-10-12 08:00:00.000000 UTC\n"
    assert set(held(course, "cy")) == {BOOK, "answers.json", "timestamp.txt"}
    assert "dee.ipynb" in held(course, "dee")
    why = reasons(found)
    assert "NAME_ex99-tiny.ipynb" in why[BOOK]
    assert "no notebook beside it" in why["eve/read me.txt"]
    assert "newer copy" in why[f"ada/{BOOK}"]


def test_a_pattern_as_zip_collect_takes_it(course, tmp_path):
    source = spread(
        tmp_path / "in",
        {
            "ps1_ada_attempt_2026-01-30-15-00-00_ex99-tiny.ipynb": notebook(),
            "ps1_ada_attempt_2026-01-30-15-00-00_answers.json": "{}",
            "other.txt": "x",
        },
    )
    pattern = r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[\d-]+)_(?P<file_id>[\w-]+)"
    found = collect.collect(course, source, pattern=pattern)
    assert set(held(course, "ada")) >= {BOOK, "answers.json"}
    assert "pattern" in reasons(found)["other.txt"]
    with pytest.raises(CourseFault, match="which part is the learner"):
        collect.collect(course, source, pattern=".*")
    with pytest.raises(CourseFault, match="can't be used"):
        collect.collect(course, source, pattern="(")


def test_the_class_list_says_when_work_was_handed_in(course, tmp_path):
    """As Moodle's grading worksheet has it; only the column learner was added."""
    members = class_list(
        tmp_path,
        "Identifier,Full name,Last modified (submission),learner\n"
        'Participant 101,Ada Lovelace,"Friday, 16 October 2026, 5:00 PM +0000",al\n'
        "Participant 102,Ada Lovelace,-,ada2\n",
    )
    name = "Ada Lovelace_{}_assignsubmission_file_/" + BOOK
    source = zipped(tmp_path / "m.zip", {name.format(n): notebook(str(n)) for n in (101, 102, 103)})
    found = collect.collect(course, source, roster=members)
    assert {one.learner: one.when for one in found.submissions} == {
        "ada2": None,
        "al": datetime(2026, 10, 16, 17),
    }
    assert held(course, "al")["timestamp.txt"].startswith("2026-10-16 17:00:00")
    assert "timestamp.txt" not in held(course, "ada2")
    assert "can be al and ada2" in reasons(found)["Ada Lovelace"]


# -- whose it is ---------------------------------------------------------------------------------


def test_two_people_with_one_name_are_never_mixed_up(course, tmp_path):
    name = "Ada Lovelace_{}_assignsubmission_file_/" + BOOK
    source = zipped(tmp_path / "m.zip", {name.format(n): notebook(str(n)) for n in (101, 102)})
    found = collect.collect(course, source)
    assert found.submissions == []
    assert "--roster" in reasons(found)["Ada Lovelace"]
    spread(course.root / "submitted", {f"Bo/ex99-tiny/{BOOK}": notebook("kept")})
    found = collect.collect(course, spread(tmp_path / "in", {f"bo/{BOOK}": notebook()}))
    assert "the same but for capitals" in reasons(found)["bo"]
    assert held(course, "Bo")[BOOK] == notebook("kept")


def test_who_is_not_in_the_class_list_is_said(course, tmp_path):
    members = class_list(tmp_path, "learner;name\nada;Ada L\ncy;Cy\n")
    source = spread(tmp_path / "in", {f"ada l/{BOOK}": notebook(), f"bo/{BOOK}": notebook()})
    found = collect.collect(course, source, roster=members)
    assert states(found) == {"ada": "new"}
    assert "Nobody in the class list is “bo”" in reasons(found)["bo"]
    assert "nothing here: cy" in str(found)


# -- again ---------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing_and_what_was_there_is_kept(course, tmp_path):
    source = spread(
        tmp_path / "in", {f"ada/{BOOK}": notebook("1"), "ada/timestamp.txt": "2026-10-01"}
    )
    collect.collect(course, source)
    before = held(course, "ada")
    assert states(collect.collect(course, source)) == {"ada": "unchanged"}
    assert held(course, "ada") == before
    (course.submitted("ada") / ".ipynb_checkpoints").mkdir()

    later = spread(
        tmp_path / "later", {f"ada/{BOOK}": notebook("2"), "ada/timestamp.txt": "2026-10-05"}
    )
    dry = collect.collect(course, later, dry_run=True)
    assert states(dry) == {"ada": "again"} and held(course, "ada") == before
    collect.collect(course, later)
    assert held(course, "ada")[BOOK] == notebook("2")
    (kept,) = collect.handed_in_before(course, "ada")
    assert (kept / BOOK).read_text("utf-8") == notebook("1")
    assert kept == course.root / "records" / "ex99-tiny" / "handed-in" / "ada" / "1"

    assert states(collect.collect(course, source)) == {"ada": "older"}
    assert held(course, "ada")[BOOK] == notebook("2")


def test_an_old_download_does_not_undo_a_new_one(course, tmp_path):
    name = f"Ada_1_assignsubmission_file_/{BOOK}"
    old = zipped(tmp_path / "1.zip", {name: notebook("1")})
    for source in (old, zipped(tmp_path / "2.zip", {name: notebook("2")})):
        collect.collect(course, source)
    assert states(collect.collect(course, old)) == {"Ada": "seen before"}
    assert held(course, "Ada")[BOOK] == notebook("2")
    assert len(collect.handed_in_before(course, "Ada")) == 1


def test_nothing_is_moved_while_the_exercise_is_marked(course, tmp_path):
    source = spread(tmp_path / "in", {f"ada/{BOOK}": notebook()})
    folder = course.root / "records" / "ex99-tiny"
    folder.mkdir(parents=True)
    with alone(folder), pytest.raises(CourseFault, match="another run"):
        collect.collect(course, source)


def test_marking_counts_attempts_as_collected(released, tmp_path, run_here):
    from eeic.grading import records
    from eeic.grading.autograde import autograde

    text = (released.released / BOOK).read_text("utf-8")
    for at in (1, 2):
        changed = text.replace("answer_1 = ...", f"answer_1 = {at}")
        collect.collect(released, spread(tmp_path / str(at), {f"ada/{BOOK}": changed}))
        autograde(released, caged=False)
    with grader(released) as desk:
        assert desk.record("ada").attempt == 2
    assert records.read(records.place(released.root, "ex99-tiny", "ada")).handed_in


# -- what can't be trusted -----------------------------------------------------------------------


def test_a_zip_can_neither_leave_its_folder_nor_link(course, tmp_path):
    path = zipped(
        tmp_path / "in.zip",
        {
            f"ada/{BOOK}": notebook(),
            "ada/../../escaped.txt": "x",
            "/ada/absolute.txt": "x",
            "ada\\..\\..\\windows.txt": "x",
            "C:/ada/drive.txt": "x",
            "ada/strange\n:name?.txt": "x",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("ada/link.csv", DAY)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    before = {p for p in tmp_path.rglob("*") if "submitted" not in p.parts}
    found = collect.collect(course, path)
    assert set(held(course, "ada")) == {BOOK, "strange__name_.txt", "timestamp.txt"}
    assert not any(p.is_symlink() for p in course.submitted("ada").rglob("*"))
    new = {p.name for p in tmp_path.rglob("*") if "submitted" not in p.parts} - {
        p.name for p in before
    }
    assert new <= {"records", "ex99-tiny", ".lock", "submitted"}
    said = " ".join(reasons(found).values())
    assert said.count("leads out of the folder") == 4 and "It is a link." in said


def test_links_in_a_folder_are_not_followed(course, tmp_path):
    (tmp_path / "secret.ipynb").write_text("secret")
    source = spread(tmp_path / "in", {f"ada/{BOOK}": notebook()})
    (source / "ada" / "own.csv").symlink_to(tmp_path / "secret.ipynb")
    found = collect.collect(course, source)
    assert set(held(course, "ada")) == {BOOK, "timestamp.txt"}
    assert "It is a link." in reasons(found)["ada/own.csv"]


def test_bombs_and_broken_zips_cost_one_learner_and_no_more(course, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "_FILE", 10_000)
    monkeypatch.setattr(collect, "_LEARNER", 25_000)
    monkeypatch.setattr(collect, "_FILES", 20)
    source = tmp_path / "in"
    spread(source, {f"ada/{BOOK}": notebook(), "bad.zip": "no zip"})
    zipped(source / "bo.zip", {BOOK: notebook(), "big.csv": b"0" * 10_001})
    zipped(source / "cy.zip", {BOOK: notebook(), **{f"{n}.csv": b"0" * 9_000 for n in range(3)}})
    zipped(source / "dee.zip", {BOOK: notebook(), **{f"{n}.csv": "0" for n in range(30)}})
    deep = {"4.zip": {BOOK: notebook()}}
    for at in (3, 2, 1):
        deep = {f"{at}.zip": deep}
    zipped(source / "eve.zip", deep)
    data = bytearray(zipped(source / "fay.zip", {BOOK: notebook("x" * 500)}).read_bytes())
    data[60:80] = b"\0" * 20
    (source / "fay.zip").write_bytes(data)
    found = collect.collect(course, source)
    assert states(found) == {"ada": "new", "bo": "new"}
    why = reasons(found)
    assert "larger than" in why["bo/big.csv"]
    assert "4 files" in why["cy"] and "31 files" in why["dee"]
    assert "zip in a zip" in why["eve/1/2/3.zip"]
    assert "can't be" in why["fay"] and "can't be opened" in why["bad.zip"]
    monkeypatch.setattr(collect, "_ALL", 20_000)
    with pytest.raises(CourseFault, match="more than can be a class's work"):
        collect.collect(course, source)


def test_a_source_that_is_not_there(course, tmp_path):
    with pytest.raises(CourseFault, match="there is nothing at"):
        collect.collect(course, tmp_path / "none")
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(CourseFault, match="neither a folder nor a zip"):
        collect.collect(course, tmp_path / "x.txt")


# -- the class list ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nAda\n", "no column “learner”"),
        ("learner,email\na,x@y\nb,X@y\n", "same email"),
        ("learner\nada\nAda\n", "same learner"),
        ("learner,email,E-mail\na,b,c\n", "says the same twice"),
        ("learner\nAda Lovelace\n", "write it as “Ada-Lovelace”"),
    ],
)
def test_a_class_list_that_can_not_be_used(tmp_path, text, said):
    with pytest.raises(CourseFault, match=said):
        class_list(tmp_path, text)
