"""Are GrowthBook's ways followed where they are good, and refused with a reason where they are not?"""

import numpy as np
import pytest

from keepwell.errors import KeepwellError
from keepwell.prove.growthbook import chosen, hashed, in_namespace


def test_the_first_hash_is_refused_with_the_reason() -> None:
    """Whoever asks for it learns why not, and what to do."""
    with pytest.raises(KeepwellError, match=r"64\.6 %.*hashVersion to 2"):
        hashed("seed", "a", 1)
    with pytest.raises(KeepwellError, match="64"):
        in_namespace("1", "namespace1", 0, 0.4, 1)


@pytest.mark.parametrize("version", [0, 3, 99])
def test_there_is_no_other_hash(version: int) -> None:
    """A version nobody knows is no draw at all."""
    with pytest.raises(KeepwellError, match="no hash"):
        hashed("abc", "def", version)


def test_namespaces_by_the_second_hash_never_overlap() -> None:
    """Everybody lies in one of the stretches that fill a namespace."""
    stretches = [(0, 0.25), (0.25, 0.7), (0.7, 1)]
    for n in range(2_000):
        assert sum(in_namespace(f"c{n}", "pricing", *stretch) for stretch in stretches) == 1


def test_letters_beyond_the_first_plane_count_as_on_a_page() -> None:
    """FNV-1a over the two UTF-16 halves of an emoji, worked through by hand."""
    number = 0x811C9DC5
    for half in (0xD83D, 0xDE00):
        number = ((number ^ half) * 0x01000193) % 2**32
    assert hashed("", "\U0001f600", 1, dependent=True) == number % 1_000 / 1_000


def test_a_number_in_no_stretch_has_no_variation() -> None:
    """Coverage leaves gaps."""
    assert (chosen(0.3, [(0, 0.25), (0.5, 0.75)]), chosen(0.5, [(0, 0.25), (0.5, 0.75)])) == (None, 1)


@pytest.mark.slow
def test_the_second_hash_draws_independently_and_the_first_does_not() -> None:
    """Twenty experiments on 20,000 people: pairs that depend on each other at p < .05."""
    people = [f"user-{n}" for n in range(20_000)]
    shares = {}
    for version in (1, 2):
        halves = np.array(
            [[hashed(f"exp-{e}", who, version, dependent=True) < 0.5 for who in people] for e in range(20)], float
        )
        correlation = np.corrcoef(halves)[np.triu_indices(20, 1)]
        shares[version] = float((len(people) * correlation**2 > 3.8415).mean())
    assert shares[1] > 0.3
    assert 0.0 <= shares[2] < 0.11
