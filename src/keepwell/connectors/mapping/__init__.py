"""Any table, put to the language: what its columns mean, guessed, confirmed, remembered, translated."""

from keepwell.connectors.mapping.guess import guess, recognise_any
from keepwell.connectors.mapping.model import Guess, Mapping, fingerprint
from keepwell.connectors.mapping.translate import translate_mapped, understood

__all__ = ["Guess", "Mapping", "fingerprint", "guess", "recognise_any", "translate_mapped", "understood"]
