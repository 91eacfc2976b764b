"""Inferences: who is leaving, what is each worth, and why. Importing the room registers every model."""

from keepwell.understand import baselines as baselines
from keepwell.understand import churn as churn
from keepwell.understand import covariates as covariates
from keepwell.understand import donors as donors
from keepwell.understand import dropout as dropout
from keepwell.understand import pareto as pareto
from keepwell.understand import pooling as pooling
from keepwell.understand import regular as regular
from keepwell.understand import renewals as renewals
from keepwell.understand import spend as spend
from keepwell.understand.model import MODELS, Model, Needs, find

__all__ = ["MODELS", "Model", "Needs", "find"]
