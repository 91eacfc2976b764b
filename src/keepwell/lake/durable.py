"""Will it still be there after the power fails? Writing so that a finished step stays finished."""

import os
import uuid
from pathlib import Path


def settle_file(path: Path) -> None:
    """Force one file's bytes to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle_folder(folder: Path) -> None:
    """Force a folder's names to the disk: files made, renamed or removed in it."""
    settle_file(folder)


def settle_tree(folder: Path) -> None:
    """Force a folder, everything in it and its own name to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        settle_file(path)
    settle_folder(folder)
    settle_folder(folder.parent)


def replace_file(path: Path, content: bytes) -> None:
    """
    Put *content* in place of a file, whole or not at all, and on the disk before this returns.

    Args:
        path: In a folder that exists.
        content: The new bytes.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        with beside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    settle_folder(path.parent)
