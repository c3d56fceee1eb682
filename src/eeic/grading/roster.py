"""The class list: who a learner is to a learning platform.

nbgrader knows a learner by the name of a folder. Platforms know people by numbers, logins and
e-mail addresses, and by names, which two people may share. A class list is a CSV file that says
which is which.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eeic.grading.course import CourseFault

#: What a column holds, by the headings that people and platforms give it. "Identifier" and "Last
#: modified (submission)" stand in Moodle's grading worksheet; the "SIS" ones in Canvas's export.
_HEADINGS = {
    "learner": ("learner",),
    "name": ("name", "full name", "student"),
    "first": ("first name", "firstname"),
    "last": ("last name", "lastname", "surname"),
    "email": ("email", "e-mail", "email address"),
    "id_number": ("id number", "sis user id"),
    "login": ("login", "username", "sis login id"),
    "canvas_id": ("canvas id", "id"),
    "participant": ("participant", "identifier"),
    "section": ("section", "group"),
    "handed_in": ("handed in", "last modified (submission)"),
}
#: What no two people may share.
_OWN = ("learner", "email", "id_number", "login", "canvas_id", "participant")


@dataclass(frozen=True)
class Member:
    """One person of a class.

    Parameters
    ----------
    learner : str
        The name of their folder in ``submitted``.
    name, email, section : str
        As the platform has them; "" where the list doesn't say.
    id_number : str
        Moodle's "ID number", Canvas's "SIS User ID".
    login : str
        Moodle's "username", Canvas's "SIS Login ID".
    canvas_id : str
        Canvas's own number for the person.
    participant : str
        Moodle's number for the person in this one assignment.
    handed_in : datetime or None
        When, in UTC and without a time zone, if the list says so.
    """

    learner: str
    name: str = ""
    email: str = ""
    id_number: str = ""
    login: str = ""
    canvas_id: str = ""
    participant: str = ""
    section: str = ""
    handed_in: datetime | None = None


class Roster:
    """A class list.

    Parameters
    ----------
    members : iterable of Member
        Everybody in the class.

    Examples
    --------
    >>> roster = Roster([Member("ada", "Ada Lovelace", canvas_id="71")])
    >>> roster.named("Lovelace, Ada")[0].learner
    'ada'
    >>> roster.known(canvas_id="71").learner
    'ada'
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = list(members)
        self._by_learner = {member.learner: member for member in self.members}
        self._by_name: dict[str, list[Member]] = {}
        for member in self.members:
            for key in _keys(member):
                self._by_name.setdefault(key, []).append(member)

    def get(self, learner: str) -> Member | None:
        """Return a learner's entry, if there is one."""
        return self._by_learner.get(learner)

    def known(self, **own: str) -> Member | None:
        """Return the one person with a number that a platform gave, such as ``canvas_id="71"``."""
        ((field, value),) = own.items()
        if not value:
            return None
        return next((m for m in self.members if getattr(m, field) == value), None)

    def named(self, name: str) -> list[Member]:
        """Return who a name can mean: learner, login, e-mail, ID number, or name in any order."""
        return self._by_name.get(_plain(name), [])


def read(path: Path) -> Roster:
    """Read a class list.

    Parameters
    ----------
    path : Path
        A CSV file with a column ``learner`` and any of ``name``, ``email``, ``ID number``,
        ``login``, ``Canvas ID``, ``participant``, ``section`` and ``handed in``. The headings of
        Moodle's grading worksheet and of Canvas's gradebook export are understood as well: to
        either file only the column ``learner`` has to be added. Other columns are left alone.

    Returns
    -------
    Roster

    Raises
    ------
    CourseFault
        If the file can't be read so, or two rows claim the same learner, address or number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CourseFault(f"{path} is not in UTF-8; save it again as “CSV UTF-8”") from None
    first = text.partition("\n")[0]
    lines = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    columns = _columns(path, lines.fieldnames or [])
    members = []
    for at, line in enumerate(lines, start=2):
        held = {field: (line[heading] or "").strip() for field, heading in columns.items()}
        if held["learner"]:  # a row without one is somebody who is not in this class
            members.append(_member(path, at, held))
    for field in _OWN:
        seen: dict[str, str] = {}
        for member in members:
            value = getattr(member, field).casefold()
            if value and value in seen:
                raise CourseFault(
                    f"{path} has the same {field.replace('_', ' ')}, {getattr(member, field)}, for "
                    f"two people ({seen[value]} and {member.learner}); mend one of the rows"
                )
            seen[value] = member.learner
    return Roster(members)


def usable(name: str) -> str:
    """Return a name with which nbgrader can make folders and find them again.

    nbgrader looks learners up with file patterns and joins their names with "+", so only letters,
    digits and ``_ . @ -`` are safe; anything else becomes a hyphen.

    Examples
    --------
    >>> usable("Zoë  O’Neill*")
    'Zoë-O-Neill'
    """
    name = re.sub(r"[^\w.@-]+", "-", unicodedata.normalize("NFC", name))
    return re.sub(r"-{2,}", "-", name).strip("-.")[:80]


def _columns(path: Path, headings: Iterable[str]) -> dict[str, str]:
    """Return which heading holds which field."""
    found: dict[str, str] = {}
    for heading in headings:
        plain = re.sub(r"[\s_]+", " ", heading or "").strip().casefold()
        for field, names in _HEADINGS.items():
            if plain in names:
                if field in found:
                    raise CourseFault(
                        f"{path} says the same twice, in the columns “{found[field]}” and "
                        f"“{heading}”; take one out"
                    )
                found[field] = heading
    if "learner" not in found:
        raise CourseFault(
            f"{path} has no column “learner”; add one with the names of the folders in submitted/"
        )
    return found


def _member(path: Path, at: int, held: dict[str, str]) -> Member:
    learner = held["learner"]
    if usable(learner) != learner:
        raise CourseFault(
            f"{path}, row {at}: “{learner}” can't be a folder's name in nbgrader; "
            f"write it as “{usable(learner)}”"
        )
    first, last = held.pop("first", ""), held.pop("last", "")
    when = held.pop("handed_in", "")
    kept = {field: value for field, value in held.items() if field != "learner"}
    kept["name"] = kept.get("name") or f"{first} {last}".strip()
    # Moodle's worksheet writes "Participant 1234".
    kept["participant"] = re.sub(r"\D", "", kept.get("participant", ""))
    return Member(learner, **kept, handed_in=_time(when))


def _time(text: str) -> datetime | None:
    """Read a time as a platform or a person writes it; one without a zone is this machine's."""
    from dateutil import parser

    try:
        when = parser.parse(text)
        return when.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def _keys(member: Member) -> set[str]:
    """Return all that a person may be called, in plain letters."""
    words = re.split(r"[\s,]+", member.name.strip())
    names = {" ".join(words[at:] + words[:at]) for at in range(len(words))}
    called = {member.learner, member.login, member.email, member.id_number, *names}
    return {_plain(name) for name in called} - {""}


def _plain(text: str) -> str:
    """Return a text's letters and digits, without accents and capitals."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in apart if sign.isalnum())
