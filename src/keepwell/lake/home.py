"""Where does the lake lie? A folder, or an address of an object store."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from keepwell.errors import LakeError
from keepwell.lake.durable import replace_file, settle_file, settle_folder


class Home(Protocol):
    """
    The files of a lake, by path relative to it.

    Args:
        location: The lake, as a person would name it.
        work: A local folder for the lock, for what is being imported and for spilling.
    """

    location: str
    work: Path

    def uri(self, path: str) -> str:
        """The address of a file or folder for engines and for the table format."""

    def read(self, path: str) -> bytes | None:
        """A small file's bytes; None where there is none."""

    def replace(self, path: str, content: bytes) -> None:
        """Write a small file, whole or not at all, durably."""

    def bring(self, file: Path, path: str) -> None:
        """Let a finished local file appear in the lake; one already there is the same one."""

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder; none where there is no folder."""

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted."""

    def size(self, path: str) -> int | None:
        """Bytes of a file; None where there is none."""

    def remove(self, path: str) -> None:
        """Take a file away; nothing happens where there is none."""

    def settle(self, paths: Iterable[str]) -> None:
        """Return only when these files and the folders they stand in are on the disk."""


class Folder:
    """A lake in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = self.work = root.expanduser().absolute()
        self.location = str(self.root)
        try:
            for part in ("tables", "batches", "snapshots"):
                (self.root / part).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise LakeError(
                f"{self.root} cannot hold a lake: {fault.strerror}.",
                "A lake is a folder that can be written, or an object-store address.",
                "Choose another place in keepwell.toml (lake = ...).",
            ) from None

    def uri(self, path: str) -> str:
        return str(self.root / path)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, path: str, content: bytes) -> None:
        replace_file(self.root / path, content)

    def bring(self, file: Path, path: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, target)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            beside = target.with_suffix(".copying")
            shutil.copyfile(file, beside)
            beside.rename(target)

    def names(self, folder: str) -> list[str]:
        place = self.root / folder
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []

    def folders(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.root / folder).iterdir() if path.is_dir())

    def size(self, path: str) -> int | None:
        try:
            return (self.root / path).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def settle(self, paths: Iterable[str]) -> None:
        files = [self.root / path for path in paths]
        for file in files:
            settle_file(file)
        folders = {parent for file in files for parent in file.parents if parent.is_relative_to(self.root)}
        for folder in sorted(folders, reverse=True):
            settle_folder(folder)
