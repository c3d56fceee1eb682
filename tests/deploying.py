"""What the tests of deploy/ share: its folders, and its programs as modules."""

import importlib.util
import sys
from pathlib import Path

from browsing import ROOT

DEPLOY = ROOT / "deploy"
HUB = DEPLOY / "hub"


def module(path: Path):
    """Load a program of deploy/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"deploy_{path.stem}", path)
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found
