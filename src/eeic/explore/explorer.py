"""What an explorer is: a pure function, the settings it takes, and every frame it can show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from eeic.datasets import remembered

if TYPE_CHECKING:
    from eeic.charts import Chart

Settings = Mapping[str, Any]

#: Up to this many choices are all in view as radio buttons; more become a list.
RADIOS = 5


class BadSetting(ValueError):
    """A control lacks the value it was given, or an explorer is put together wrongly."""


@dataclass(frozen=True)
class Control:
    """One thing a reader can change.

    Parameters
    ----------
    name : str
        The argument of the explorer's function.
    label : str
        The full label, always visible.
    options : tuple of (value, str)
        Each value with its words. A slider's values are whole numbers, equally far apart.
    default : object
        One of the values.
    kind : {"choice", "slider"}
        A slider also takes a typed number.
    unit : str
        Written after a slider's number.

    Raises
    ------
    BadSetting
        If the default is not an option, or a slider's values are not evenly spaced numbers.

    Examples
    --------
    >>> Control("base", "Base", (("a", "All"), ("b", "Some")), default="c")
    Traceback (most recent call last):
    ...
    eeic.explore.explorer.BadSetting: Control 'base' does not offer 'c'; it offers 'a' and 'b'.
    """

    name: str
    label: str
    options: tuple[tuple[Any, str], ...]
    default: Any
    kind: str = "choice"
    unit: str = ""

    def __post_init__(self) -> None:
        self.check(self.default)
        if self.kind not in ("choice", "slider"):
            raise BadSetting(f"Control {self.name!r} is a {self.kind!r}: make it choice or slider.")
        if self.kind == "slider":
            values = self.values
            even = all(isinstance(v, int) for v in values) and values == tuple(
                range(values[0], values[-1] + 1, self.step)
            )
            if not even:
                raise BadSetting(
                    f"Slider {self.name!r} needs whole numbers, rising by equal steps; "
                    f"it has {values}."
                )

    @property
    def values(self) -> tuple[Any, ...]:
        """What can be chosen."""
        return tuple(value for value, _ in self.options)

    @property
    def step(self) -> int:
        """How far apart a slider's values are."""
        return max(1, self.values[1] - self.values[0]) if len(self.values) > 1 else 1

    def words(self, value: Any) -> str:
        """Say a value in words.

        Parameters
        ----------
        value : object
            One of the values.

        Returns
        -------
        str
            What the reader sees beside the control.
        """
        self.check(value)
        return dict(self.options)[value]

    def check(self, value: Any) -> None:
        """Refuse a value that the control does not offer.

        Parameters
        ----------
        value : object
            The value.

        Raises
        ------
        BadSetting
            If it is not an option. The message lists the options.
        """
        if value not in self.values:
            offered = [repr(v) for v in self.values]
            raise BadSetting(
                f"Control {self.name!r} does not offer {value!r}; "
                f"it offers {', '.join(offered[:-1])} and {offered[-1]}."
            )


@dataclass(frozen=True, eq=False)
class Explorer:
    """A pure function with its controls.

    Parameters
    ----------
    name : str
        Short name, in lower case with hyphens.
    title : str
        Its heading.
    lead : str
        One or two sentences: what to try.
    controls : tuple of Control
        In the order in which they are shown.
    compute : callable
        Takes one keyword argument for each control and returns a Chart. The chart's finding is
        the sentence that changes with every move.
    page, widget : callable, optional
        For an explorer whose settings cannot be counted, such as free text: each takes the
        explorer and returns its whole HTML for a page, or its widget for a notebook. Its frames
        are then worked examples, the first of which a page shows on paper and without a script.
    """

    name: str
    title: str
    lead: str
    controls: tuple[Control, ...]
    compute: Callable[..., Chart]
    page: Callable[[Explorer], str] | None = None
    widget: Callable[[Explorer], Any] | None = None

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings it opens with."""
        return {control.name: control.default for control in self.controls}

    def frame(self, **settings: Any) -> Chart:
        """Compute one frame, or take it from those already computed.

        Parameters
        ----------
        **settings
            A value for each control; those left out keep their default.

        Returns
        -------
        Chart
            The frame.

        Raises
        ------
        BadSetting
            If a control or a value does not exist.
        """
        complete = self.defaults | settings
        unknown = set(complete) - set(self.defaults)
        if unknown:
            raise BadSetting(
                f"Explorer {self.name!r} has no control {min(unknown)!r}; "
                f"it has {', '.join(map(repr, self.defaults))}."
            )
        for control in self.controls:
            control.check(complete[control.name])
        return _computed(self, tuple(complete.items()))

    def frames(self) -> Iterator[tuple[dict[str, Any], Chart]]:
        """Go through every combination of settings.

        Yields
        ------
        tuple of (dict, Chart)
            The settings and their frame.
        """
        for values in product(*(control.values for control in self.controls)):
            settings = {c.name: v for c, v in zip(self.controls, values, strict=True)}
            yield settings, self.frame(**settings)

    def key(self, settings: Settings) -> str:
        """Name a combination of settings, as the static page does.

        Parameters
        ----------
        settings : mapping
            A value for each control.

        Returns
        -------
        str
            The values in the order of the controls, joined by bars.
        """
        return "|".join(str(settings[control.name]) for control in self.controls)

    def in_words(self, settings: Settings) -> str:
        """Say the settings in words, for print and for a page without scripts.

        Parameters
        ----------
        settings : mapping
            A value for each control.

        Returns
        -------
        str
            One sentence fragment for each control.
        """
        return "; ".join(
            f"{control.label}: {control.words(settings[control.name])}" for control in self.controls
        )


@remembered
def _computed(one: Explorer, settings: tuple[tuple[str, Any], ...]) -> Chart:
    return one.compute(**dict(settings))
