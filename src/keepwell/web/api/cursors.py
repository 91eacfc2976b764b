"""Where does the next page begin? A signed word that says after what, good only for the very list it was given with."""

from hashlib import sha256
from typing import Any

from django.core import signing
from django.http import HttpRequest

from keepwell.web.api.problems import refusal

_SALT = "keepwell.api.cursor"


def after(request: HttpRequest, cursor: str | None) -> Any:
    """
    What the last page ended with; None at the beginning.

    Raises:
        HttpError: The cursor is not one of this list.
    """
    if not cursor:
        return None
    try:
        said = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        said = {}
    if said.get("of") != _list(request):
        raise refusal(400, "This cursor is none of this list: begin it again without one.", kind="cursor")
    return said["after"]


def before(request: HttpRequest, last: Any) -> str:
    """
    The cursor of the page after one.

    Args:
        request: The list, with all it was asked with.
        last: What the page ended with, as JSON can hold it.
    """
    return signing.dumps({"of": _list(request), "after": last}, salt=_SALT)


def _list(request: HttpRequest) -> str:
    asked = sorted(
        (name, value) for name, values in request.GET.lists() if name not in ("cursor", "limit") for value in values
    )
    return sha256(repr((str(request.user.pk), request.path, asked)).encode()).hexdigest()[:24]
