"""Does any table become numbers, with the unknown kept unknown?"""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from keepwell.errors import ModelError
from keepwell.understand.encoding import columns, encoding, owners, readable

TABLE = pd.DataFrame(
    {
        "plan": ["basic"] * 50 + ["plus"] * 30 + ["odd"] * 5 + [None] * 15,
        "paid": [Decimal(5)] * 99 + [None],
        "bill": ["1.5"] * 90 + [" "] * 10,
        "member": [True, False] * 50,
        "key": [f"c{n}" for n in range(100)],
        "same": ["x"] * 100,
        "nothing": [None] * 100,
    }
)


def test_what_can_be_learned_from():
    """Frequent plans, money, numbers written as text, truth; not keys, not what is the same or unknown for everybody."""
    assert encoding(TABLE, TABLE.columns) == {"plan": ["basic", "plus"], "paid": None, "bill": None, "member": None}


def test_rows_as_numbers():
    """An odd plan is neither of the frequent ones; blank and nothing are unknown."""
    known = encoding(TABLE, TABLE.columns)
    told = columns(TABLE, known)
    assert told[[0, 60, 82]].tolist() == [[1, 0, 5, 1.5, 1], [0, 1, 5, 1.5, 1], [0, 0, 5, 1.5, 1]]
    assert [math.isnan(value) for value in told[99]] == [False, False, True, True, False]
    assert owners(known) == ["plan", "plan", "paid", "bill", "member"]


def test_another_table_by_the_same_encoding():
    """A plan nobody had before is none of those known; a number that comes as text is read."""
    fresh = pd.DataFrame({"plan": ["new"], "paid": ["7"], "bill": [2.0], "member": [False]})
    assert columns(fresh, encoding(TABLE, TABLE.columns)).tolist() == [[0, 0, 7, 2, 0]]


def test_a_column_that_is_gone_is_named():
    """Learned with a plan, asked without one."""
    with pytest.raises(ModelError, match="lacks plan, which was learned from"):
        columns(TABLE.drop(columns="plan"), encoding(TABLE, TABLE.columns))


def test_truth_with_gaps():
    """True, False and nothing are 1, 0 and unknown, in every kind of column."""
    for kind in ("object", "boolean"):
        told = readable(pd.Series([True, False, None], dtype=kind)).tolist()
        assert told[:2] == [1, 0]
        assert np.isnan(told[2])
