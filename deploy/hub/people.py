"""Who may come into the hub, read from people.toml.

Usage: python people.py PEOPLE.toml   prints every account's name, one a line
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

#: What Debian takes as a user's name, and a web address needs no quoting for.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class PeopleFault(ValueError):
    """Something in people.toml is wrong; the text says what and where."""


@dataclass(frozen=True)
class People:
    """The accounts of a hub.

    Parameters
    ----------
    instructors, learners : list of str
        Accounts of one person each.
    tables : dict
        A table's shared account, and the people who may open it.
    """

    instructors: list[str]
    learners: list[str]
    tables: dict[str, list[str]]

    @property
    def persons(self) -> list[str]:
        """Who may log in: nobody logs in as a table."""
        return [*self.instructors, *self.learners]

    @property
    def accounts(self) -> list[str]:
        """Everybody and every table; each has a server and a home of its own."""
        return list(dict.fromkeys([*self.persons, *self.tables]))

    def settings(self, account: str) -> list[str]:
        """Return the folders of settings/ that hold for an account, the strongest first."""
        if account in self.instructors:
            return ["instructor", "everyone"]
        shared = ["table"] if account in self.tables else []
        return [*shared, "learner", "everyone"]

    @property
    def groups(self) -> dict[str, dict[str, list[str]]]:
        """JupyterHub's `load_groups`: a table's people."""
        return {f"of-{table}": {"users": of} for table, of in self.tables.items()}

    @property
    def roles(self) -> list[dict[str, object]]:
        """JupyterHub's `load_roles`: a table's people may start its server and open it."""
        may = ("access:servers", "servers", "list:users")
        return [
            {
                "name": f"of-{table}",
                "groups": [f"of-{table}"],
                "scopes": [f"{what}!user={table}" for what in may],
            }
            for table in self.tables
        ]


def read(path: Path) -> People:
    """Read and check people.toml.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    People

    Raises
    ------
    PeopleFault
        If it is missing, is not TOML, or names somebody twice, badly or not at all.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PeopleFault(f"{path} is missing: copy deploy/hub/people.toml there") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise PeopleFault(f"{path} can't be read: {problem}") from None

    def fault(what: str) -> PeopleFault:
        return PeopleFault(f"{path}: {what}")

    if unknown := sorted(listed.keys() - {"instructors", "learners", "tables"}):
        raise fault(f"it has instructors, learners and tables, but no {', '.join(unknown)}")
    tables = listed.get("tables", {})
    if not isinstance(tables, dict):
        raise fault('tables are written as [tables] and then table-1 = ["name", "name"]')
    lists = {name: listed.get(name, []) for name in ("instructors", "learners")} | tables
    for name, members in lists.items():
        if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
            raise fault(f'{name} should be a list of names, such as ["amal", "brook"]')
    if not lists["instructors"]:
        raise fault("it needs at least one instructor")
    persons = [*lists["instructors"], *lists["learners"]]
    for name in [*persons, *tables]:
        if not _NAME.fullmatch(name):
            raise fault(
                f'"{name}" can be no account: take small letters, digits and hyphens, '
                "a letter first, at most 31"
            )
    if twice := sorted({name for name in persons if persons.count(name) > 1}):
        raise fault(f"{', '.join(twice)} is there twice")
    if shared := sorted(set(lists["learners"]) & tables.keys()):
        raise fault(f"{', '.join(shared)} is a learner and a table; give the table another name")
    for table, members in tables.items():
        if strangers := sorted(set(members) - set(persons)):
            raise fault(f"{', '.join(strangers)} of {table} is neither instructor nor learner")
    return People(lists["instructors"], lists["learners"], tables)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python people.py PEOPLE.toml")
    try:
        print(*read(Path(sys.argv[1])).accounts, sep="\n")
    except PeopleFault as fault:
        raise SystemExit(f"people: {fault}") from None
