"""Building a small book inside a test."""

import os
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace


def build(source: Path, *, strict: bool = False) -> Path:
    """Build the pages of a folder with a ``conf.py``, and return the folder of the results.

    What one book registers with docutils would be in the way of the next in the same process.
    """
    out = source / "_build"
    with pytest.MonkeyPatch.context() as patch, docutils_namespace():
        patch.setenv("EEIC_STATIC", "0")  # the extension sets it; this takes it back afterwards
        app = Sphinx(
            source, source, out, out / ".doctrees", "html", status=None, warningiserror=strict
        )
        app.build()
        assert os.environ["EEIC_STATIC"] == "1", "lessons would show what needs a kernel"
    return out
