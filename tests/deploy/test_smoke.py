"""The smoke test of a published lab, on stand-ins for packages that a plain build lacks."""

import json
import zipfile

import pytest
from deploying import DEPLOY, module

from eeic.publish import lab, site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANDAS = """
class DataFrame(dict):
    def groupby(self, by):
        return Sums({name: Sums(zip(self[by], values)) for name, values in self.items()})
class Sums(dict):
    def __init__(self, pairs):
        for key, value in dict(pairs).items() if isinstance(pairs, dict) else pairs:
            self[key] = self[key] + value if key in self else value
    def sum(self):
        return self
"""
PYPLOT = """
from IPython.display import Image, display
import base64
def bar(*data): pass
def show(): display(Image(base64.b64decode(DOT), format="png"))
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
"""
# statsmodels is left out, and with these the course's own code can't draw.
STAND_INS = {
    "numpy": {"numpy/__init__.py": "__version__ = '1.0'"},
    "pandas": {"pandas/__init__.py": f"__version__ = '1.0'\n{PANDAS}"},
    "scipy": {"scipy/__init__.py": "__version__ = '1.0'"},
    "matplotlib": {
        "matplotlib/__init__.py": "__version__ = '1.0'",
        "matplotlib/pyplot.py": PYPLOT,
    },
}


@pytest.fixture
def smoke():
    return module(DEPLOY / "static/smoke.py")


@pytest.fixture
def page(chromium, tmp_path):
    """A page to which the site's lab seems to have the stand-ins."""
    entries = {}
    for name, files in STAND_INS.items():
        wheel = tmp_path / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
            archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\n\n")
        entries[name] = lab.describe(wheel, "3.14.2")[0]

    def lock(route):
        served = json.loads(route.fetch().body())
        served["packages"] |= entries
        route.fulfill(body=json.dumps(served))

    context = chromium.new_context(service_workers="block")
    context.route("**/pyodide-lock.json*", lock)
    context.route(
        "**/*-1.0-py3-none-any.whl*",
        lambda route: route.fulfill(
            path=tmp_path / route.request.url.partition("?")[0].rpartition("/")[2]
        ),
    )
    yield context.new_page()
    context.close()


def test_what_works_is_told_from_what_does_not(smoke, page):
    with smoke.served(site.build(quiet=True)) as address:
        assert smoke.faults(page, address) == [
            "statsmodels is not there",
            "the course's own explorers do not draw",
        ]
