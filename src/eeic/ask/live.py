"""Questions in a notebook with a kernel: the same module as the page's, as an anywidget."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from eeic.ask import page, store, versions

UNTRIED: dict[str, Any] = {"answer": None, "status": "not tried", "tries": 0, "hints": 0}


def widget(sheet: Mapping[str, Any]):
    """Make the control of a question, with what was answered before.

    Parameters
    ----------
    sheet : mapping
        What `eeic.ask.sheet.compile_sheet` made of the question.

    Returns
    -------
    anywidget.AnyWidget
        The control. What is answered goes to ``answers.json`` as it changes.
    """
    return _widget_class()(
        sheet=dict(sheet),
        state=_state(sheet, store.read_or_set_aside().get(sheet["id"])),
        kept="file" if store.writable() else "browser",
    )


def _state(sheet: Mapping[str, Any], remembered: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give how a question stands, and which version of it that is about."""
    count = len(versions.every(sheet))
    if count == 1:
        return UNTRIED | dict(remembered or {})
    if remembered:  # kept from before the question had versions: it had the first one's numbers
        version = remembered.get("version", 0)
        if version in range(count):
            return UNTRIED | dict(remembered) | {"version": version}
    return UNTRIED | {"version": versions.choose(sheet["id"], store.seed(), count)}


@functools.cache
def _widget_class() -> type:
    # Imported here: `import eeic.ask` must work where there is no anywidget, as when marking.
    import anywidget
    import traitlets

    class Ask(anywidget.AnyWidget):
        """A question in a notebook."""

        _esm = page.asset("ask.mjs")
        _css = page.asset("ask.css")
        sheet = traitlets.Dict().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)
        #: Where answers are remembered: "file" or, where the folder is not writable, "browser".
        kept = traitlets.Unicode("file").tag(sync=True)
        #: How many changes Python has taken in; the page says "saved" only after that.
        taken = traitlets.Int(0).tag(sync=True)

        @traitlets.observe("state")
        def _remember(self, change: Any) -> None:
            if change.old is traitlets.Undefined or not change.old:
                return  # the state it was made with came from the file
            keep = {name: change.new.get(name) for name in UNTRIED}
            if "version" in change.new:
                keep["version"] = change.new["version"]
            self.kept = "file" if store.write(self.sheet["id"], keep) else "browser"
            self.taken += 1

        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            bundle = super()._repr_mimebundle_(**kwargs)
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            shown = versions.every(self.sheet)[self.state.get("version", 0)]
            extra = {"text/plain": page.plain_text(shown), "text/html": page.fallback_html(shown)}
            return (data or {}) | extra, metadata

    return Ask
