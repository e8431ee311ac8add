"""Pictures of the demo shops, drawn by code alone: the same name gives the same bytes on every machine."""

import re
from functools import lru_cache

from app.demo import clothing, gadgets, household, pantry
from app.demo.emblems import shop_picture
from app.demo.palettes import TINTS, paint
from app.demo.scenes import scene

MOTIFS = {**clothing.MOTIFS, **pantry.MOTIFS, **household.MOTIFS, **gadgets.MOTIFS}
VIEWS = 4
# What hangs, lies flat or is seen from above throws no shadow on the ground.
_AFLOAT = frozenset({
    "karakou", "gown", "tshirt", "citytee", "yaztee", "polo", "trousers", "scarf", "slipper", "onesie", "brooch",
    "bracelet", "necklace", "carpet", "plate", "tile", "tray", "cushion", "notebook", "cable", "earphones",
    "memorycard", "phonecase", "zelligecase", "powerbank", "puzzle", "watch", "dates", "mitt", "bundle", "charger",
})  # fmt: skip
_NAME = re.compile(r"([a-z]+)-([a-z]+)-([0-9a-f]{4})-([1-4])\.svg", re.ASCII)


def image_name(motif: str, tint: str, seed: int, view: int) -> str:
    """Return the file name of a picture: what it shows, its colour, four hexadecimal digits of seed, its view.

    Raises:
        ValueError: no such picture can be drawn.
    """
    if motif not in MOTIFS or tint not in TINTS or not 0 <= seed <= 0xFFFF or not 1 <= view <= VIEWS:
        raise ValueError(f"No picture of {motif!r} in {tint!r} with seed {seed} and view {view}.")
    return f"{motif}-{tint}-{seed:04x}-{view}.svg"


@lru_cache(maxsize=1024)
def picture(name: str) -> bytes | None:
    """Return the SVG picture of that file name, or None when there is none.

    Products have four views of each motif and tint (`carpet-red-3f2a-1.svg`); each demo shop has a
    `logo-<slug>.svg`, a `favicon-<slug>.svg` and a `banner-<slug>.svg`.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return shop_picture(name)
    motif, tint, seed, view = match.groups()
    if motif not in MOTIFS or tint not in TINTS:
        return None
    colours = paint(tint, int(seed, 16))
    return scene(MOTIFS[motif](colours), colours, int(view), standing=motif not in _AFLOAT)
