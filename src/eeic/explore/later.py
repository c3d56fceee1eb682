"""Import a module when it is first used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by tools that look at every module, not by a lesson
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def later(name: str) -> Any:
    """Stand in for a module until something in it is used.

    Parameters
    ----------
    name : str
        Full name of the module.

    Returns
    -------
    module
        Behaves like the module. Only its first use imports it, and only then does a package
        that is not installed matter: a lesson's functions can be imported in the browser's
        Python, which may have neither numpy nor pandas.

    Examples
    --------
    >>> absent = later("no_such_package")
    >>> absent.anything
    Traceback (most recent call last):
    ...
    ModuleNotFoundError: No module named 'no_such_package'
    >>> later("math").sqrt(9)
    3.0
    """
    return _Later(name)
