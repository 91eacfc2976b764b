"""Inferences: who is leaving, what is each worth, and why. Importing the room registers every model."""

from keepwell.understand.model import MODELS, Model, Needs, find

__all__ = ["MODELS", "Model", "Needs", "find"]
