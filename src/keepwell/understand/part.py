"""Of whom does one set of parameters hold, and how sure is what they tell?"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keepwell.understand.cells import Cells
from keepwell.understand.process import Ahead, Process

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_STEP = 1e-4


@dataclass(frozen=True)
class Part:
    """
    Cells of whom one set of parameters holds.

    Args:
        rows: Which of the cells asked about.
        seen: They.
        process: How they buy and leave.
        values: Its parameters.
        covariance: Of their logarithms.
    """

    rows: Whole
    seen: Cells
    process: Process
    values: Floats
    covariance: Floats

    @cached_property
    def alive(self) -> Floats:
        """How likely they are still there."""
        return self.process.alive(self.values, self.seen)

    @cached_property
    def ahead(self) -> tuple[Ahead, Whole]:
        """What lies ahead of those who are, and whose case is which."""
        return self.process.ahead(self.values, self.seen)

    def error(self, time: float) -> Floats:
        """The standard error of what is expected: by the delta method, differences taken in the logarithms of parameters."""
        slopes = []
        for step in np.eye(len(self.values)) * _STEP:
            more, less = (self._expected(self.values * np.exp(sign * step), time) for sign in (1, -1))
            slopes.append((more - less) / (2 * _STEP))
        slope = np.array(slopes)
        return np.sqrt(np.maximum(np.einsum("ic,ij,jc->c", slope, self.covariance, slope), 0.0))

    def _expected(self, parameters: Floats, time: float) -> Floats:
        ahead, case = self.process.ahead(parameters, self.seen)
        return self.process.alive(parameters, self.seen) * ahead.expected(time)[case]
