"""What is in a packed file? Its files, unpacked into one folder, whatever their names say and never more than is allowed."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO, cast

from django.utils.translation import gettext as _

from keepwell.errors import SourceError
from keepwell.web.imports.receiving import apart, harmless

MEMBERS = 200
"""Files a packed file may hold."""

_BLOCK = 1 << 20


def unpacked(path: Path, limit: int, taken: set[str]) -> list[Path]:
    """
    A packed file's files beside it, itself gone; a file that is not packed, or is a workbook, stays as it is.

    Args:
        path: The file.
        limit: Bytes all that is unpacked may have.
        taken: Names that are taken in its folder, in lower case; those of the new files are added.

    Raises:
        SourceError: It is damaged, holds nothing or too much, or is locked with a password.
    """
    with path.open("rb") as file:
        head = file.read(4)
    try:
        if head.startswith(b"\x1f\x8b"):
            found = _gunzipped(path, limit, taken)
        elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            found = _unzipped(path, limit, taken)
        else:
            return [path]
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError, RuntimeError, NotImplementedError) as fault:
        if isinstance(fault, OSError) and fault.errno == 28:
            raise SourceError(_("The disk is full."), "", _("Make room and bring it again.")) from None
        raise SourceError(
            _("%(name)s is damaged, cut off, or locked with a password.") % {"name": path.name},
            "",
            _("Fetch or export it again, without a password."),
        ) from None
    if path not in found:
        path.unlink()
    return found


def _gunzipped(path: Path, limit: int, taken: set[str]) -> list[Path]:
    into = path.with_name(apart(harmless(path.name.removesuffix(".gz") or "file"), taken))
    with gzip.open(path) as inner:
        _written(cast("IO[bytes]", inner), into, path.name, limit)
    return [into]


def _unzipped(path: Path, limit: int, taken: set[str]) -> list[Path]:
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if not each.is_dir() and not _beside(each.filename)]
        if any(each.filename in ("[Content_Types].xml", "mimetype") for each in members):
            return [path]  # a workbook: reading says so
        if not members:
            raise SourceError(_("%(name)s holds no files.") % {"name": path.name}, "", _("Pack the exports into it, or bring them as they are."))  # fmt: skip
        if len(members) > MEMBERS:
            raise SourceError(
                _("%(name)s holds %(n)s files.") % {"name": path.name, "n": len(members)},
                _("At most %(n)s are unpacked at once.") % {"n": MEMBERS},
                _("Bring those that matter."),
            )
        found: list[Path] = []
        left = limit
        for each in members:
            into = path.with_name(apart(harmless(each.filename), taken))
            with archive.open(each) as inner:
                left -= _written(inner, into, path.name, left)
            found.append(into)
    return found


def _beside(name: str) -> bool:
    """What packers put beside the files."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db")


def _written(inner: IO[bytes], into: Path, name: str, left: int) -> int:
    """Bytes written; what a packed file says of its own size is not believed."""
    size = 0
    into.touch(0o600)
    with into.open("wb") as file:
        while block := inner.read(_BLOCK):
            size += len(block)
            if size > left:
                into.unlink()
                raise too_large(name)
            file.write(block)
    return size


def too_large(name: str) -> SourceError:
    """What is said of a file that unpacks to more than is allowed."""
    return SourceError(
        _("%(name)s unpacks to more than this desk takes at once.") % {"name": name},
        _("Packed files that swell without end are refused."),
        _("Bring it in parts, or let whoever runs the desk raise KEEPWELL_UPLOAD_MB."),
    )
