"""Draws have an address, and curves are looked up."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eeic.world
from eeic.world.lookups import choose, logistic, normal
from eeic.world.streams import Module, permuted, uniforms

WORLD = Path(eeic.world.__file__).parent
# Only these may do mathematics on scalars or for the makers of a version.
# ratios.py turns single studies into odds ratios, a thousand scalars a world, each rounded to two
# decimals (six on the log scale) when it is made; no array of people ever comes there.
SCALAR_MATHS = {"lookups.py": {"exp"}, "ratios.py": {"exp", "log"}}
FORBIDDEN = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "power", "sqrt"),
    *("cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "erf", "expit", "logit"),
    *("default_rng", "RandomState", "Generator", "normal", "binomial", "gamma", "shuffle"),
    *("standard_normal", "integers", "choice", "permutation", "poisson", "multinomial"),
}


def misuse(source):
    """Name what a module calls that is not the same on every processor and in every release."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN:
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module in {"math", "scipy.special"}:
            found |= {alias.name for alias in node.names} & FORBIDDEN
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            sides = (node.left, node.right)
            constant = [isinstance(getattr(s, "operand", s), ast.Constant) for s in sides]
            if not all(constant):
                found.add("**")
    return found


@pytest.mark.parametrize("path", sorted(WORLD.rglob("*.py")), ids=lambda path: path.name)
def test_people_level_code_uses_no_library_curve_or_distribution(path):
    allowed = SCALAR_MATHS.get(path.name, set())
    assert misuse(path.read_text("utf-8")) <= allowed


@pytest.mark.parametrize(
    "source", ["np.exp(x)", "x ** 2", "rng.standard_normal(3)", "from math import log"]
)
def test_the_check_finds_misuse(source):
    assert misuse(source)


@given(
    seed=st.integers(0, 2**64),
    area=st.integers(0, 700),
    rows=st.integers(1, 5),
    more=st.integers(0, 5),
    slots=st.integers(1, 40),
)
@settings(max_examples=50)
def test_appending_a_variable_moves_no_other(seed, area, rows, more, slots):
    block = uniforms(seed, Module.NEED, area, rows, slots)
    longer = uniforms(seed, Module.NEED, area, rows + more, slots)
    assert (block == longer[:rows]).all()
    assert ((block >= 0) & (block < 1)).all()


def test_every_address_has_its_own_stream():
    addresses = [(s, m, a, y) for s in (1, 2) for m in Module for a in (1, 2) for y in (0, 1)]
    first = {uniforms(s, m, a, 1, 1, year=y)[0, 0] for s, m, a, y in addresses}
    assert len(first) == len(addresses)


def test_uniforms_are_uniform():
    u = np.sort(uniforms(7, Module.PEOPLE, 1, 10, 10_000).ravel())
    distance = np.abs(u - (np.arange(u.size) + 0.5) / u.size).max()
    # Kolmogorov's bound at a chance of one in a million.
    assert distance < 2.7 / np.sqrt(u.size)


@given(seed=st.integers(0, 2**64), start=st.integers(0, 9_990_000))
@settings(max_examples=30)
def test_ids_are_a_permutation_without_order(seed, start):
    numbers = np.arange(start, start + 5000)
    out = permuted(numbers, seed)
    assert np.unique(out).size == out.size
    assert out.min() >= 0 and out.max() < 10_000_000
    rank = np.corrcoef(numbers, out.argsort().argsort())[0, 1]
    assert abs(rank) < 6 / np.sqrt(out.size)
    # One alone is sent where it is sent among all.
    assert permuted(numbers[17:18], seed)[0] == out[17]


def test_the_whole_range_of_ids_is_a_permutation():
    # A slice near both ends: those are the ones that are sent round again.
    ends = np.r_[np.arange(100_000), np.arange(9_900_000, 10_000_000)]
    assert np.unique(permuted(ends, 3)).size == ends.size


def test_lookup_curves_are_right():
    x = np.linspace(-7.9, 7.9, 1001)
    assert np.abs(logistic(x) - 1 / (1 + np.exp(-x))).max() < 0.0006
    assert logistic(np.array([-50.0, 50.0])).round(3).tolist() == [0, 1]
    z = normal((np.arange(100_000) + 0.5) / 100_000)
    assert abs(z.mean()) < 1e-3 and abs(z.std() - 1) < 2e-3


@given(
    shares=st.lists(st.floats(0, 1), min_size=2, max_size=19).filter(lambda s: sum(s) > 0.01),
    u=st.floats(0, 1, exclude_max=True),
)
def test_choose_never_takes_an_empty_category_before_the_last(shares, u):
    picked = int(choose(np.array(shares), np.array([u]))[0])
    assert 0 <= picked < len(shares)
    assert shares[picked] > 0 or picked == len(shares) - 1
