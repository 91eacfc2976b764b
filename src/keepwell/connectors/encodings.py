"""In which encoding is a text file written? Its byte order mark, UTF-8 unless its bytes forbid it, otherwise what makes words."""

import codecs
import re
from functools import cached_property

from keepwell.connectors.letters import CALLED, Reading, readings
from keepwell.errors import SourceError

SAMPLE = 256 << 10
"""Bytes of telling lines that are looked at to choose an encoding."""
ENOUGH = 1.0
"""Sense (see letters.Reading) below which no encoding is believed, if there are words enough to tell."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LINES = 20_000
"""Lines of another encoding that are counted one by one."""
_CHANCE = 4
"""Lines of another encoding to each that is UTF-8 by chance; with fewer the file is UTF-8 with foreign rows in it."""
_WORD = re.compile(rb"[\w'\x80-\xff-]*[\x80-\xff][\w'\x80-\xff-]*")


class EncodingFinder:
    """
    Which encoding has a file? Fed with all its bytes, because the first odd letter may stand at the very end.

    UTF-8 unless its bytes forbid it. Lines of UTF-8 beside others leave it UTF-8, so that the rows of the other encoding are
    named later; only where they are so rare that chance can have made them it is a file of another encoding.
    """

    def __init__(self) -> None:
        self._start = b""
        self._decoder = decoder("utf-8")
        self._good = self._bad = self._size = 0
        self._foreign: list[bytes] = []
        self._wide: list[bytes] = []
        self._high = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""
        if len(self._start) < 4096:
            self._start += data[: 4096 - len(self._start)]
        if data.isascii() and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(data) if self._bad < LINES else _strictly(data)
        if not MARK.search(text):
            self._good += len(text) - len(text.encode("ascii", "ignore"))
            if len(self._wide) < 500:
                self._wide += _WORD.findall(data[:65536])[:500]
            return
        for line in data.splitlines():
            if not line.isascii() and self._bad < LINES:
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            self._bad += 1
            self._high = self._high or re.search(rb"[\x80-\x9f]", line) is not None
            if self._size < SAMPLE:
                self._foreign.append(line[:4096])
                self._size += min(len(line), 4096)
        else:
            self._good += 1

    @cached_property
    def _readings(self) -> list[Reading]:
        return readings(self._foreign)

    def found(self, name: str) -> str:
        """
        The encoding's name in Python.

        Raises:
            SourceError: None of the known ones makes words of the file.
        """
        if told := by_mark(self._start):
            return told
        if _CHANCE * self._good >= self._bad:
            return "utf-8"
        best = self._readings[0]
        plain = next(reading for reading in self._readings if reading.encoding == "cp1252")
        if best.words >= 3 and best.score < ENOUGH:
            raise SourceError(
                f"In which encoding {name} is written could not be found out; as Windows-1252 it says "
                f'"{self._example("cp1252")}".',
                "Its letters make words in none of the encodings that are known.",
                "Save it as UTF-8, or say which it is: --encoding NAME, such as cp1257, cp874 or iso8859_8.",
            )
        if best.score > plain.score + 0.05:
            return best.encoding
        return "cp1252" if self._high else "latin-1"

    def doubt(self, found: str) -> str:
        """What is to be confirmed of the encoding found; empty where the bytes prove it."""
        if found.startswith("utf"):
            return self._twice() if found == "utf-8" else ""
        best = self._readings[0]
        same = {
            b"\n".join(self._foreign).decode(r.encoding, "replace")
            for r in self._readings
            if r.headings == best.headings
        }
        if best.headings > 1 and len(same) == 1 and best.encoding == found:
            return ""
        lines = "in 1 line" if self._bad == 1 else f"in {self._bad:,} lines{' and more' if self._bad >= LINES else ''}"
        mixed = f"; {self._good} could be UTF-8" if self._good else ""
        return f'letters are read as {CALLED[found]}, e.g. "{self._example(found)}", {lines}{mixed}. Say --encoding if they are wrong.'

    def why(self, found: str) -> str:
        """What decided, for a person; empty where nothing had to be decided."""
        if found in CALLED and self._readings[0].headings and self._readings[0].encoding == found:
            return f" (headings and words of it that are known: {self._readings[0].headings})"
        return ""

    def _example(self, encoding: str) -> str:
        words = (word for line in self._foreign for word in _WORD.findall(line) if _broken(word))
        return shown(next(words, b"").decode(encoding, "keepwell.marked"), 40)

    def _twice(self) -> str:
        """Letters of UTF-8 that were taken for Windows-1252 and written as UTF-8 again."""
        pairs = [(word.decode("utf-8", "replace"), _undone(word)) for word in self._wide]
        again = [(word, undone) for word, undone in pairs if undone]
        if len(again) * 2 <= len(pairs) or not again:
            return ""
        return f'letters look as if they had been encoded twice, e.g. "{again[0][0]}" for "{again[0][1]}". Export it again as UTF-8 if so.'


def _strictly(data: bytes) -> str:
    """Bytes as UTF-8; a mark where they are none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\udcff"


def _broken(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _undone(word: bytes) -> str:
    """A word that makes sense when one encoding too many is taken off; empty otherwise."""
    try:
        return word.decode("utf-8").encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""


def by_mark(start: bytes) -> str | None:
    """Unicode by its byte order mark, or by where the zero bytes of plain letters stand; None where neither tells."""
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    part = start[: len(start[:4096]) // 4 * 4]
    zeros = [part[at::4].count(0) for at in range(4)]
    enough = max(2, len(part) / 32)
    if min(zeros[2:]) >= max(enough, 0.9 * len(part) / 4) and zeros[0] < len(part) / 40:
        return "utf-32-le"
    if min(zeros[:2]) >= max(enough, 0.9 * len(part) / 4) and zeros[3] < len(part) / 40:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if max(even, odd) < max(4, len(part) / 16) or min(even, odd) > max(even, odd) / 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _marked(fault: UnicodeError) -> tuple[str, int]:
    """Bytes that are no letters become lone surrogates, found again when the row is judged."""
    assert isinstance(fault, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in fault.object[fault.start : fault.end]), fault.end


codecs.register_error("keepwell.marked", _marked)
MARK = re.compile("[\udc00-\udcff]")
"""A byte that could not be decoded, as it stands in the text."""


def shown(text: str, width: int = 120) -> str:
    """Text as it can be put into a message: undecodable bytes and control characters spelt out, long text cut."""
    spelt = MARK.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    spelt = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in spelt[: width + 1])
    return spelt if len(spelt) <= width else spelt[: width - 1] + "…"


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Turns bytes into text piece by piece; undecodable bytes are marked."""
    return codecs.getincrementaldecoder(encoding)("keepwell.marked")
