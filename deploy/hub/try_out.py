"""Start a hub on this machine to try out; README.md beside this says what it is not for.

Usage: python deploy/hub/try_out.py [--port PORT] [--folder FOLDER]
"""

import argparse
import os
import shutil
import socket
import sys
from pathlib import Path

import passwords
import people

HERE = Path(__file__).resolve().parent


def prepare(folder: Path) -> None:
    """Make the folder of a hub, with the example's people, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in ("exchange", "homes"):
        (folder / part).mkdir(exist_ok=True)
    if not (folder / "people.toml").exists():
        shutil.copyfile(HERE / "people.toml", folder / "people.toml")


def main() -> None:
    """Prepare, say how to come in, and become the hub."""
    parser = argparse.ArgumentParser(description="Start a hub on this machine to try out.")
    parser.add_argument("--port", type=int, default=8000, help="the first of three ports")
    parser.add_argument("--folder", type=Path, default=HERE.parents[1] / "_build/hub")
    options = parser.parse_args()
    for port in range(options.port, options.port + 3):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                raise SystemExit(
                    f"make hub: port {port} is in use (the hub takes three); stop what uses it, or "
                    f"choose others: make hub PORT={options.port + 100}"
                )
    folder = options.folder.resolve()
    prepare(folder)
    try:
        listed = people.read(folder / "people.toml")
    except people.PeopleFault as fault:
        raise SystemExit(f"make hub: {fault}") from None
    words = passwords.read(folder)
    print(
        f"""A hub to try out: everybody's files belong to you, and nobody is kept from anybody's.

  Open            http://127.0.0.1:{options.port}   (from this machine only)
  Instructor      {", ".join(listed.instructors)}   password {words["instructors"]}
  Learners        {", ".join(listed.learners)}   password {words["learners"]}
  A table         log in as one of its people, then open http://127.0.0.1:{options.port}/user/TABLE/
                  {"; ".join(f"{table}: {', '.join(of)}" for table, of in listed.tables.items())}
  Everything      is in {folder}; delete it to start afresh

Stop it with Ctrl+C. It says little while all is well.
""",
        flush=True,
    )
    os.chdir(folder)
    program = str(Path(sys.executable).parent / "jupyterhub")
    command = [program, "--config", str(HERE / "jupyterhub_config.py"), "--log-level=WARN"]
    os.environ |= {
        "EEIC_HUB": str(folder),
        "EEIC_HUB_PORT": str(options.port),
        "EEIC_HUB_TRY_OUT": "1",
    }
    os.execv(program, command)


if __name__ == "__main__":
    main()
