"""Colours: the tint of a thing, the accents that suit it, and the papers that it stands well before."""

from dataclasses import dataclass
from functools import lru_cache

TINTS = {
    "white": "#f4f1ea", "cream": "#ecdcb9", "grey": "#8d9299", "silver": "#b9c1ca", "black": "#33313a",
    "red": "#b8323a", "burgundy": "#78213a", "pink": "#dd8c9f", "coral": "#dd6350", "orange": "#dd7f2c",
    "saffron": "#e2a52b", "gold": "#c8963a", "tan": "#c39b6d", "brown": "#75482b", "terracotta": "#b5603e",
    "copper": "#b46a43", "olive": "#76793a", "green": "#55894c", "emerald": "#1c6b54", "teal": "#2c8688",
    "sky": "#7cb1cf", "blue": "#2f62a8", "navy": "#273a66", "violet": "#75518f",
}  # fmt: skip
PALE = "#f3e3bd"
ACCENTS = ("#e6b84c", PALE, "#c8402f", "#1f6f78", "#27406f", "#6d2740")
# Paper, the shape on it, and the line of its pattern.
THEMES = (
    ("#f8eedd", "#e9cda1", "#b98a4e"),
    ("#fae9e3", "#ebbcac", "#c07866"),
    ("#ebf0e1", "#bccea6", "#7f9a63"),
    ("#e5f0f4", "#aecfdb", "#5f95ab"),
    ("#eee9f4", "#c8b8dc", "#8d74b0"),
    ("#e3f2ee", "#a5d4c7", "#4f9e8a"),
    ("#f7e4d7", "#dfa683", "#a8623f"),
    ("#e7e7f1", "#aaaed3", "#5d6399"),
    ("#fbf3d6", "#f0d588", "#c39a34"),
)


@dataclass(frozen=True, slots=True)
class Paint:
    """All colours of one picture."""

    base: str
    light: str
    dark: str
    deep: str
    accent: str
    second: str
    bold: str
    paper: str
    shape: str
    pattern: str
    seed: int


def channels(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, percent: int) -> str:
    """Return a colour with `percent` of another in it."""
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join(f"{(one * (100 - percent) + two * percent) // 100:02x}" for one, two in pairs)


def distance(colour: str, other: str) -> int:
    """Return how far two colours are apart, weighted as the eye sees them (0 to 765)."""
    red, green, blue = (abs(one - two) for one, two in zip(channels(colour), channels(other), strict=True))
    return (2 * red + 4 * green + 3 * blue) // 3


def _farther(colour: str, others: tuple[str, ...], least: int) -> list[int]:
    """Return the places of the colours that stand out before `colour`; the farthest alone when none does."""
    gaps = [distance(colour, other) for other in others]
    return [place for place, gap in enumerate(gaps) if gap >= least] or [gaps.index(max(gaps))]


@lru_cache(maxsize=1024)
def paint(tint: str, seed: int) -> Paint:
    """Return the colours of a picture: the tint is given, the seed picks accents and paper that suit it."""
    base = TINTS[tint]
    accents = _farther(base, ACCENTS, 200)
    accent = ACCENTS[accents[seed % len(accents)]]
    second = ACCENTS[_farther(accent, ACCENTS, 170)[seed // 7 % 2]]
    themes = _farther(base, tuple(shape for _, shape, _ in THEMES), 150)
    paper, shape, pattern = THEMES[themes[seed // 5 % len(themes)]]
    return Paint(
        base=base,
        light=mix(base, "#fff6e6", 32),
        dark=mix(base, "#22121c", 20),
        deep=mix(base, "#22121c", 48),
        accent=accent,
        second=second,
        bold=second if accent == PALE else accent,
        paper=paper,
        shape=shape,
        pattern=pattern,
        seed=seed,
    )
