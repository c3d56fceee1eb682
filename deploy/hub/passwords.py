"""The hub's two passwords, one for all learners and one for instructors, in passwords.toml."""

import secrets
import tomllib
from pathlib import Path


def read(folder: Path) -> dict[str, str]:
    """Return the two passwords, made when a hub is started for the first time.

    Parameters
    ----------
    folder : Path
        The hub's private folder.

    Returns
    -------
    dict
        The passwords of "learners" and "instructors".
    """
    file = folder / "passwords.toml"
    if not file.exists():
        text = (
            "# A password has 8 characters or more; the instructors' 32. Start the hub again after "
            f'a change.\nlearners = "{secrets.token_hex(5)}"\n'
            f'instructors = "{secrets.token_hex(20)}"\n'
        )
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")
    return tomllib.loads(file.read_text(encoding="utf-8"))
