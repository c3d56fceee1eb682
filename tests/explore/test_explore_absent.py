"""Where the browser's Python lacks pandas, a lesson says so and goes on."""

import subprocess
import sys

import pytest

LESSON = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Nowhere())
from eeic import explore, show
from eeic.explore import seeing_the_gap as gap
explore.show("four-headlines")
show.figure(gap.crude_chart())
show.figure(gap.crude_chart)
show.finding(gap.finding("gap"))
show.finding(gap.findings()["gap"])
show.table(gap.worked_example(), caption="A table")
"""


def lesson(absent):
    return subprocess.run(
        [sys.executable, "-c", LESSON.format(absent=absent)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "absent", [{"numpy", "pandas", "matplotlib", "scipy"}, {"matplotlib"}], ids=["all", "one"]
)
def test_one_friendly_sentence_and_no_traceback(absent):
    done = lesson(absent)
    assert done.returncode == 0 and done.stderr == ""
    said = done.stdout.splitlines()
    friendly = [line for line in said if line.startswith("This Python has no ")]
    if len(absent) > 1:
        assert len(said) == len(friendly) == 6
    else:  # the table alone needs no matplotlib
        assert len(friendly) == 5
    assert "The lesson's own page shows it in full" in friendly[0]


def test_another_missing_module_is_a_fault():
    done = lesson({"ipywidgets"})
    assert done.returncode == 1
    assert "No module named 'ipywidgets'" in done.stderr
