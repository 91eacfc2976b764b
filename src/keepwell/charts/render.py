"""How does a chart become a picture? SVG and PNG, drawn here, nothing fetched."""

import html
import re
from typing import TYPE_CHECKING, Literal

from keepwell.charts.theme import DARK, HATCH, LIGHT

if TYPE_CHECKING:
    import altair as alt

Scheme = Literal["light", "dark", "page"]
_MARGIN = 12


def svg(chart: "alt.LayerChart", *, scheme: Scheme = "light", name: str = "chart") -> str:
    """
    The chart as one SVG element.

    Args:
        chart: Any chart of this room.
        scheme: light and dark have their own paper; page has none and takes its colours from the custom properties
            --paper, --ink, --kept … of the page around it.
        name: Unique on the page: begins the ids inside the picture.
    """
    import vl_convert

    # Every part was checked when it was put together; once more would take as long as the drawing.
    drawn = vl_convert.vegalite_to_svg(chart.to_json(validate=False))
    drawn = re.sub(r"<[^>]+>", lambda tag: _own(tag[0], name), drawn)
    width, height = (float(n) for n in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    inside = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", drawn)
    alternative = html.escape(str(chart.description), quote=True)
    if scheme == "page":
        box, ground, size = f"0 0 {width:g} {height:g}", "", f'style="--natural:{width:g}px"'
    else:
        wide, high = width + 2 * _MARGIN, height + 2 * _MARGIN
        box, size = f"{-_MARGIN} {-_MARGIN} {wide:g} {high:g}", f'width="{wide:g}" height="{high:g}"'
        ground = f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{wide:g}" height="{high:g}" fill="{LIGHT["paper"]}"/>'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {size} role="img" aria-label="{alternative}">'
        f"{_hatch(name)}{ground}{inside}</svg>"
    )
    return _coloured(whole, scheme, name)


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
