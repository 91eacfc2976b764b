"""Which part of a long list is shown? The page an address asks for, of lists of the desk and of the lake alike."""

from django.http import HttpRequest


def number(request: HttpRequest, name: str = "page") -> int:
    """
    The page of a list an address asks for, counted from one; the first where it asks for none.

    Args:
        request: What was asked.
        name: What the address calls the list's page; pages of several lists have one name each.
    """
    said = request.GET.get(name, "")
    return max(1, int(said)) if said.isdecimal() and len(said) < 7 else 1


def before(n: int, number: int, size: int) -> int:
    """
    How many rows stand before a page; past the end it is the last page, as a Paginator has it.

    Args:
        n: Rows of the whole list.
        number: Which page, counted from one.
        size: Rows of a page.
    """
    return min(number - 1, max(0, n - 1) // max(1, size)) * size
