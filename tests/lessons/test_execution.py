"""Every lesson runs from a fresh copy in a clean kernel, without network or stderr."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))

# The kernel talks to its client over loopback, so only other addresses are refused.
NO_NETWORK = """
import socket
_connect = socket.socket.connect
def _refuse(self, address):
    if self.family != socket.AF_UNIX and str(address[0]) not in {"127.0.0.1", "::1"}:
        raise PermissionError(f"a lesson asked the network for {address}")
    return _connect(self, address)
socket.socket.connect = _refuse
"""


def run(notebook, folder, **environment):
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, **environment})
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


@pytest.mark.slow
@pytest.mark.parametrize("face", ["page", "live"])
@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_lesson_runs(path, face, tmp_path):
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    outputs = run(notebook, tmp_path, EEIC_STATIC="1" if face == "page" else "")
    said = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert said == []
    assert any("text/html" in o.get("data", {}) for o in outputs)


@pytest.mark.slow
def test_a_lesson_that_asks_the_network_fails(tmp_path):
    source = "import urllib.request as u; u.urlopen('http://192.0.2.1', timeout=2)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(CellExecutionError, match="asked the network"):
        run(notebook, tmp_path)
