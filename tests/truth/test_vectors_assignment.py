"""Are GrowthBook's published vectors met? From the cases its SDKs share (specVersion 0.5.4)."""

import pytest

from keepwell.prove.growthbook import bucket_ranges, chosen, hashed, in_namespace

HASHES = [
    ("", "a", 1, 0.22), ("", "b", 1, 0.077), ("b", "a", 1, 0.946), ("ef", "d", 1, 0.652),
    ("asdf", "8952klfjas09ujk", 1, 0.549), ("", "123", 1, 0.011), ("", '___)((*":&', 1, 0.563),
    ("seed", "a", 2, 0.0505), ("seed", "b", 2, 0.2696), ("foo", "ab", 2, 0.2575), ("foo", "def", 2, 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 2, 0.124), ("90850943850283058242805", "123", 2, 0.7516),
    ("()**(%$##$%#$#", '___)((*":&', 2, 0.0128),
]  # fmt: skip
QUARTERS = [(0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)]
RANGES = [
    ("normal 50/50", 2, 1, None, [(0, 0.5), (0.5, 1)]),
    ("reduced coverage", 2, 0.5, None, [(0, 0.25), (0.5, 0.75)]),
    ("zero coverage", 2, 0, None, [(0, 0), (0.5, 0.5)]),
    ("4 variations", 4, 1, None, QUARTERS),
    ("uneven weights", 2, 1, [0.4, 0.6], [(0, 0.4), (0.4, 1)]),
    ("uneven weights, 3 variations", 3, 1, [0.2, 0.3, 0.5], [(0, 0.2), (0.2, 0.5), (0.5, 1)]),
    ("uneven, reduced coverage", 3, 0.2, [0.2, 0.3, 0.5], [(0, 0.04), (0.2, 0.26), (0.5, 0.6)]),
    ("negative coverage", 2, -0.2, None, [(0, 0), (0.5, 0.5)]),
    ("coverage above 1", 2, 1.5, None, [(0, 0.5), (0.5, 1)]),
    ("weights sum below 1", 2, 1, [0.4, 0.1], [(0, 0.5), (0.5, 1)]),
    ("weights sum above 1", 2, 1, [0.7, 0.6], [(0, 0.5), (0.5, 1)]),
    ("another number of weights", 4, 1, [0.4, 0.4, 0.2], QUARTERS),
    ("weights sum almost 1", 2, 1, [0.4, 0.5999], [(0, 0.4), (0.4, 0.9999)]),
]
HALVES, GAPS = [(0, 0.5), (0.5, 1)], [(0, 0.25), (0.5, 0.75)]
CHOICES = [
    (0.2, HALVES, 0), (0.4, HALVES, 0), (0.6, HALVES, 1), (0.8, HALVES, 1), (0, HALVES, 0), (0.5, HALVES, 1),
    (0.8, GAPS, None), (0.25, GAPS, None), (0.5, GAPS, 1), (0.5, [(0, 0.5), (0.5, 0.5), (0.5, 1)], 2),
]  # fmt: skip
IN_FIRST = {("1", "namespace1"): False, ("1", "namespace2"): False, ("2", "namespace1"): False, ("2", "namespace2"): False,
            ("3", "namespace1"): False, ("3", "namespace2"): True, ("4", "namespace1"): False, ("4", "namespace2"): True}  # fmt: skip
"""Whether a user lies in [0, .4) of a namespace; in [.4, 1) otherwise: sixteen cases, drawn with the first hash."""


@pytest.mark.parametrize(("seed", "value", "version", "expected"), HASHES)
def test_hashes_are_growthbooks(seed: str, value: str, version: int, expected: float) -> None:
    """Both hashes, to the digit; the first only because it is asked for."""
    assert hashed(seed, value, version, dependent=True) == expected


@pytest.mark.parametrize(("name", "variations", "coverage", "weights", "expected"), RANGES, ids=[r[0] for r in RANGES])
def test_bucket_ranges_are_growthbooks(
    name: str, variations: int, coverage: float, weights: list[float] | None, expected: list[tuple[float, float]]
) -> None:
    """Thirteen cases, wrong weights and coverage among them."""
    told = bucket_ranges(variations, coverage, weights)
    assert [tuple(map(pytest.approx, pair)) for pair in expected] == told, name


@pytest.mark.parametrize(("number", "ranges", "expected"), CHOICES)
def test_choices_are_growthbooks(number: float, ranges: list[tuple[float, float]], expected: int | None) -> None:
    """A stretch holds its start and not its end; None is GrowthBook's -1."""
    assert chosen(number, ranges) == expected


@pytest.mark.parametrize(("value", "namespace"), IN_FIRST)
def test_namespaces_are_growthbooks(value: str, namespace: str) -> None:
    """Its own, drawn with the first hash."""
    first = in_namespace(value, namespace, 0, 0.4, 1, dependent=True)
    rest = in_namespace(value, namespace, 0.4, 1, 1, dependent=True)
    assert (first, rest) == (IN_FIRST[value, namespace], not IN_FIRST[value, namespace])
