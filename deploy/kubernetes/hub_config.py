"""What a hub on Kubernetes has besides the chart's values: its people, and each one's settings.

Given to the chart with --set-file hub.extraConfig.eeic=deploy/kubernetes/hub_config.py.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - JupyterHub puts it here

here = Path(os.environ.get("EEIC_HUB", "/usr/local/etc/jupyterhub/eeic"))
sys.path.insert(0, str(here))

import people  # noqa: E402 - values.yaml puts it there

listed = people.read(here / "people.toml")

c.Authenticator.admin_users = set(listed.instructors)
c.Authenticator.allowed_users = set(listed.accounts)
c.JupyterHub.load_groups = listed.groups
c.JupyterHub.load_roles.extend(listed.roles)


def settle(spawner):
    """Give a server the settings of its account; they are in the image."""
    folders = [
        f"/opt/eeic/deploy/hub/settings/{name}" for name in listed.settings(spawner.user.name)
    ]
    spawner.environment["JUPYTER_CONFIG_PATH"] = ":".join(folders)


c.Spawner.pre_spawn_hook = settle
