"""Logos, small icons and banners of the demo shops."""

from collections.abc import Callable
from dataclasses import replace

from app.demo import gadgets, household, pantry
from app.demo.palettes import Paint, mix, paint
from app.demo.scenes import definitions, document, gradients
from app.demo.shapes import around, circle, diamonds, dots, ellipse, fill, khatim, line, moved, rect, ring, zigzag

BANNER = (1600, 400)
BRASS = "#e6b84c"


def _jasmine(ink: Paint) -> str:
    """Draw a jasmine flower in an arch."""
    petal = fill("M400 396Q330 300 400 210Q470 300 400 396Z", "#fffaf0") + line("M400 380V290", "#e8d9b5", 5)
    petals = "".join(f'<g transform="rotate({turn} 400 410)">{petal}</g>' for turn in range(0, 360, 72))
    leaves = fill("M250 560Q330 520 390 590Q310 640 250 560Z", "#8fbf9a")
    stems = line("M400 430Q392 540 400 640", "#8fbf9a", 9)
    return (
        stems
        + leaves
        + fill("M550 560Q470 520 410 590Q490 640 550 560Z", "#6fa880")
        + petals
        + circle(400, 410, 26, ink.accent)
    )


def _phone(ink: Paint) -> str:
    """Draw a phone that is a lighthouse: Oran is a port."""
    beams = fill("M400 330L640 230V330ZM400 330L160 230V330Z", ink.accent, 0.55)
    body = rect(310, 190, 180, 380, "#fffaf0", 40) + rect(328, 220, 144, 320, ink.base, 18)
    bolt = fill("M418 260L350 392H398L384 500L456 360H408Z", ink.accent)
    return beams + body + bolt + line("M180 620q55 -40 110 0t110 0t110 0t110 0", "#fffaf0", 14)


def _honey(ink: Paint) -> str:
    """Draw a mountain, a bee's cell and a lozenge."""
    frame = diamonds([(400, 400)], 260, 260, ink.light) + diamonds([(400, 400)], 228, 228, ink.base)
    cell = fill("M400 240L490 292V396L400 448L310 396V292Z", "#e8b13a") + fill(
        "M400 448L430 410Q400 500 400 520Q396 500 380 436Z", "#e8b13a"
    )
    peaks = fill("M250 550L340 440L392 500L440 452L550 550L400 660Z", "#fffaf0")
    return frame + peaks + cell + line("M360 312L400 290L440 312V360L400 384L360 360Z", "#fffaf0", 9)


def _crates(ink: Paint) -> str:
    """Stacked cartons."""
    crates = "".join(
        rect(x, y, 150, 130, colour, 12)
        for x, y, colour in ((240, 430, ink.light), (410, 430, ink.accent), (325, 280, "#fffaf0"))
    )
    return crates + line("M290 430v60h50v-60M460 430v60h50v-60M375 280v60h50v-60", ink.deep, 8)


_Drawing = Callable[[Paint], str]
_EMBLEMS: dict[str, tuple[_Drawing, str, int]] = {
    "dar-el-yasmine": (_jasmine, "emerald", 30),
    "wahran-mobile": (_phone, "navy", 60),
    "tamemt": (_honey, "terracotta", 61),
    "load": (_crates, "blue", 0),
}
_GOODS: dict[str, tuple[tuple[_Drawing, str], ...]] = {
    "dar-el-yasmine": ((household.carpet, "red"), (household.teapot, "gold"), (pantry.dates, "brown")),
    "wahran-mobile": ((gadgets.phonecase, "teal"), (gadgets.headphones, "white"), (gadgets.watch, "orange")),
    "tamemt": ((pantry.jar, "gold"), (household.vase, "terracotta"), (pantry.bottle, "olive")),
    "load": ((pantry.box, "tan"), (pantry.bowl, "cream"), (pantry.box, "saffron")),
}


def _emblem(slug: str) -> tuple[_Drawing, Paint]:
    drawing, tint, seed = _EMBLEMS[slug]
    return drawing, replace(paint(tint, seed), accent=BRASS)


def _logo(slug: str) -> bytes:
    drawing, colours = _emblem(slug)
    disc = (
        circle(400, 400, 400, colours.dark) + circle(400, 400, 372, "url(#b)") + ring(400, 400, 346, colours.accent, 5)
    )
    beads = dots(around(400, 400, 359, 24), 7, colours.accent)
    return document(800, 800, definitions(colours) + disc + beads + drawing(colours))


def _favicon(slug: str) -> bytes:
    drawing, colours = _emblem(slug)
    return document(
        800, 800, definitions(colours) + rect(0, 0, 800, 800, colours.base, 180) + moved(drawing(colours), 0, 0, 1.25)
    )


def _ware(drawing: _Drawing, tint: str, place: int) -> str:
    """Draw one of the goods on a banner, with gradients of its own."""
    colours = paint(tint, 12 * place)
    own = drawing(colours).replace("url(#b)", f"url(#b{place})").replace("url(#m)", f"url(#m{place})")
    return gradients(colours, str(place)) + moved(own, 530 + 200 * place, -194 + 20 * (place % 2), 0.42)


def _banner(slug: str) -> bytes:
    drawing, colours = _emblem(slug)
    width, height = BANNER
    ground = rect(0, 0, width, height, colours.base) + fill("M0 0h1600v400H0z", "url(#p)", 0.3)
    glow = ellipse(1130, 420, 520, 330, mix(colours.base, "#fff1cf", 30))
    goods = "".join(_ware(make, shade, place) for place, (make, shade) in enumerate(_GOODS[slug]))
    seal = (
        circle(300, 200, 140, colours.dark)
        + ring(300, 200, 128, colours.accent, 4)
        + moved(drawing(colours), -100, -200, 0.38)
    )
    frieze = rect(0, 372, width, 28, colours.accent) + line(zigzag(0, 396, 20, 40, 20), colours.deep, 4)
    stars = "".join(khatim(x, 200, 26, colours.accent) + circle(x, 200, 9, colours.dark) for x in (510, 600, 690))
    return document(width, height, definitions(colours, 80) + ground + glow + seal + stars + goods + frieze)


_KINDS: dict[str, Callable[[str], bytes]] = {"logo": _logo, "favicon": _favicon, "banner": _banner}


def shop_picture(name: str) -> bytes | None:
    """Return a shop's logo, small icon or banner by its file name, or None when there is none."""
    kind, _, slug = name.removesuffix(".svg").partition("-")
    if not name.endswith(".svg") or kind not in _KINDS or slug not in _EMBLEMS:
        return None
    return _KINDS[kind](slug)
