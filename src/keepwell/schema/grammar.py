"""What does a segment expression say? Text becomes a tree of conditions, or an error that points at the place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from keepwell.errors import ExpressionError

MAX_LENGTH, MAX_NESTING, MAX_LIST, MAX_CONDITIONS, MAX_DIGITS = 20_000, 50, 1_000, 200, 18
"""How long, how deep, how many values in a list, how many conditions, how many digits in a number."""

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_SAME = {"<>": "!=", "==": "="}
_RESERVED = ("and", "or", "not", "in", "between", "is", "null", "true", "false")


@dataclass(frozen=True)
class Name:
    """A column, or a trait where *trait* says so, as it was written."""

    at: int
    text: str
    trait: bool = False


@dataclass(frozen=True)
class Value:
    """Something given: text, a number or true/false."""

    at: int
    value: str | Decimal | bool


@dataclass(frozen=True)
class Test:
    """One condition: a name, what is asked of it, and with what."""

    at: int
    left: Name
    op: str
    right: tuple[Name | Value, ...] = ()


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: "Tree"


@dataclass(frozen=True)
class Group:
    """Conditions that must all hold (word is and), or of which one must (word is or)."""

    word: str
    parts: tuple["Tree", ...]


Tree = Test | Not | Group


@dataclass(frozen=True)
class Token:
    """A piece of the text: word, text, number, sign or end."""

    kind: str
    text: str
    at: int

    def told(self) -> str:
        """What a person calls it."""
        return "the end" if self.kind == "end" else self.text if self.kind == "text" else f"{self.text!r}"


_PIECES = re.compile(
    r"""(?P<space>\s+)|(?P<number>\.?[0-9](?:\w|\.[0-9])*)|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<sign><>|!=|==|<=|>=|[=<>(),.\-])"""
)
_HINTS = {
    "'": "Close the quote.",
    '"': "Close the quote.",
    "&": "Write: and.",
    "|": "Write: or.",
    "!": "Write: not, or != to compare.",
    **dict.fromkeys("“”„‘’«»", "Use straight quotes: \"FI\" or 'FI'."),
    **dict.fromkeys("+*/%^", "There is no arithmetic; compare a column with a value."),
    ";": "Give one expression.",
}


def read(text: str) -> Tree:
    """
    The tree of an expression.

    Args:
        text: The expression.

    Raises:
        ExpressionError: It is empty, too long, too deep, or not an expression; *at* is the place.
    """
    if not isinstance(text, str) or not text.strip():
        raise ExpressionError("The expression is empty.", "It is a condition on customers.", "Write: orders >= 2")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"The expression has {len(text):,} characters.",
            f"{MAX_LENGTH:,} are allowed.",
            "Shorten it.",
            at=MAX_LENGTH,
        )
    return _Reader(list(_pieces(text))).whole()


def _pieces(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _PIECES.match(text, at)
        if found is None:
            raise ExpressionError(
                f"{text[at]!r} is not understood here.",
                "An expression has columns, comparisons, numbers, quoted text, and, or, not, parentheses.",
                _HINTS.get(text[at], "Leave it out."),
                at=at,
            )
        kind = str(found.lastgroup)
        if kind == "text":
            _check_text(found.group(), at)
        if kind != "space":
            yield Token(kind, found.group(), at)
        at = found.end()
    yield Token("end", "", len(text.rstrip()))


def _check_text(quoted: str, at: int) -> None:
    """Text an engine cannot hold does not pass: control characters and halves of characters."""
    for place, sign in enumerate(quoted):
        if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000:
            raise ExpressionError(
                f"There is an invisible character (U+{ord(sign):04X}) in the text.",
                "Text holds characters one can see.",
                "Delete it and type the text again.",
                at=at + place,
            )


class _Reader:
    """Reads tokens from left to right; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.place, self.depth, self.conditions = tokens, 0, 0, 0

    @property
    def now(self) -> Token:
        return self.tokens[self.place]

    def whole(self) -> Tree:
        tree = self.either()
        if self.now.kind != "end":
            comma = self.now.text == "," and self.tokens[self.place - 1].kind == "number"
            todo = (
                "Numbers have a decimal point, and no thousands mark." if comma else "Join conditions with and or or."
            )
            self.fail("The condition before it is complete.", todo)
        return tree

    def either(self) -> Tree:
        return self.joined("or", self.both)

    def both(self) -> Tree:
        return self.joined("and", self.negated)

    def joined(self, word: str, part: Callable[[], Tree]) -> Tree:
        parts = [part()]
        while self.take(word):
            parts.append(part())
        flat = [inner for p in parts for inner in (p.parts if isinstance(p, Group) and p.word == word else (p,))]
        return Group(word, tuple(flat)) if len(flat) > 1 else flat[0]

    def negated(self) -> Tree:
        if self.take("not"):
            return Not(self.nested(self.negated))
        if self.take("("):
            inner = self.nested(self.either)
            self.need(")", "Close the parenthesis.")
            return inner
        return self.condition()

    def nested(self, part: Callable[[], Tree]) -> Tree:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"At most {MAX_NESTING} levels of parentheses and nots are allowed.", "Simplify it.")
        inner = part()
        self.depth -= 1
        return inner

    def condition(self) -> Test:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self.fail(f"At most {MAX_CONDITIONS} conditions are allowed.", "Use: column in (…).")
        left = self.operand()
        at = self.now.at
        if isinstance(left, Value):
            return self.turned(left)
        if self.take("is"):
            negative = self.take("not")
            if not (self.take("null") or self.take("unknown")):
                self.fail("After is comes unknown or not unknown.", "To compare, write: = value.")
            return Test(at, left, "is not null" if negative else "is null")
        if op := self.comparison():
            return Test(at, left, op, (self.operand(),))
        negative = self.take("not")
        if test := self.worded(left, at, "not " if negative else ""):
            return test
        if negative:
            self.fail("After not comes in, between, like, contains or starts with.", "Write one of them.")
        if self.now.text == "(":
            self.fail("There are no functions here.", "Compare a column with a value.")
        return Test(left.at, left, "is true")

    def worded(self, left: Name, at: int, negative: str) -> Test | None:
        """The tests written as words, or None where none of them follows."""
        if self.take("in"):
            return Test(at, left, f"{negative}in", self.listed())
        if self.take("between"):
            low = self.value()
            self.need("and", "Write: between 1 and 5.")
            return Test(at, left, f"{negative}between", (low, self.value()))
        for op in ("like", "contains"):
            if self.take(op):
                return Test(at, left, f"{negative}{op}", (self.value(),))
        if self.take("starts"):
            self.need("with", "Write: starts with.")
            return Test(at, left, f"{negative}starts with", (self.value(),))
        return None

    def turned(self, value: Value) -> Test:
        """90 < recency_days is recency_days > 90."""
        at = self.now.at
        op = self.comparison()
        if op is None:
            self.fail("A value alone is not a condition.", "Compare it with a column.")
        column = self.operand()
        if isinstance(column, Value):
            raise ExpressionError(
                "Two values are compared.", "One side is a column.", "Put a column on one side.", at=column.at
            )
        return Test(at, column, op.translate(str.maketrans("<>", "><")), (value,))

    def comparison(self) -> str | None:
        op = _SAME.get(self.now.text, self.now.text)
        if self.now.kind != "sign" or op not in COMPARISONS:
            return None
        self.place += 1
        return op

    def listed(self) -> tuple[Value, ...]:
        self.need("(", 'Write a list: in ("a", "b").')
        values = [self.value()]
        while self.take(","):
            values.append(self.value())
            if len(values) > MAX_LIST:
                self.fail(f"A list has at most {MAX_LIST:,} values.", "Shorten it.")
        self.need(")", "Close the list.")
        return tuple(values)

    def value(self) -> Value:
        found = self.operand()
        if isinstance(found, Name):
            raise ExpressionError(
                f"{found.text!r} is a name.",
                "A value is wanted here.",
                f'If it is text, quote it: "{found.text}".',
                at=found.at,
            )
        return found

    def operand(self) -> Name | Value:
        token, word = self.now, self.now.text.lower()
        if token.kind == "text":
            self.place += 1
            return Value(token.at, _unquoted(token.text))
        if token.kind == "word" and word in ("true", "false"):
            self.place += 1
            return Value(token.at, word == "true")
        if token.kind == "number" or token.text == "-":
            return self.number()
        if word == "null":
            self.fail("Nothing equals what is not known.", "Write: is unknown.")
        if token.kind != "word" or word in _RESERVED:
            self.fail("A column or a value is wanted here.", "Write a condition such as: orders >= 2.")
        self.place += 1
        return self.trait(token) if self.take(".") else Name(token.at, token.text)

    def trait(self, owner: Token) -> Name:
        token = self.now
        if owner.text.lower() != "traits" or token.kind not in ("word", "text"):
            self.fail("Only traits have a point: traits.industry.", 'Quote a name with spaces: traits."company size".')
        self.place += 1
        return Name(owner.at, _unquoted(token.text) if token.kind == "text" else token.text, trait=True)

    def number(self) -> Value:
        at, minus = self.now.at, self.take("-")
        token = self.now
        if token.kind != "number" or not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", token.text):
            self.fail("A number is written with digits and one point.", "Write it out, such as -12.5.")
        if len(token.text.lstrip("0").replace(".", "")) > MAX_DIGITS:
            self.fail(f"A number has at most {MAX_DIGITS} digits.", "Shorten it.")
        self.place += 1
        return Value(at, -Decimal(token.text) if minus else Decimal(token.text))

    def take(self, text: str) -> bool:
        """Whether the word or sign comes next; if so it is passed."""
        found = self.now.kind in ("word", "sign") and self.now.text.lower() == text
        self.place += found
        return found

    def need(self, text: str, todo: str) -> None:
        if not self.take(text):
            self.fail(f"{text!r} is wanted here.", todo)

    def fail(self, wanted: str, todo: str) -> NoReturn:
        raise ExpressionError(f"{self.now.told()} is not understood here.", wanted, todo, at=self.now.at)


def _unquoted(quoted: str) -> str:
    return quoted[1:-1].replace(quoted[0] * 2, quoted[0])
