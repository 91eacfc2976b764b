"""What can go wrong, told to a person: what came, what was wanted, what to do next."""


class KeepwellError(Exception):
    """
    Anything Keepwell refuses, in three parts a person can act on.

    Every message is a full sentence; the command line prints it without a traceback.

    Args:
        came: What was found.
        wanted: What would have been right.
        todo: The next thing to do.
    """

    def __init__(self, came: str, wanted: str = "", todo: str = "") -> None:
        self.came, self.wanted, self.todo = came, wanted, todo
        super().__init__(" ".join(part for part in (came, wanted, todo) if part))


class ConfigError(KeepwellError):
    """A company's settings do not say what they must."""


class SourceError(KeepwellError):
    """A file or database cannot be read, or is not what it claims to be."""


class UnrecognisedError(SourceError):
    """No connector knows this export and its columns could not be guessed."""


class ExpressionError(KeepwellError):
    """A segment expression is wrong; *at* is the character where it went wrong (0 = first)."""

    def __init__(self, came: str, wanted: str = "", todo: str = "", *, at: int = 0) -> None:
        super().__init__(came, wanted, todo)
        self.at = at


class LakeError(KeepwellError):
    """The lake cannot do this: disk full, a corrupt file, an unknown batch or version."""


class LakeBusyError(LakeError):
    """Another import holds the lake."""


class MetricError(KeepwellError):
    """An unknown metric, or a question it cannot answer."""


class MissingExtraError(KeepwellError):
    """An optional package is not installed; the message names the install line."""


class ModelError(KeepwellError):
    """A model that cannot be fitted to these data, or cannot answer."""


class ProofError(KeepwellError):
    """An experiment, plan or goal that cannot prove what it is asked to."""
