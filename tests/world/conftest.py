import pytest

from eeic.world import build


@pytest.fixture(scope="session")
def world():
    """The practice world as the course ships it."""
    return build()


@pytest.fixture(scope="session")
def placebo():
    """The same people where no mechanism makes a gap."""
    return build(world="placebo")
