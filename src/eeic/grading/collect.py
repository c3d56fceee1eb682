"""Bringing in what learners handed in: from a folder, a learning platform's download, a browser.

Whatever it comes as, it ends where nbgrader looks for it, in ``submitted/NAME/EXERCISE/``. What
stood there before goes to ``records/EXERCISE/handed-in/NAME/N/``, and nothing is ever deleted.
(nbgrader's own exchange has its own command, ``nbgrader collect``, which ends in the same place.)

nbgrader's ``zip_collect`` is for the same task, and its patterns (``student_id``, ``file_id``,
``timestamp``) work here too. It is not used itself because it unpacks without limits, takes only
notebooks (the answers given with controls are in ``answers.json``), replaces what was handed in
before, and stops at the first file that it can't place.

What a zip says can't be trusted: names that lead out of the folder, links, protected and damaged
files, and more than a fixed number of files and bytes are refused, and each is said. The times of
the files in a platform's zip are those of the download (Moodle's and Canvas's both), so they are
not taken for when work was handed in: that comes from the class list or from the pattern.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from eeic.grading import records
from eeic.grading.autograde import alone
from eeic.grading.course import ANSWERS, Course, CourseFault
from eeic.grading.roster import Member, Roster, usable

#: What is taken at most: bytes of a file, of a learner and of all, files of a learner and of all,
#: and zips within zips.
_FILE, _LEARNER, _ALL = 100 * 2**20, 300 * 2**20, 20 * 2**30
_FILES, _ALL_FILES, _DEEP = 500, 100_000, 3
#: What systems and editors leave beside files.
_LITTER = (".*", "__MACOSX", "Thumbs.db", "desktop.ini", "*.pyc", "__pycache__")
_TIME = "timestamp.txt"
_WRONG_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError)

#: Ada Lovelace_12345_assignsubmission_file_/ex04.ipynb, or without the folder.
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?"
)
#: lovelaceada_LATE_71_9054_ex04.ipynb
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<canvas_id>\d+)_\d+_(?P<rest>.+)")


@dataclass(frozen=True)
class PassedOver:
    """A file that was not taken.

    Parameters
    ----------
    path : str
        Where it is in what was given.
    why, todo : str
        The reason, and the way to mend it: a sentence each.
    """

    path: str
    why: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.why} {self.todo}".strip()


@dataclass(frozen=True)
class _File:
    """One file somewhere in what was given, also in zips within it."""

    path: PurePosixPath
    size: int
    when: datetime | None
    read: Callable[[], bytes]


@dataclass(frozen=True)
class _Owner:
    """Whose a file seems to be."""

    key: str
    name: str
    participant: str = ""
    canvas_id: str = ""
    late: bool = False
    when: datetime | None = None


@dataclass
class Submission:
    """What one learner handed in.

    Parameters
    ----------
    learner : str
        Whose.
    origin : str
        What it was called in what was given.
    files : list of str
        Names in the learner's folder.
    when : datetime or None
        When it was handed in, in UTC and without a time zone; None if nothing says so.
    late : bool
        Whether the platform calls it late.
    state : str
        "new", "again" (something was handed in before), "unchanged", "older" (than what is there)
        or "seen before" (as what is in the history already).
    attempt : int
        1 for what is handed in first.
    note : str
        What should be known about it.
    """

    learner: str
    origin: str
    files: list[str] = field(default_factory=list)
    when: datetime | None = None
    late: bool = False
    state: str = "new"
    attempt: int = 1
    note: str = ""
    _contents: dict[str, _File] = field(default_factory=dict, repr=False)

    @property
    def taken(self) -> bool:
        """Whether it is put into ``submitted``."""
        return self.state in ("new", "again")


@dataclass
class Collected:
    """What was found, and what became of it.

    Parameters
    ----------
    kind : str
        How what was given was read.
    submissions : list of Submission
        In order of the learners' names.
    passed_over : list of PassedOver
        Every file that was not taken.
    said : list of str
        What else the instructor should know: a sentence each.
    """

    kind: str
    submissions: list[Submission] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = ["learner", "files", "handed in (UTC)", "state", "from"]
        lines = [
            [
                one.learner,
                str(len(one.files)),
                (f"{one.when:%Y-%m-%d %H:%M}" if one.when else "not known") + " late" * one.late,
                one.state + (f" ({one.attempt})" if one.state == "again" else ""),
                one.origin,
            ]
            for one in self.submissions
        ]
        wide = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
        shown = [f"Read as {self.kind}."]
        for line in [head, *lines] if lines else []:
            cells = [cell.ljust(width) for cell, width in zip(line, wide, strict=True)]
            shown.append("  ".join(cells).rstrip())
        shown += [f"{one.learner}: {one.note}" for one in self.submissions if one.note]
        if self.passed_over:
            shown += ["", f"Not taken: {len(self.passed_over)}"]
            shown += [f"  {one}" for one in self.passed_over]
        return "\n".join([*shown, *self.said])

    @property
    def summary(self) -> str:
        """How many there are of each state."""
        counts = Counter(one.state for one in self.submissions)
        told = ", ".join(f"{number} {state}" for state, number in counts.items())
        return f"{len(self.submissions)} learners: {told}." if counts else "Nothing to collect."


def collect(
    course: Course,
    source: Path,
    *,
    pattern: str = "",
    roster: Roster | None = None,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Collected:
    """Put what learners handed in where nbgrader looks for it.

    Parameters
    ----------
    course : Course
        The course, with the exercise in view.
    source : Path
        A folder or a zip: one folder, zip or notebook a learner (named after them), or what Moodle
        or Canvas gives with "download all submissions", or a folder of such.
    pattern : str
        "moodle", "canvas" or a regular expression as `nbgrader zip_collect` takes it, put to each
        file's path below `source`: with a group ``student_id``, and if wanted ``file_id`` and
        ``timestamp``. By default what it looks like.
    roster : Roster, optional
        The class list: says which folder is whose. Without one, learners are called as in
        `source`, as far as nbgrader can take that.
    dry_run : bool
        Only say what would be done.
    say : callable
        Is given the table of what was found, before anything is done.

    Returns
    -------
    Collected

    Raises
    ------
    CourseFault
        If there is nothing at `source`, the pattern can't be used, or marking is under way.
    """
    folder = course.root / records.FOLDER / course.exercise
    with contextlib.ExitStack() as stack:
        if not dry_run:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(alone(folder))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eeic-")))
        found = _Found(course, source, scratch, pattern, roster)
        say(str(found.collected))
        if not dry_run:
            for one in found.collected.submissions:
                if one.taken:
                    _put(course, one)
    return found.collected


def handed_in_before(course: Course, learner: str) -> list[Path]:
    """Return the folders of what a learner handed in before what stands in ``submitted``."""
    folder = course.root / records.FOLDER / course.exercise / "handed-in" / learner
    held = [path for path in folder.glob("*") if path.name.isdigit()]
    return sorted(held, key=lambda path: int(path.name))


class _Found:
    """Everything in what was given, sorted by whose it is."""

    def __init__(
        self, course: Course, source: Path, scratch: Path, pattern: str, roster: Roster | None
    ) -> None:
        self.course, self.scratch, self.roster = course, scratch, roster
        self.passed_over: list[PassedOver] = []
        self.known = {f"{name}.ipynb".casefold(): f"{name}.ipynb" for name in course.notebooks}
        self.known[ANSWERS] = ANSWERS
        self.count = self.bytes = 0
        files = list(self._files(source))
        self.strip = _wrapping(files) if source.is_file() else 0
        self.kind, self.whose = self._rule(pattern, files)
        self.collected = Collected(self.kind, passed_over=self.passed_over)
        self._submissions(files)

    def pass_over(self, path: object, why: str, todo: str = "") -> None:
        self.passed_over.append(PassedOver(str(path), why, todo))

    # -- the files -------------------------------------------------------------------------

    def _files(self, source: Path) -> Iterator[_File]:
        if source.is_dir():
            yield from self._in_folder(source)
        elif zipfile.is_zipfile(source):
            yield from self._in_zip(source, PurePosixPath(), 1)
        elif source.exists():
            raise CourseFault(f"{source} is neither a folder nor a zip; unpack it first")
        else:
            raise CourseFault(f"there is nothing at {source}")

    def _in_folder(self, folder: Path) -> Iterator[_File]:
        for path in sorted(folder.rglob("*")):
            inner = PurePosixPath(path.relative_to(folder).as_posix())
            if self._litter(inner):
                continue
            if path.is_symlink():
                self.pass_over(inner, "It is a link.", "Put the file itself there.")
            elif path.is_file() and path.suffix.lower() == ".zip":
                yield from self._in_zip(path, inner.with_suffix(""), 1)
            elif path.is_file():
                about = path.stat()
                when = datetime.fromtimestamp(about.st_mtime, UTC).replace(tzinfo=None)
                yield from self._one(inner, about.st_size, when, path.read_bytes)

    def _in_zip(self, path: Path, inside: PurePosixPath, depth: int) -> Iterator[_File]:
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except _WRONG_ZIP as problem:
            self.pass_over(f"{inside}.zip", f"It can't be opened ({problem}).", "Ask for it again.")
            return
        for member in members:
            if member.is_dir():
                continue
            name = member.filename.replace("\\", "/")
            shown = inside / name.lstrip("/")
            if name.startswith("/") or ".." in name.split("/") or re.match(r"\w:", name):
                self.pass_over(shown, "Its name leads out of the folder.", "Don't open it.")
            elif self._litter(inner := inside / name):
                continue
            elif stat.S_ISLNK(member.external_attr >> 16):
                self.pass_over(inner, "It is a link.", "Ask for the file itself.")
            elif member.flag_bits & 1:
                todo = "Ask for it without a password."
                self.pass_over(inner, "It is protected by a password.", todo)
            elif name.lower().endswith(".zip"):
                yield from self._zip_in_zip(path, member, inner, depth)
            else:
                yield from self._one(
                    inner, member.file_size, _zip_time(member), _from(path, member)
                )

    def _zip_in_zip(
        self, path: Path, member: zipfile.ZipInfo, inner: PurePosixPath, depth: int
    ) -> Iterator[_File]:
        if depth >= _DEEP:
            self.pass_over(inner, "It is a zip in a zip in a zip.", "Unpack it by hand.")
            return
        for file in self._one(inner, member.file_size, None, _from(path, member)):
            unpacked = self.scratch / f"{self.count}.zip"
            try:
                unpacked.write_bytes(file.read())
            except _WRONG_ZIP as problem:
                self.pass_over(inner, f"It is damaged ({problem}).", "Ask for it again.")
                continue
            yield from self._in_zip(unpacked, inner.with_suffix(""), depth + 1)

    def _one(
        self, path: PurePosixPath, size: int, when: datetime | None, read: Callable[[], bytes]
    ) -> Iterator[_File]:
        """Give a file, if it is not too much."""
        self.count += 1
        if self.count > _ALL_FILES or self.bytes + size > _ALL:
            raise CourseFault(
                f"there is more than can be a class's work ({_ALL_FILES:,} files or "
                f"{_ALL // 2**30} GB); look at {path} and collect in parts"
            )
        if size > _FILE:
            why = f"It is larger than {_FILE // 2**20} MB."
            self.pass_over(path, why, "If it is needed, put it into submitted/ by hand.")
            return
        self.bytes += size
        yield _File(path, size, when, read)

    def _litter(self, path: PurePosixPath) -> bool:
        return _left_behind(path) or any(
            fnmatch(part, glob) for part in path.parts for glob in self.course.directory.ignore
        )

    # -- whose they are --------------------------------------------------------------------

    def _rule(
        self, pattern: str, files: list[_File]
    ) -> tuple[str, Callable[[_File], tuple[_Owner, PurePosixPath] | None]]:
        if pattern == "moodle":
            return "a download from Moodle", self._moodle
        if pattern == "canvas":
            return "a download from Canvas", self._canvas
        if pattern:
            try:
                expression = re.compile(pattern)
            except re.error as problem:
                raise CourseFault(f"the pattern can't be used: {problem}") from None
            if "student_id" not in expression.groupindex:
                raise CourseFault(
                    "the pattern must say which part is the learner: (?P<student_id>...)"
                )
            return "the pattern says", lambda file: self._pattern(file, expression)
        for name, rule in [("moodle", self._moodle), ("canvas", self._canvas)]:
            if files and 2 * sum(rule(file) is not None for file in files) >= len(files):
                return self._rule(name, files)[0], rule
        return "one folder, zip or notebook for each learner", self._plain

    def _moodle(self, file: _File) -> tuple[_Owner, PurePosixPath] | None:
        for match, rest in _matches(_MOODLE, file.path):
            if match and match["kind"] == "file":
                name, participant = match["name"], match["participant"]
                return _Owner(f"{name}_{participant}", name, participant), rest
        return None

    def _canvas(self, file: _File) -> tuple[_Owner, PurePosixPath] | None:
        for match, rest in _matches(_CANVAS, file.path):
            if match:
                number = match["canvas_id"]
                owner = _Owner(number, match["name"], canvas_id=number, late=bool(match["late"]))
                return owner, rest
        return None

    def _pattern(
        self, file: _File, expression: re.Pattern[str]
    ) -> tuple[_Owner, PurePosixPath] | None:
        match = expression.match(file.path.as_posix())
        if match is None or not match["student_id"]:
            return None
        given = match.groupdict()
        rest = PurePosixPath(file.path.name)
        if given.get("file_id"):
            rest = PurePosixPath(given["file_id"].lstrip("/"))
            rest = rest.with_suffix(file.path.suffix)  # as zip_collect does
        when = _parsed(given.get("timestamp") or "")
        return _Owner(given["student_id"], given["student_id"], when=when), rest

    def _plain(self, file: _File) -> tuple[_Owner, PurePosixPath] | None:
        parts = file.path.parts
        if self.course.exercise in parts[1:-1]:  # nbgrader's own NAME/EXERCISE/
            at = parts.index(self.course.exercise, 1)
            return _Owner(parts[at - 1], parts[at - 1]), PurePosixPath(*parts[at + 1 :])
        parts = parts[self.strip :]
        if len(parts) > 1:
            return _Owner(parts[0], parts[0]), PurePosixPath(*parts[1:])
        known, _ = self._own_name(parts[0])
        if known:  # nobody's name is on it
            return None
        name, _ = _tidy(parts[0])
        for known in self.known.values():  # ada_ex04.ipynb, ada answers.json
            before = name[: -len(known)].rstrip(" _-")
            if before and name.casefold().endswith(known.casefold()):
                return _Owner(before, before), PurePosixPath(known)
        stem, _, end = name.rpartition(".")
        return (_Owner(stem, stem), PurePosixPath(name)) if end == "ipynb" else None

    # -- what each handed in ---------------------------------------------------------------

    def _submissions(self, files: list[_File]) -> None:
        by_owner: dict[str, list[tuple[_Owner, PurePosixPath, _File]]] = {}
        for file in files:
            whose = self.whose(file)
            if whose is None:
                self._nobodys(file)
            else:
                by_owner.setdefault(whose[0].key, []).append((*whose, file))
        by_learner: dict[str, list[tuple[str, str, Member | None]]] = {}
        for key, theirs in by_owner.items():
            held = [rest.name.casefold() for _, rest, _ in theirs]
            if self.whose == self._plain and not any(
                name.endswith(".ipynb") or self._own_name(name)[0] for name in held
            ):
                for _, _, file in theirs:
                    self.pass_over(file.path, "There is no notebook beside it.")
                continue
            learner, member, why, todo = self._learner(theirs[0][0])
            if why:
                self.pass_over(theirs[0][0].name, why, todo)
                continue
            by_learner.setdefault(learner.casefold(), []).append((learner, key, member))
        existing = {name.casefold(): name for name in self._existing()}
        for folded, claims in sorted(by_learner.items()):
            learner, key, member = claims[0]
            if len(claims) > 1:
                names = " and ".join(repr(claim[1]) for claim in claims)
                for _, other, _ in claims:
                    todo = "Say which is whose in a class list (--roster), or with --pattern."
                    why = f"{names} would all be the learner “{learner}”."
                    self.pass_over(by_owner[other][0][0].name, why, todo)
            elif existing.get(folded, learner) != learner:
                why = f"There is a learner “{existing[folded]}”, the same but for capitals."
                self.pass_over(by_owner[key][0][0].name, why, "Name the folder like that.")
            else:
                with contextlib.suppress(_Refused):
                    one = self._submission(learner, member, by_owner[key])
                    self.collected.submissions.append(one)
        self._say(by_learner)

    def _existing(self) -> list[str]:
        folder = self.course.root / "submitted"
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []

    def _nobodys(self, file: _File) -> None:
        if any(
            match and match["kind"] == "onlinetext" for match, _ in _matches(_MOODLE, file.path)
        ):
            why = "It is text typed into Moodle; only files are collected."
            self.pass_over(file.path, why, "Ask for the notebook.")
        elif self.whose == self._plain:
            known = next(iter(self.known.values()))
            todo = f"Put it into a folder with the learner's name, or call it NAME_{known}."
            self.pass_over(file.path, "It does not say whose it is.", todo)
        else:
            todo = "Rename it as the others are, or give a --pattern that it fits."
            self.pass_over(file.path, "Its name is not as expected.", todo)

    def _learner(self, owner: _Owner) -> tuple[str, Member | None, str, str]:
        """Return the learner and their entry in the class list; or why it can't be told."""
        if self.roster is None:
            name = usable(owner.name)
            todo = "Give it another name, or a class list (--roster)."
            return (name, None, "", "") if name else ("", None, "Its name has no letters.", todo)
        sure = self.roster.known(canvas_id=owner.canvas_id) or self.roster.known(
            participant=owner.participant
        )
        fit = [sure] if sure else self.roster.named(owner.name)
        if len(fit) == 1:
            return fit[0].learner, fit[0], "", ""
        number = (owner.canvas_id and "Canvas ID") or (owner.participant and "participant")
        if not fit:
            more = f", with the name, or {owner.canvas_id or owner.participant} as {number}"
            todo = f"Add a row for them{more if number else ' with that name'}."
            return "", None, f"Nobody in the class list is “{owner.name}”.", todo
        learners = " and ".join(member.learner for member in fit)
        todo = f"Fill in the column “{number or 'login'}” of the class list."
        return "", None, f"“{owner.name}” can be {learners}.", todo

    def _submission(
        self,
        learner: str,
        member: Member | None,
        theirs: list[tuple[_Owner, PurePosixPath, _File]],
    ) -> Submission:
        owner = theirs[0][0]
        chosen = self._chosen(theirs)
        stamp = chosen.pop(_TIME, None)
        whole = sum(file.size for file in chosen.values())
        if whole > _LEARNER or len(chosen) > _FILES:
            why = f"There are {len(chosen)} files, of {whole / 2**20:,.0f} MB."
            self.pass_over(
                owner.name, why, f"Put what is needed into submitted/{learner}/ by hand."
            )
            raise _Refused
        one = Submission(learner, owner.name, sorted(chosen), _contents=chosen)
        one.late = any(each.late for each, _, _ in theirs)
        times = [each.when for each, _, _ in theirs if each.when]
        one.when = max(times, default=None) or (member.handed_in if member else None)
        try:
            if one.when is None and stamp is not None:
                one.when = _parsed(stamp.read().decode("utf-8", "replace"))
            if one.when is None and self.whose == self._plain:
                main = [f.when for n, f in chosen.items() if n in self.known.values() and f.when]
                every = main or [f.when for f in chosen.values() if f.when]
                one.when = max(every, default=None)
            self._compare(one)
        except _WRONG_ZIP as problem:
            self.pass_over(owner.name, f"It can't be unpacked ({problem}).", "Ask for it again.")
            raise _Refused from None
        if not any(name.endswith(".ipynb") for name in chosen):
            one.note = f"There is no notebook among the files ({', '.join(sorted(chosen)[:4])})."
        return one

    def _own_name(self, name: str) -> tuple[str, int]:
        """Return which of the exercise's files a name means, or "", and the number of the copy."""
        if name.casefold() in self.known:
            return self.known[name.casefold()], 0
        tidy, number = _tidy(name)
        return self.known.get(tidy.casefold(), ""), number

    def _chosen(self, theirs: list[tuple[_Owner, PurePosixPath, _File]]) -> dict[str, _File]:
        """Return a learner's files by the names they get; of copies, the newest.

        The exercise is where its notebook is: what lies outside that folder is left.
        """
        copies: dict[str, list[tuple[Any, PurePosixPath, _File]]] = {}
        for at, (_, rest, file) in enumerate(theirs):
            name, number = self._own_name(rest.name)
            if name:
                newest = (file.when or datetime.min, number, at)
                copies.setdefault(name, []).append((newest, rest, file))
        best = {name: max(found, key=lambda one: one[0]) for name, found in copies.items()}
        books = [best[name][1] for name in self.known.values() if name in best and name != ANSWERS]
        books += [rest for _, rest, _ in theirs if rest.suffix == ".ipynb"]
        base = books[0].parent if books else PurePosixPath()
        if near := [one for one in copies.get(ANSWERS, []) if one[1].parent == base]:
            best[ANSWERS] = max(near, key=lambda one: one[0])
        chosen = {name: file for name, (_, _, file) in best.items()}
        taken = {id(file) for file in chosen.values()}
        for _, rest, file in theirs:
            if id(file) in taken:
                continue
            if self._own_name(rest.name)[0]:
                self.pass_over(file.path, "There is a newer copy of it, which was taken.")
            elif not rest.is_relative_to(base):
                self.pass_over(file.path, "It lies outside the folder of the notebook.")
            else:
                name = "/".join(_clean(part) for part in rest.relative_to(base).parts)
                if name.casefold() in {other.casefold() for other in chosen}:
                    self.pass_over(file.path, f"Another file is called {name} as well.")
                elif name:
                    chosen[name] = file
        return chosen

    def _compare(self, one: Submission) -> None:
        """Say whether a submission is new, by what is there."""
        there = self.course.submitted(one.learner)
        before = handed_in_before(self.course, one.learner)
        one.attempt = (int(before[-1].name) if before else 0) + 1
        given = {name: file.read() for name, file in one._contents.items()}  # and so seen whole
        if not (there.exists() or there.is_symlink()):
            one.state = "new" if not before else "again"
            return
        one.attempt += 1
        if _held(there) == given:
            one.state = "unchanged"
            return
        now = _stamped(there)
        if one.when and now and one.when < now:
            one.state, one.note = "older", f"What is there was handed in {now:%Y-%m-%d %H:%M}."
        elif one.when is None and any(_held(folder) == given for folder in before):
            one.state = "seen before"
            one.note = "It is what was handed in before what is there; that stays."
        else:
            one.state = "again"

    def _say(self, by_learner: Mapping[str, Any]) -> None:
        found = self.collected
        if any(one.when is None for one in found.submissions):
            found.said.append(
                "When work was handed in is not known for some: it counts as in time. A class list "
                "with a column “handed in” (Moodle's grading worksheet has one) says it."
            )
        if self.roster:
            here = {one.learner for one in found.submissions}
            if absent := [m.learner for m in self.roster.members if m.learner not in here]:
                found.said.append(f"In the class list, and nothing here: {', '.join(absent)}.")


class _Refused(Exception):
    """A learner's work can't be taken; the reason is among what was passed over."""


# -- putting it in place -------------------------------------------------------------------------


def _put(course: Course, one: Submission) -> None:
    """Put a submission in place, and what was there into the history."""
    there = course.submitted(one.learner)
    there.parent.mkdir(parents=True, exist_ok=True)
    new = there.with_name(f".{there.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    mode = 0o664 if course.directory.groupshared else 0o644
    for name, file in one._contents.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
        path.chmod(mode)
    if one.when is not None:
        (new / _TIME).write_text(f"{one.when:%Y-%m-%d %H:%M:%S.%f} UTC\n", encoding="utf-8")
    if there.exists() or there.is_symlink():
        number = one.attempt - 1
        kept = course.root / records.FOLDER / course.exercise / "handed-in" / one.learner
        kept.mkdir(parents=True, exist_ok=True)
        shutil.move(there, kept / str(number))
    new.rename(there)


# -- small things --------------------------------------------------------------------------------


def _wrapping(files: list[_File]) -> int:
    """Return 1 if one folder wraps everything, as in zips of a folder, else 0."""
    books = [file.path.parts for file in files if file.path.suffix == ".ipynb"]
    one = len({file.path.parts[0] for file in files}) == 1
    several = len({parts[1] for parts in books if len(parts) > 2}) > 1
    return int(one and several and all(len(parts) > 2 for parts in books))


def _matches(
    pattern: re.Pattern[str], path: PurePosixPath
) -> Iterator[tuple[re.Match[str] | None, PurePosixPath]]:
    """Put a pattern to each part of a path; give the match and the path within what it names."""
    for at, part in enumerate(path.parts):
        match = pattern.fullmatch(part)
        after = path.parts[at + 1 :]
        # A name that ends with the prefix is a folder; of another, only the last part is a file.
        yield match, PurePosixPath(*(after or [(match and match["rest"]) or part]))


def _tidy(name: str) -> tuple[str, int]:
    """Return a file's own name and the number that a browser or a platform gave its copy.

    Examples
    --------
    >>> _tidy("answers (2).json"), _tidy("ex04-1.ipynb"), _tidy("ex04.ipynb.txt")
    (('answers.json', 2), ('ex04.ipynb', 1), ('ex04.ipynb', 0))
    """
    name = re.sub(r"\.ipynb\.(json|txt)$", ".ipynb", name, flags=re.IGNORECASE)
    match = re.fullmatch(r"(.+?)(?: ?\((\d+)\)|-(\d{1,2}))(\.\w+)", name)
    if not match:
        return name, 0
    return match[1] + match[4], int(match[2] or match[3])


def _clean(part: str) -> str:
    """Return a name that every file system takes."""
    return re.sub(r"[^\w .()@+,=-]", "_", part).strip(" .")[:100] or "_"


def _from(path: Path, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)  # never more than the size that was looked at

    return read


def _zip_time(member: zipfile.ZipInfo) -> datetime | None:
    """Return a file's time in a zip, which has no time zone: this machine's is taken."""
    try:
        when = datetime(*member.date_time)
        return when.astimezone(UTC).replace(tzinfo=None) if when.year > 1980 else None
    except (ValueError, OSError):
        return None


def _left_behind(path: PurePath) -> bool:
    return any(fnmatch(part, glob) for part in path.parts for glob in _LITTER)


def _held(folder: Path) -> dict[str, bytes] | None:
    """Return a folder's files and what is in them, without the time."""
    if not folder.is_dir() or folder.is_symlink():
        return None
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != _TIME and not _left_behind(path.relative_to(folder))
    }


def _stamped(folder: Path) -> datetime | None:
    path = folder / _TIME
    return _parsed(path.read_text("utf-8", "replace")) if path.is_file() else None


def _parsed(text: str) -> datetime | None:
    """Read a time as nbgrader does."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text.strip()) if text.strip() else None
    except (ValueError, OverflowError):
        return None
