"""Are customers kept, and what is left undone?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.board.standing import board as read
from keepwell.web.customers.reach import seen


@page("board")
def board(request: HttpRequest) -> HttpResponse:
    """Figures, goals and gaps; where they take a moment to work out, the page comes first."""
    with company() as opened:
        if not opened.lake.rows().get("customers"):
            return render(request, "board/board.html", {"room": "board", "nothing": True})
        found = read(opened, seen(person(request)), now="now" in request.GET)
        told = {"room": "board", "found": found, "as_of": opened.as_of}
    return render(request, "board/board.html", told)
