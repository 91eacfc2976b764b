"""How does a file arrive? Written to the disk as it comes, never larger than allowed, under a name that can do no harm."""

import os
import re
import unicodedata
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from keepwell.errors import SourceError
from keepwell.web import place
from keepwell.web.base.models import new_id
from keepwell.web.imports.models import uploads

LONGEST = 100
"""Letters of a name."""


class Arriving(FileUploadHandler):
    """Writes what is uploaded straight into the folder of uploads, at most as much as is allowed in one go."""

    too_large = False

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self.path = uploads() / f"arriving-{new_id()}"
        self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> None:
        """A piece of it."""
        self.taken += len(raw_data)
        if self.taken > place.upload_limit():
            self.too_large = True
            self._drop()
            raise StopUpload(connection_reset=True)
        os.write(self.handle, raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """It is whole."""
        os.close(self.handle)
        self.handle = -1
        return Arrived(self.path, str(self.file_name), file_size)

    def upload_interrupted(self) -> None:
        """It will not be whole any more."""
        self._drop()

    def _drop(self) -> None:
        if getattr(self, "handle", -1) >= 0:
            os.close(self.handle)
            self.handle = -1
        if hasattr(self, "path"):
            self.path.unlink(missing_ok=True)


class Arrived(UploadedFile):
    """A whole file on the disk; closing it takes it away unless it was kept."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        self.path = path
        super().__init__(None, harmless(name), None, size)

    def keep(self, into: Path) -> None:
        """Put it where it waits."""
        self.path.rename(into)

    def close(self) -> None:
        """The request is over."""
        self.path.unlink(missing_ok=True)


def harmless(name: str) -> str:
    """
    A file's name without folders, control characters and what hides its true order; short, and never empty.

    Args:
        name: As a stranger gave it.
    """
    bare = unicodedata.normalize("NFC", re.split(r"[/\\]", name[-1000:])[-1])
    bare = "".join(letter for letter in bare if unicodedata.category(letter)[0] != "C").strip().lstrip(".~-")
    stem, dot, ending = bare.rpartition(".")
    short = f"{(stem or ending)[: LONGEST - 12]}{dot if stem else ''}{ending[:10] if stem else ''}"
    while len(short.encode()) > 200:
        short = short[1:]
    return short or "file"


def apart(name: str, taken: set[str]) -> str:
    """A name that none of those that are taken has, whatever the case."""
    stem, dot, ending = name.rpartition(".")
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}"
    taken.add(found.casefold())
    return found


def refuse_empty(name: str, size: int | None) -> None:
    """
    A file of nothing is told at once.

    Raises:
        SourceError: It has no bytes.
    """
    if not size:
        raise SourceError(
            _("%(name)s is empty: it has 0 bytes.") % {"name": name},
            _("A table has at least a line of headings and one of values."),
            _("Export it again, and bring it again."),
        )


_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_OTHERS = {b"%PDF": gettext_lazy("a PDF"), b"\x7fELF": gettext_lazy("a program"), b"MZ": gettext_lazy("a program")}
_TEXTS = frozenset({"md", "rst", "html", "htm", "docx", "doc", "pptx", "rtf", "odt", "svg", "eml", "msg", "pdf"})
_HEAD = 16
"""Bytes that tell what kind a file is of."""


def refuse_strange(name: str, path: Path) -> None:
    """
    A picture, a text to be read or a program holds no table, and is told at the door.

    Args:
        name: As it was called.
        path: Where it waits.

    Raises:
        SourceError: It holds no table.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    stem, dot, ending = name.lower().rpartition(".")
    stem = stem if dot else ending
    what = next((str(words) for mark, words in _OTHERS.items() if head.startswith(mark)), "")
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        what = gettext("a picture")
    elif not what and (ending in _TEXTS or stem.startswith(("readme", "license", "licence"))):
        what = gettext("a text for people to read")
    if what:
        raise SourceError(
            gettext("%(name)s is %(what)s; no table is in it.") % {"name": name, "what": what},
            gettext("Files with rows are wanted: CSV, Excel, JSON or Parquet, also packed."),
            gettext("Leave it out, and bring the others again."),
        )
