"""Pictures of toys, school things and electronics."""

from app.demo.palettes import Paint, mix
from app.demo.shapes import (
    circle,
    dashes,
    diamonds,
    dots,
    ellipse,
    fill,
    khatim,
    line,
    mirror,
    moved,
    polygon,
    rect,
    ring,
    row,
    zigzag,
)  # fmt: skip

IVORY = "#fbf3e2"
NIGHT = "#2b2a33"


def teddy(ink: Paint) -> str:
    """Draw a soft toy that sits."""
    ear = circle(306, 224, 54, ink.base) + circle(306, 228, 30, ink.light)
    arm = fill("M300 400Q210 420 204 500Q210 546 252 536Q290 500 330 480Z", ink.dark)
    leg = (
        ellipse(296, 604, 68, 60, ink.base)
        + ellipse(288, 612, 40, 36, ink.light)
        + dots([(272, 596), (290, 588), (308, 596)], 7, ink.dark)
    )
    body = ellipse(400, 510, 128, 142, "url(#b)") + ellipse(400, 530, 78, 90, ink.light)
    head = (
        circle(400, 300, 122, ink.base)
        + ellipse(400, 342, 58, 46, ink.light)
        + fill("M378 322Q400 312 422 322Q416 348 400 350Q384 348 378 322Z", "#3b2a26")
    )
    face = (
        line("M400 350v16q-14 18 -30 6M400 366q14 18 30 6", "#3b2a26", 5)
        + dots([(356, 286), (444, 286)], 13, "#3b2a26")
        + dots([(360, 281), (448, 281)], 4, "#ffffff")
    )
    scarf = (
        fill("M318 394Q400 440 482 394L488 424Q400 470 312 424Z", ink.accent)
        + fill("M432 430l50 20l-16 84l-48 -14z", ink.accent)
        + line("M424 506l46 14", IVORY, 5)
    )
    return mirror(ear + arm) + body + mirror(leg) + head + face + scarf


def _letter(x: int, y: int, colour: str, side: str, drawing: str) -> str:
    return (
        rect(x, y, 148, 148, colour, 16) + line(f"M{x + 14} {y + 14}h120v120h-120z", side, 5) + line(drawing, IVORY, 13)
    )


def blocks(ink: Paint) -> str:
    """Wooden cubes with Arabic letters: alif, ba, jim."""
    alif = _letter(326, 236, ink.base, ink.light, "M400 270V350")
    ba = _letter(240, 392, ink.accent, IVORY, "M270 446q4 34 44 34q40 0 44 -34M314 508h0")
    jim = _letter(412, 392, ink.second, IVORY, "M450 438q40 -16 76 -2q-62 14 -60 48q8 34 60 22M492 474h0")
    base = rect(214, 544, 372, 96, "#c99f6a", 18) + line("M250 570H550M270 606H530", "#a87c48", 4, 0.6)
    return base + ba + jim + alif


def train(ink: Paint) -> str:
    """Draw a wooden train to pull along."""
    engine = (
        rect(180, 430, 190, 110, "url(#b)", 16)
        + rect(282, 330, 96, 130, ink.dark, 12)
        + rect(302, 354, 56, 50, IVORY, 8)
        + rect(206, 370, 40, 70, ink.accent, 8)
    )
    wagon = rect(410, 450, 200, 90, ink.accent, 14) + "".join(
        circle(x, 438, 30, colour) for x, colour in ((460, ink.base), (516, ink.second), (566, IVORY))
    )
    roof = rect(270, 312, 120, 28, ink.accent, 12) + rect(196, 356, 60, 22, ink.dark, 8)
    wheels = "".join(
        circle(x, 556, 40, "#a87c48") + circle(x, 556, 26, "#d9b27c") + circle(x, 556, 9, NIGHT)
        for x in (228, 322, 462, 560)
    )
    smoke = circle(230, 300, 26, "#ffffff") + circle(262, 258, 34, "#ffffff") + circle(312, 224, 42, "#ffffff")
    return (
        smoke
        + line("M366 520H414", NIGHT, 10)
        + engine
        + roof
        + wagon
        + wheels
        + line("M180 520Q130 540 120 620", "#a87c48", 6)
        + line(zigzag(424, 520, 14, 6, 22), IVORY, 6)
    )


def puzzle(ink: Paint) -> str:
    """Four pieces of a jigsaw, one of them not yet in place."""
    board = rect(196, 214, 408, 408, "#c99f6a", 24) + rect(218, 236, 364, 364, "#a87c48", 10)
    first = fill("M226 244H404V300q34 -16 44 18q-10 34 -44 18V414H350q16 34 -18 44q-34 -10 -18 -44H226Z", "url(#b)")
    second = fill("M412 244H574V414H500q12 26 -14 36q-26 -10 -14 -36H412V346q46 4 46 -28q0 -32 -46 -26Z", ink.accent)
    third = fill("M226 422H306q-6 46 26 46q32 0 26 -46H404V592H226Z", ink.second)
    fourth = moved(fill("M412 422H462q-6 40 24 40q30 0 24 -40H574V592H412Z", ink.light), 34, 30, 1, 12)
    return board + first + second + third + fourth + diamonds([(300, 326), (516, 330), (300, 530)], 24, 30, IVORY)


def notebook(ink: Paint) -> str:
    """Notebooks, one on the other, with a pencil."""
    under = moved(rect(250, 190, 300, 440, ink.second, 16), 26, 14, 1, 8)
    cover = rect(246, 184, 308, 452, "url(#b)", 16) + rect(246, 184, 44, 452, ink.dark, 16)
    label = rect(326, 250, 192, 110, IVORY, 10) + line("M346 284H498M346 312H498M346 338H440", "#c8b48c", 5)
    elastic = rect(506, 184, 14, 452, ink.accent)
    motif = khatim(412, 486, 68, ink.light) + khatim(412, 486, 50, ink.base) + circle(412, 486, 16, ink.light)
    pencil = (
        rect(388, 220, 26, 340, ink.accent)
        + polygon([(388, 560), (414, 560), (401, 604)], "#ecd3a5")
        + polygon([(395, 584), (407, 584), (401, 604)], NIGHT)
        + rect(388, 200, 26, 26, "#e08a8a", 6)
    )
    return moved(under + cover + label + motif + elastic, -24, 0, 1, -4) + moved(pencil, 196, 30, 1, 14)


def pencils(ink: Paint) -> str:
    """Draw a pot of pencils."""
    hues = (ink.base, ink.accent, "#c8402f", "#55894c", "#2f62a8", "#e2a52b")
    places = ((270, 30, -12), (322, -10, -6), (374, 16, -2), (426, -24, 3), (478, 10, 8), (522, 34, 13))
    sticks = "".join(
        f'<g transform="rotate({turn} {x} 600)">{rect(x - 19, 260 + drop, 38, 340, hue)}'
        f"{polygon([(x - 19, 262 + drop), (x + 19, 262 + drop), (x, 190 + drop)], '#f0dab0')}"
        f"{polygon([(x - 7, 217 + drop), (x + 7, 217 + drop), (x, 190 + drop)], hue)}</g>"
        for (x, drop, turn), hue in zip(places, hues, strict=True)
    )
    pot = fill("M246 430H554L530 640Q526 660 500 660H300Q274 660 270 640Z", "url(#m)") + rect(
        234, 416, 332, 30, ink.dark, 15
    )
    return (
        sticks + pot + line(zigzag(274, 530, 18, 7, 34), IVORY, 7) + diamonds(row(300, 500, 5, 584), 17, 22, ink.accent)
    )


def schoolbag(ink: Paint) -> str:
    """Draw a school rucksack."""
    loop = line("M352 206Q352 140 400 140Q448 140 448 206", ink.dark, 18)
    straps = fill("M236 330Q190 360 196 560Q210 590 246 580Z", ink.deep)
    body = fill("M232 620V330Q240 190 400 190Q560 190 568 330V620Q566 656 530 658H270Q234 656 232 620Z", "url(#b)")
    pocket = (
        rect(268, 446, 264, 176, ink.dark, 30)
        + line("M292 486H508", ink.accent, 8)
        + line("M400 486v40", ink.accent, 8)
    )
    stripe = (
        rect(232, 400, 336, 18, "#f5efda")
        + line("M264 300Q290 230 400 230Q510 230 536 300", ink.dark, 6)
        + line("M536 300v26", ink.accent, 9)
    )
    badge = khatim(400, 318, 52, ink.accent) + khatim(400, 318, 34, ink.base) + circle(400, 318, 10, ink.accent)
    return loop + mirror(straps) + body + pocket + stripe + badge + dots([(300, 580), (500, 580)], 9, ink.accent)


def slate(ink: Paint) -> str:
    """Draw the wooden tablet of a Koranic school."""
    board = (
        fill("M262 240Q400 210 538 240V620Q400 650 262 620Z", "url(#b)")
        + rect(370, 140, 60, 92, ink.dark, 24)
        + circle(400, 172, 12, ink.light)
    )
    grain = line("M286 262V600M514 262V600M340 250V270M460 600V624", ink.dark, 4, 0.5)
    face = fill("M290 286Q400 262 510 286V580Q400 604 290 580Z", "#f3e5c4")
    script = "".join(
        line(f"M480 {y}q-14 18 -34 0q-16 20 -40 0q-10 16 -30 2q-22 18 -56 -4", "#4a2b1c", 6)
        for y in (330, 384, 438, 492, 546)
    )
    marks = dots([(452, 312), (384, 366), (340, 420), (426, 474), (372, 528), (336, 310), (446, 424)], 4, "#4a2b1c")
    return board + grain + face + script + marks


def _cased(ink: Paint, decoration: str) -> str:
    case = rect(272, 150, 256, 510, ink.deep, 52) + rect(280, 158, 240, 494, "url(#b)", 46)
    camera = rect(300, 178, 122, 132, ink.deep, 34) + "".join(
        circle(x, y, 25, NIGHT) + circle(x, y, 14, "#51607a") + circle(x - 5, y - 5, 5, "#c9d6ea")
        for x, y in ((336, 214), (336, 274), (388, 244))
    )
    gloss = line("M296 340V600", "#ffffff", 8, 0.35) + rect(526, 280, 8, 70, ink.dark, 4)
    return moved(case + camera + decoration + gloss, 0, 0, 1, 6)


def phonecase(ink: Paint) -> str:
    """Draw a phone in a plain case, seen from behind."""
    return _cased(ink, ring(400, 450, 70, ink.light, 5) + ring(400, 450, 54, ink.light, 3))


def zelligecase(ink: Paint) -> str:
    """Draw a phone in a case with stars of zellige."""
    stars = "".join(
        khatim(x, y, 40, ink.light) + khatim(x, y, 24, ink.accent)
        for x, y in ((340, 400), (460, 400), (340, 560), (460, 560))
    )
    return _cased(
        ink, stars + khatim(400, 480, 74, ink.light) + khatim(400, 480, 58, ink.base) + khatim(400, 480, 38, ink.accent)
    )


def charger(ink: Paint) -> str:
    """Draw a wall plug with two ports, its cable winding away."""
    pins = rect(330, 146, 24, 80, "#c9ced6", 10) + rect(446, 146, 24, 80, "#c9ced6", 10)
    block = rect(270, 214, 260, 250, "url(#b)", 46) + line("M300 256Q306 240 324 238", "#ffffff", 8, 0.7)
    bolt = fill("M412 270L350 366H396L386 426L452 326H406Z", ink.accent)
    cable = line("M400 470V520Q400 580 330 580Q250 580 250 622Q254 664 330 660H560", ink.dark, 16) + line(
        "M400 470V520Q400 580 330 580Q250 580 250 622Q254 664 330 660H560", ink.light, 5
    )
    plug = (
        rect(374, 440, 52, 66, ink.deep, 12)
        + rect(556, 636, 70, 44, ink.deep, 12)
        + rect(622, 646, 34, 24, "#c9ced6", 8)
    )
    return pins + cable + block + bolt + plug


def cable(ink: Paint) -> str:
    """Draw a braided cable, coiled and tied."""
    coils = "".join(
        ellipse(400, 410, radius_x, radius_y, "none").replace("/>", f' stroke="{colour}" stroke-width="20"/>')
        for radius_x, radius_y, colour in (
            (190, 150, ink.dark),
            (164, 126, ink.base),
            (138, 102, ink.dark),
            (112, 78, ink.base),
        )
    )
    braid = dashes(
        "M210 410a190 150 0 1 0 380 0a190 150 0 1 0 -380 0M262 410a138 102 0 1 0 276 0a138 102 0 1 0 -276 0",
        ink.light,
        8,
        "6 12",
    )
    ends = line("M560 330Q600 250 560 190M240 490Q200 560 250 620", ink.base, 20)
    plugs = moved(
        rect(376, 330, 48, 76, ink.deep, 12) + rect(386, 290, 28, 42, "#c9ced6", 8), 156, -224, 1, -16
    ) + moved(rect(376, 400, 48, 76, ink.deep, 12) + rect(384, 474, 32, 40, "#c9ced6", 6), -140, 200, 1, -24)
    tie = rect(570, 376, 40, 74, ink.accent, 12).replace("570", "540")
    return coils + braid + ends + plugs + tie + rect(220, 376, 40, 74, ink.accent, 12)


def powerbank(ink: Paint) -> str:
    """Draw a power bank with its gauge."""
    body = rect(272, 170, 256, 480, ink.deep, 54) + rect(280, 176, 240, 468, "url(#b)", 48)
    screen = rect(318, 230, 164, 104, NIGHT, 18) + "".join(
        rect(338 + 32 * bar, 254, 22, 56, "#7bd88f" if bar < 3 else "#4b5a52", 5) for bar in range(4)
    )
    bolt = fill("M416 390L350 492H396L384 566L456 456H410Z", ink.accent)
    ports = rect(336, 626, 50, 14, NIGHT, 7) + rect(414, 626, 50, 14, NIGHT, 7)
    return moved(body + screen + bolt + ports + line("M300 250V560", "#ffffff", 7, 0.4), 0, 0, 1, -8)


def earbuds(ink: Paint) -> str:
    """Wireless earbuds above their open case."""
    bud = moved(
        rect(380, 300, 40, 130, ink.light, 20) + ellipse(400, 300, 52, 48, ink.base) + ellipse(372, 302, 24, 30, NIGHT),
        -82,
        -20,
        1,
        10,
    )
    lid = fill("M238 400Q238 250 400 246Q562 250 562 400Z", ink.dark) + fill(
        "M262 400Q264 276 400 272Q536 276 538 400Z", ink.deep
    )
    case = fill("M226 410H574V540Q570 640 460 646H340Q230 640 226 540Z", "url(#b)") + rect(
        222, 396, 356, 26, ink.light, 13
    )
    light = (
        circle(400, 500, 8, "#7bd88f")
        + line("M262 460V540", "#ffffff", 9, 0.5)
        + diamonds([(400, 566)], 24, 24, ink.accent)
    )
    return lid + mirror(bud) + case + light


def earphones(ink: Paint) -> str:
    """Wired earphones."""
    bud = circle(290, 240, 56, "url(#b)") + circle(272, 240, 34, ink.deep) + rect(292, 280, 24, 84, ink.dark, 12)
    wires = line("M304 360Q310 470 400 500", ink.dark, 9)
    jack = (
        line("M400 500Q410 560 350 580Q280 600 310 640Q350 670 440 640", ink.dark, 9)
        + rect(436, 618, 76, 34, ink.deep, 10)
        + rect(510, 625, 38, 20, "#c9ced6", 8)
    )
    return mirror(wires + bud + ring(290, 240, 46, ink.accent, 4)) + jack + rect(386, 486, 28, 50, ink.accent, 10)


def headphones(ink: Paint) -> str:
    """Folding headphones."""
    band = line("M226 470Q220 180 400 176Q580 180 574 470", ink.deep, 40) + line(
        "M238 420Q240 200 400 196Q560 200 562 420", ink.base, 16
    )
    cup = (
        rect(186, 420, 94, 200, "url(#b)", 44) + rect(258, 436, 46, 168, NIGHT, 22) + ring(228, 520, 28, ink.accent, 6)
    )
    return band + mirror(cup) + dashes("M320 194Q400 170 480 194", ink.light, 5, "8 10")


def speaker(ink: Paint) -> str:
    """Draw a portable loudspeaker with a wrist loop."""
    loop = line("M560 330Q640 340 630 430Q620 480 580 470", ink.accent, 14)
    body = rect(206, 290, 388, 320, ink.deep, 110) + rect(216, 298, 368, 300, "url(#b)", 102)
    mesh = (
        '<g opacity=".45">'
        + "".join(dashes(f"M260 {y}H540", ink.deep, 8, "1 17") for y in range(340, 570, 26))
        + "</g>"
    )
    cones = (
        circle(400, 448, 104, ink.deep)
        + circle(400, 448, 88, NIGHT)
        + circle(400, 448, 54, ink.dark)
        + circle(400, 448, 24, ink.accent)
    )
    keys = line("M330 322h30M345 308v28M440 322h30", IVORY, 8)
    waves = line("M150 380Q120 450 150 520M110 350Q70 450 110 550", "#ffffff", 9, 0.8)
    return loop + waves + body + mesh + cones + keys


def watch(ink: Paint) -> str:
    """Draw a smart watch."""
    strap = (
        fill("M320 280L344 120H456L480 280Z", "url(#b)")
        + fill("M320 520L344 690H456L480 520Z", ink.dark)
        + dots([(400, 590), (400, 620), (400, 650)], 6, ink.deep)
    )
    case = (
        rect(266, 256, 268, 290, ink.deep, 78)
        + rect(284, 274, 232, 254, NIGHT, 62)
        + rect(530, 360, 16, 60, ink.dark, 8)
    )
    rings = (
        ring(400, 400, 88, "#3d4350", 13)
        + line("M400 312A88 88 0 1 1 326 448", ink.accent, 13)
        + ring(400, 400, 64, "#3d4350", 11)
        + line("M400 336A64 64 0 0 1 400 464", "#7bd88f", 11)
    )
    return strap + case + rings + line("M400 400V362M400 400L428 416", IVORY, 9) + circle(400, 400, 8, IVORY)


def memorycard(ink: Paint) -> str:
    """Draw a memory card."""
    card = fill("M280 220Q280 190 310 190H450L540 280V600Q540 632 508 632H312Q280 632 280 600Z", "url(#b)")
    pins = "".join(rect(306 + 34 * pin, 208, 20, 76, "#e0b44e", 5) for pin in range(5))
    label = (
        rect(306, 330, 208, 232, IVORY, 14)
        + rect(306, 330, 208, 64, ink.accent, 14)
        + diamonds(row(346, 474, 4, 362), 13, 18, IVORY)
    )
    return moved(card + pins + label + line("M336 440H484M336 478H484M336 516H420", "#c8b48c", 8), 0, 0, 1, 8)


def tripod(ink: Paint) -> str:
    """Draw a phone on a flexible tripod."""
    legs = "".join(
        dashes(data, ink.base, 30, "1 31")
        for data in ("M400 480Q330 540 250 650", "M400 480Q404 570 400 664", "M400 480Q470 540 550 650")
    )
    feet = dots([(250, 652), (400, 668), (550, 652)], 19, ink.accent)
    phone = rect(220, 210, 360, 206, NIGHT, 30) + rect(236, 224, 328, 178, mix(ink.accent, "#ffffff", 55), 18)
    view = circle(490, 280, 28, "#fff8e0") + fill(
        "M236 402V370Q300 300 360 350Q420 280 480 340Q520 310 564 350V384Q560 402 546 402Z", ink.second
    )
    clamp = rect(372, 410, 56, 74, ink.dark, 14) + line("M340 416H460", ink.deep, 18)
    return legs + feet + clamp + phone + view


def ringlight(ink: Paint) -> str:
    """Draw a ring light on its stand."""
    stand = line("M400 500V650M400 600L300 664M400 600L500 664", NIGHT, 14)
    halo = circle(400, 340, 220, "#fff6d8").replace("/>", ' opacity=".5"/>')
    lamp = ring(400, 340, 160, NIGHT, 56) + ring(400, 340, 160, "#fffdf4", 40) + ring(400, 340, 160, "#ffe9ae", 14)
    phone = rect(352, 262, 96, 164, NIGHT, 18) + rect(360, 272, 80, 144, ink.accent, 10) + khatim(400, 344, 30, IVORY)
    return stand + halo + lamp + phone + rect(388, 424, 24, 84, NIGHT, 8)


MOTIFS = {
    "teddy": teddy, "blocks": blocks, "train": train, "puzzle": puzzle, "notebook": notebook, "pencils": pencils,
    "schoolbag": schoolbag, "slate": slate, "phonecase": phonecase, "zelligecase": zelligecase, "charger": charger,
    "cable": cable,
    "powerbank": powerbank, "earbuds": earbuds, "earphones": earphones, "headphones": headphones, "speaker": speaker,
    "watch": watch, "memorycard": memorycard, "tripod": tripod, "ringlight": ringlight,
}  # fmt: skip
