"""Pages to paper: Chromium prints a page as a tagged PDF with its language, title and outline."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from eeic.publish.steps import BuildError

#: How long one page may take; the longest take seconds.
PATIENCE = 120
#: Printing needs no network, and these keep Chromium from looking for its maker.
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
)


def program() -> str:
    """Find the Chromium of this machine, as the tests find it.

    Returns
    -------
    str
        The program: what the environment variable EEIC_CHROMIUM names, else `chromium`.

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is none.
    """
    found = os.environ.get("EEIC_CHROMIUM") or shutil.which("chromium")
    if not found:
        raise BuildError(
            "printing needs Chromium, which is not on this machine: install it, or say where "
            "Chromium, Chrome or Edge is in the environment variable EEIC_CHROMIUM"
        )
    return found


def write(page: Path, pdf: Path) -> None:
    """Print a page from disk.

    Parameters
    ----------
    page : Path
        An HTML file.
    pdf : Path
        The file to make.

    Raises
    ------
    eeic.publish.steps.BuildError
        If there is no Chromium, or it made no tagged PDF.

    Notes
    -----
    Chromium's sandbox needs rights that containers withhold; it is off because nothing but the
    course's own pages is opened.
    """
    with tempfile.TemporaryDirectory() as profile:
        command = [program(), *FLAGS, "--no-sandbox", f"--user-data-dir={profile}"]
        try:
            said = subprocess.run(
                [*command, f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri()],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
            ).stderr
        except subprocess.TimeoutExpired:
            raise BuildError(f"Chromium did not print {page.name} in {PATIENCE} seconds") from None
        except OSError as error:
            raise BuildError(f"{command[0]} cannot be run: {error.strerror}") from None
    if not pdf.is_file():
        raise BuildError(f"Chromium did not print {page.name}: {said.strip()[-300:]}")
    if not is_tagged(pdf):
        raise BuildError(
            f"{pdf.name} has no tags, without which a screen reader cannot follow it: use a newer "
            "Chromium"
        )


def is_tagged(pdf: Path) -> bool:
    """Say whether a PDF that Chromium made carries its structure and its language.

    Parameters
    ----------
    pdf : Path
        The file.

    Returns
    -------
    bool

    Notes
    -----
    Chromium writes the catalogue of a PDF as plain bytes. That this agrees with what a PDF
    library finds in the file is tested.
    """
    data = pdf.read_bytes()
    return b"/StructTreeRoot" in data and b"/Marked true" in data and b"/Lang" in data
