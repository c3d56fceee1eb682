"""Who comes into a hub: what people.toml may say, and what each account may then do."""

import subprocess
import sys

import pytest
from deploying import HUB, module

GOOD = (HUB / "people.toml").read_text("utf-8")


@pytest.fixture
def people():
    return module(HUB / "people.py")


@pytest.fixture
def read(people, tmp_path):
    def reading(text):
        (tmp_path / "people.toml").write_text(text, "utf-8")
        return people.read(tmp_path / "people.toml")

    return reading


def test_the_example_has_an_instructor_three_learners_and_two_tables(read):
    found = read(GOOD)
    assert found.persons == ["ines", "amal", "brook", "chris"]
    assert found.accounts == [*found.persons, "table-1", "table-2"]
    assert found.settings("ines") == ["instructor", "everyone"]
    assert found.settings("amal") == ["learner", "everyone"]
    assert found.settings("table-1") == ["table", "learner", "everyone"]
    folders = {path.name for path in (HUB / "settings").iterdir()}
    assert folders == {"instructor", "table", "learner", "everyone"}


def test_a_table_is_open_to_its_people_and_to_nobody_else(read):
    found = read(GOOD)
    assert found.groups == {
        "of-table-1": {"users": ["amal", "brook"]},
        "of-table-2": {"users": ["chris"]},
    }
    for role, table in zip(found.roles, found.tables, strict=True):
        assert role["groups"] == [f"of-{table}"]
        assert all(scope.endswith(f"!user={table}") for scope in role["scopes"])


def test_instructors_can_share_an_account_for_marking(read):
    found = read(
        'instructors = ["ines", "omar", "marking"]\nlearners = ["amal"]\n'
        '[tables]\nmarking = ["ines", "omar"]\n'
    )
    assert found.settings("marking") == ["instructor", "everyone"]
    assert found.groups == {"of-marking": {"users": ["ines", "omar"]}}
    assert found.accounts.count("marking") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("ines", "amal"), "amal is there twice"),
        (GOOD.replace('["ines"]', "[]"), "at least one instructor"),
        (GOOD.replace('["ines"]', '"ines"'), "instructors should be a list of names"),
        (GOOD.replace('"chris"]', '"Chris P"]'), '"Chris P" can be no account'),
        (GOOD.replace('"brook"]\ntable-2', '"bruno"]\ntable-2'), "bruno of table-1 is neither"),
        (GOOD.replace("table-2 =", "chris ="), "chris is a learner and a table"),
        (GOOD.replace("learners =", "lerners ="), "but no lerners"),
        ('instructors = ["ines"]\ntables = ["amal"]', "tables are written as"),
        ("instructors = [", "can't be read"),
    ],
)
def test_what_is_wrong_is_said(people, read, text, said):
    with pytest.raises(people.PeopleFault, match=said):
        read(text)


def test_it_lists_the_accounts_that_a_machine_needs(tmp_path):
    def run(path):
        command = [sys.executable, HUB / "people.py", path]
        return subprocess.run(command, capture_output=True, text=True)

    assert run(HUB / "people.toml").stdout.split()[-2:] == ["table-1", "table-2"]
    missing = run(tmp_path / "people.toml")
    assert missing.returncode == 1 and "is missing: copy deploy/hub/people.toml" in missing.stderr


def test_passwords_are_made_once_long_enough_and_for_one_pair_of_eyes(tmp_path):
    passwords = module(HUB / "passwords.py")
    made = passwords.read(tmp_path)
    assert len(made["learners"]) >= 8 and len(made["instructors"]) >= 32
    assert (tmp_path / "passwords.toml").stat().st_mode & 0o777 == 0o600
    assert passwords.read(tmp_path) == made
