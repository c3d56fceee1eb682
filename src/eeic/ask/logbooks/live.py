"""The logbook in a notebook with a kernel: the same module as the page's, as an anywidget."""

from __future__ import annotations

import functools
from typing import Any

from eeic.ask import page as questions
from eeic.ask.logbooks import content, page, store


def widget(number: str | None = None):
    """Make the control of one box, or of all, with what was written before.

    Parameters
    ----------
    number : str, optional
        A lesson's number. Without it, all boxes.

    Returns
    -------
    anywidget.AnyWidget
        The control. What is written goes to ``logbook.json`` as it changes.
    """
    sheet = page.with_parts(content.sheet(number))
    written = store.read_or_set_aside()
    made = _widget_class()(
        number=number or "",
        sheet=sheet,
        written=written if number is None else {number: written.get(number, {})},
        kept="file" if store.writable() else "browser",
    )
    made.made = True
    return made


@functools.cache
def _widget_class() -> type:
    # Imported here: `import eeic.ask` must work where there is no anywidget, as when marking.
    import anywidget
    import traitlets

    class Logbook(anywidget.AnyWidget):
        """One box of the logbook, or all, in a notebook."""

        _esm = questions.asset("logbook.mjs")
        _css = questions.asset("ask.css") + questions.asset("logbook.css")
        number = traitlets.Unicode()
        sheet = traitlets.Dict().tag(sync=True)
        #: Box id to prompt id to text. The page sends what it shows; only what differs from
        #: before is written, because another notebook may have written the rest meanwhile.
        written = traitlets.Dict().tag(sync=True)
        #: Where it is kept: "file" or, where the folder is not writable, "browser".
        kept = traitlets.Unicode("file").tag(sync=True)
        #: How many changes Python has taken in; the page says "saved" only after that.
        taken = traitlets.Int(0).tag(sync=True)
        #: Whether what it started with is in place: that came from the file.
        made = False

        @traitlets.observe("written")
        def _remember(self, change: Any) -> None:
            if not self.made:
                return
            changes = {
                box: differing
                for box in {*change.old, *change.new}
                if (differing := _differing(change.old.get(box, {}), change.new.get(box, {})))
            }
            if changes:
                self.kept = "file" if store.write(changes) else "browser"
            self.taken += 1

        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            bundle = super()._repr_mimebundle_(**kwargs)
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            style = f"<style>{page.static_css()}</style>"
            extra = {
                "text/plain": page.plain_text(self.number or None),
                "text/html": style + page.fallback_html(self.number or None),
            }
            return (data or {}) | extra, metadata

    return Logbook


def _differing(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    names = [*new, *(name for name in old if name not in new)]
    return {name: new.get(name, "") for name in names if new.get(name, "") != old.get(name, "")}
