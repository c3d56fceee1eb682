"""Learners and tables: they fetch and hand in, and mark nothing."""

c = get_config()  # noqa: F821 - Jupyter puts it here

c.ServerApp.jpserver_extensions.update({"nbgrader.server_extensions.formgrader": False})
