"""Putting a file in place whole: nobody's work is lost to an interruption."""

import os
import tempfile
from pathlib import Path


def put_in_place(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file in one step, so that a reader sees the old one or the new one.

    Parameters
    ----------
    path : Path
        The file; its folder must be there. An existing file is replaced.
    data : bytes
        What it will hold.
    mode : int
        Its permissions; a temporary file would otherwise stay private to its writer.

    Raises
    ------
    OSError
        If it cannot be written. The old file is then whole, and nothing is left beside it.

    Examples
    --------
    >>> folder = tempfile.TemporaryDirectory()
    >>> put_in_place(Path(folder.name, "note"), b"kept")
    >>> Path(folder.name, "note").read_text()
    'kept'
    >>> folder.cleanup()
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        part.chmod(mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
