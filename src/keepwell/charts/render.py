"""How does a chart become a picture? SVG and PNG, drawn here, nothing fetched."""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from keepwell.charts.theme import DARK, FONT, HATCH, LIGHT

if TYPE_CHECKING:
    import altair as alt

Scheme = Literal["light", "dark", "page"]
_MARGIN = 12
_HEAD, _UNDER, _LETTER = 28, 20, 8.4
"""Pixels a title and the line under it take above the chart, and about how wide a letter is."""


def svg(
    chart: "alt.LayerChart",
    *,
    scheme: Scheme = "light",
    name: str = "chart",
    title: str = "",
    under: str = "",
    draw: Callable[[str], str] | None = None,
) -> str:
    """
    The chart as one SVG element.

    Args:
        chart: Any chart of this room.
        scheme: light and dark have their own paper; page has none and takes its colours from the custom properties
            --paper, --ink, --kept … of the page around it.
        name: Unique on the page: begins the ids inside the picture.
        title: The finding's subject, written above; empty where the page around it says it.
        under: A line under the title, such as the days it tells of.
        draw: Has Vega draw a specification, where that is done elsewhere; None draws here.
    """
    drawn = re.sub(r"<[^>]+>", lambda tag: _own(tag[0], name), (draw or drawing)(chart.to_json(validate=False)))
    width, height = (float(n) for n in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    inside = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", drawn)
    alternative = html.escape(str(chart.description), quote=True)
    above = (_HEAD if title else 0) + (_UNDER if under else 0)
    width = max(width, len(title) * _LETTER, len(under) * _LETTER)
    if scheme == "page":
        box, ground, size = f"0 {-above} {width:g} {height + above:g}", "", f'style="--natural:{width:g}px"'
    else:
        wide, high = width + 2 * _MARGIN, height + 2 * _MARGIN + above
        top = -_MARGIN - above
        box, size = f"{-_MARGIN} {top} {wide:g} {high:g}", f'width="{wide:g}" height="{high:g}"'
        ground = f'<rect x="{-_MARGIN}" y="{top}" width="{wide:g}" height="{high:g}" fill="{LIGHT["paper"]}"/>'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {size} role="img" aria-label="{alternative}">'
        f"{_hatch(name)}{ground}{_headed(title, under)}{inside}</svg>"
    )
    return _coloured(whole, scheme, name)


@lru_cache(maxsize=4)
def drawing(specification: str) -> str:
    """What Vega makes of it. Every part was checked when it was put together; once more would take as long as the drawing."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(specification)
    return drawn


def _headed(title: str, under: str) -> str:
    if not title:
        return ""
    font, lift = html.escape(FONT, quote=True), _UNDER if under else 0
    told = (
        f'<text x="0" y="{8 - _HEAD - lift}" font-family="{font}" font-size="15px" font-weight="600" fill="{LIGHT["ink"]}">'
        f"{html.escape(title)}</text>"
    )
    if not under:
        return told
    return told + (
        f'<text x="0" y="{8 - _HEAD}" font-family="{font}" font-size="12px" fill="{LIGHT["muted"]}">{html.escape(under)}</text>'
    )


def png(drawn: str, *, scale: float = 2) -> bytes:
    """
    A drawn chart as a PNG picture.

    Args:
        drawn: What svg gave, with light or dark paper.
        scale: Pixels per unit.
    """
    import vl_convert

    picture: bytes = vl_convert.svg_to_png(drawn, scale=scale)
    return picture


def _own(tag: str, name: str) -> str:
    """A tag with ids of this picture only, and without roles: the picture has one text alternative, not one a mark."""
    tag = re.sub(r' (?:role|class|aria-\w+|pointer-events)="[^"]*"', "", tag)
    tag = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', tag)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", tag)


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="1.4" height="5" fill="{LIGHT["unknown"]}" opacity=".55"/>'
        "</pattern></defs>"
    )


def _coloured(drawn: str, scheme: Scheme, name: str) -> str:
    """The tokens' light colours replaced by the scheme's, the hatch by its pattern."""
    drawn = drawn.replace(HATCH, f"url(#{name}-hatch)")
    if scheme == "light":
        return drawn
    for token, colour in LIGHT.items():
        drawn = drawn.replace(colour, DARK[token] if scheme == "dark" else f"var(--{token})")
    return drawn
