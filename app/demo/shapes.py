"""The strokes that pictures are made of: each function returns a fragment of SVG on an 800 × 800 sheet."""

from collections.abc import Iterable

Point = tuple[float, float]

# The sine of 0°, 15°, … 90° in thousandths: whole numbers draw the same picture on every platform.
_SINES = (0, 259, 500, 707, 866, 966, 1000)


def sine(step: int) -> int:
    """Return the sine of `step` × 15°, in thousandths."""
    step %= 24
    if step > 12:
        return -sine(step - 12)
    return _SINES[step if step <= 6 else 12 - step]


def around(x: int, y: int, radius: int, count: int, first: int = 0) -> list[Point]:
    """Return `count` points (a divisor of 24) spread evenly on a circle, the first one `first` × 15° from its top."""
    steps = range(first, first + 24, 24 // count)
    return [(x + radius * sine(step) // 1000, y - radius * sine(step + 6) // 1000) for step in steps]


def fill(data: str, colour: str, opacity: float = 1) -> str:
    """Return a filled path."""
    seen = f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<path d="{data}" fill="{colour}"{seen}/>'


def line(data: str, colour: str, width: int = 6, opacity: float = 1) -> str:
    """Return a path drawn with a round pen."""
    seen = f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<path d="{data}" stroke="{colour}" stroke-width="{width}"{seen}/>'


def dashes(data: str, colour: str, width: int = 4, pattern: str = "10 10") -> str:
    """Return a path drawn in stitches."""
    return f'<path d="{data}" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{pattern}"/>'


def rect(x: int, y: int, width: int, height: int, colour: str, radius: int = 0) -> str:
    """Return a filled rectangle."""
    corner = f' rx="{radius}"' if radius else ""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{corner} fill="{colour}"/>'


def circle(x: float, y: float, radius: int, colour: str) -> str:
    """Return a disc."""
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'


def ring(x: int, y: int, radius: int, colour: str, width: int = 6) -> str:
    """Return a circle that is only drawn, not filled."""
    return f'<circle cx="{x}" cy="{y}" r="{radius}" stroke="{colour}" stroke-width="{width}"/>'


def ellipse(x: int, y: int, radius_x: int, radius_y: int, colour: str) -> str:
    """Return a filled ellipse."""
    return f'<ellipse cx="{x}" cy="{y}" rx="{radius_x}" ry="{radius_y}" fill="{colour}"/>'


def dots(points: Iterable[Point], radius: int, colour: str) -> str:
    """Return equal round dots, as one dotted path."""
    data = "".join(f"M{x} {y}h0" for x, y in points)
    return line(data, colour, 2 * radius)


def polygon(points: Iterable[Point], colour: str) -> str:
    """Return a filled polygon."""
    return fill("M" + "L".join(f"{x} {y}" for x, y in points) + "Z", colour)


def diamonds(points: Iterable[Point], half_width: int, half_height: int, colour: str) -> str:
    """Return equal lozenges around the given centres."""
    step = f"l{half_width} {half_height}l-{half_width} {half_height}l-{half_width} -{half_height}z"
    return fill("".join(f"M{x} {y - half_height}{step}" for x, y in points), colour)


def khatim(x: int, y: int, radius: int, colour: str) -> str:
    """Return the eight-pointed star of zellige: two squares, one on its corner."""
    side = radius * 707 // 1000
    square = f"M{x - side} {y - side}h{2 * side}v{2 * side}h-{2 * side}z"
    return fill(f"{square}M{x} {y - radius}l{radius} {radius}l-{radius} {radius}l-{radius} -{radius}z", colour)


def zigzag(x: int, y: int, step: int, count: int, height: int) -> str:
    """Return the path data of a band of chevrons that starts at (x, y)."""
    return f"M{x} {y}" + f"l{step} -{height}l{step} {height}" * count


def row(first: int, last: int, count: int, y: int) -> list[Point]:
    """Return `count` points evenly spread on a level line."""
    return [(first + (last - first) * index // (count - 1), y) for index in range(count)]


def mirror(fragment: str) -> str:
    """Return a fragment and its reflection about the sheet's upright middle."""
    return f'{fragment}<g transform="matrix(-1 0 0 1 800 0)">{fragment}</g>'


def moved(fragment: str, x: int, y: int, scale: float = 1, turn: int = 0) -> str:
    """Return a fragment moved, then turned and scaled about the sheet's middle."""
    rotation = f" rotate({turn})" if turn else ""
    size = f" scale({scale})" if scale != 1 else ""
    return f'<g transform="translate({400 + x} {400 + y}){rotation}{size} translate(-400 -400)">{fragment}</g>'
