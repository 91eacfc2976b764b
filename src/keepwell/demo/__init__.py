"""An invented company with known truth: what make demo shows, what tests measure, what benchmarks scale on."""

from keepwell.demo.truth import Truth
from keepwell.demo.writing import generate

__all__ = ["Truth", "generate"]
