"""Where does the lake lie? A folder, or an address of an object store."""

import os
import shutil
import uuid
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from keepwell.errors import LakeError
from keepwell.lake.durable import replace_file, settle_file, settle_folder
from keepwell.lake.trouble import damage


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

    def near(self, path: str) -> str:
        """A path of this machine at which a data file, which never changes, can be read; it is fetched if need be."""

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

    def fault(self, path: str, size: int) -> str | None:
        """What is wrong with a data file that was written with *size* bytes, as far as that shows from outside."""

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
        """The path itself."""
        return str(self.root / path)

    def near(self, path: str) -> str:
        """The path itself."""
        return str(self.root / path)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, path: str, content: bytes) -> None:
        """Through a new file beside it, renamed."""
        replace_file(self.root / path, content)

    def bring(self, file: Path, path: str) -> None:
        """By a hard link, or a copy where the file system has none."""
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
        """Names of files, sorted."""
        place = self.root / folder
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []

    def folders(self, folder: str) -> list[str]:
        """Names of folders, sorted."""
        return sorted(path.name for path in (self.root / folder).iterdir() if path.is_dir())

    def size(self, path: str) -> int | None:
        """Bytes; None where there is no file."""
        try:
            return (self.root / path).stat().st_size
        except FileNotFoundError:
            return None

    def fault(self, path: str, size: int) -> str | None:
        """By its size and its first and last bytes."""
        return damage(self.root / path, size)

    def remove(self, path: str) -> None:
        """Nothing happens where there is none."""
        (self.root / path).unlink(missing_ok=True)

    def settle(self, paths: Iterable[str]) -> None:
        """Files first, then every folder up to the lake's own."""
        files = [self.root / path for path in paths]
        for file in files:
            settle_file(file)
        folders = {parent for file in files for parent in file.parents if parent.is_relative_to(self.root)}
        for folder in sorted(folders, reverse=True):
            settle_folder(folder)


class Bucket:
    """
    A lake in an object store; one machine writes to it.

    Data files, which never change, are read from copies in the working folder. Credentials come from the environment.
    """

    def __init__(self, location: str, work: Path | None = None) -> None:
        from pyarrow import fs

        self.location = location.rstrip("/")
        state = Path(os.environ.get("XDG_STATE_HOME", "~/.local/state")).expanduser()
        self.work = work or state / "keepwell" / sha256(self.location.encode()).hexdigest()[:16]
        (self.work / "batches").mkdir(parents=True, exist_ok=True)
        try:
            self._store, self._root = fs.FileSystem.from_uri(self.location)
        except (OSError, ValueError) as fault:
            raise LakeError(
                f"{location} cannot hold a lake: {fault}.",
                "An address looks like s3://bucket/folder; credentials come from the environment.",
                "Correct lake = ... in keepwell.toml.",
            ) from None

    def uri(self, path: str) -> str:
        """The address."""
        return f"{self.location}/{path}"

    def near(self, path: str) -> str:
        """A copy in the working folder, fetched once."""
        copy = self.work / "near" / path
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            part = copy.with_name(f".{copy.name}.{uuid.uuid4().hex}.new")
            with self._store.open_input_stream(self._path(path)) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target)
            part.rename(copy)
        return str(copy)

    def read(self, path: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        try:
            with self._store.open_input_stream(self._path(path)) as source:
                return bytes(source.read())
        except FileNotFoundError:
            return None

    def replace(self, path: str, content: bytes) -> None:
        """An object is replaced as a whole, and is safe once the store has answered."""
        self._parent(path)
        with self._store.open_output_stream(self._path(path)) as target:
            target.write(content)

    def bring(self, file: Path, path: str) -> None:
        """By upload."""
        if self.size(path) != file.stat().st_size:
            self._parent(path)
            with file.open("rb") as source, self._store.open_output_stream(self._path(path)) as target:
                shutil.copyfileobj(source, target)

    def names(self, folder: str) -> list[str]:
        """Names of objects, sorted."""
        return [entry.base_name for entry in self._entries(folder) if entry.is_file]

    def folders(self, folder: str) -> list[str]:
        """Names of folders, those only in the working folder included, sorted."""
        here = {path.name for path in (self.work / folder).iterdir() if path.is_dir()}
        return sorted({entry.base_name for entry in self._entries(folder) if not entry.is_file} | here)

    def size(self, path: str) -> int | None:
        """Bytes; None where there is no object."""
        entry = self._store.get_file_info(self._path(path))
        return entry.size if entry.is_file else None

    def fault(self, path: str, size: int) -> str | None:
        """By its size and its first and last bytes, where a copy is near."""
        copy = self.work / "near" / path
        return damage(copy, size) if copy.exists() else None

    def remove(self, path: str) -> None:
        """The object and the copy of it; nothing happens where there is none."""
        (self.work / "near" / path).unlink(missing_ok=True)
        if self.size(path) is not None:
            self._store.delete_file(self._path(path))

    def settle(self, paths: Iterable[str]) -> None:
        """A store answers when an object is safe; nothing is left to do."""

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _parent(self, path: str) -> None:
        self._store.create_dir(self._path(path).rsplit("/", 1)[0], recursive=True)

    def _entries(self, folder: str) -> list[Any]:
        from pyarrow.fs import FileSelector

        entries = self._store.get_file_info(FileSelector(self._path(folder).rstrip("/"), allow_not_found=True))
        return sorted(entries, key=lambda entry: entry.base_name)


def home_of(location: str | Path) -> Home:
    """
    The home of a lake, by its location.

    Raises:
        LakeError: Nothing can be stored there.
    """
    return Bucket(str(location)) if "://" in str(location) else Folder(Path(location))
