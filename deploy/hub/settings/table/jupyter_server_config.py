"""A table's shared server: its people work in one notebook at the same time."""

c = get_config()  # noqa: F821 - Jupyter puts it here

c.YDocExtension.disable_rtc = False
