"""Pictures of what is eaten, drunk and put on the skin."""

from app.demo.palettes import TINTS, Paint, mix
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

LABEL = "#fbf3e2"
_GRAINS = frozenset(TINTS[tint] for tint in ("cream", "tan", "olive"))
_HONEYS = frozenset(TINTS[tint] for tint in ("gold", "saffron", "orange", "brown"))


def dates(ink: Paint) -> str:
    """Draw a spray of dates on a palm leaf."""
    leaf = line("M400 150Q420 300 400 460", "#5e7a3c", 10)
    fronds = "".join(
        f"M{402 + y // 40} {y}Q{300 - y // 8} {y - 40} {236 - y // 12} {y + 30}" for y in range(170, 400, 38)
    )
    stalks = line(
        "M400 250Q330 330 300 420M400 250Q380 340 372 420M400 250Q430 330 442 420M400 250Q480 330 512 420", "#c79a45", 7
    )
    places = [
        (300, 430),
        (372, 420),
        (444, 424),
        (512, 434),
        (266, 510),
        (338, 506),
        (410, 504),
        (480, 510),
        (548, 514),
        (304, 590),
        (376, 590),
        (446, 590),
        (514, 592),
    ]
    fruit = "".join(
        ellipse(x, y, 33, 50, (ink.base, ink.dark, mix(ink.base, "#c98a3a", 30))[index % 3])
        for index, (x, y) in enumerate(places)
    )
    shine = line("".join(f"M{x - 13} {y - 22}q-7 18 -2 36" for x, y in places), ink.light, 6, 0.75)
    caps = dots([(x, y - 46) for x, y in places], 9, "#d9b25c")
    return mirror(line(fronds, "#6d8c45", 11)) + leaf + stalks + fruit + shine + caps


def jar(ink: Paint) -> str:
    """Draw a glass jar under a tied cloth, with a label."""
    glass = rect(232, 270, 336, 390, "#fffaf0", 54) + rect(246, 310, 308, 336, "url(#b)", 44)
    gloss = line("M268 350V590", "#ffffff", 12, 0.55)
    cloth = fill(
        "M250 268L222 330Q260 312 290 332Q320 310 350 332Q380 312 400 332"
        "Q430 312 452 332Q486 310 514 332Q546 314 578 330L550 268Z",
        ink.second,
    )
    lid = (
        rect(246, 196, 308, 80, ink.second, 26)
        + dots(row(276, 524, 6, 224), 6, LABEL)
        + dots(row(300, 500, 5, 248), 5, ink.accent)
    )
    cord = line("M248 274H552", "#c9a35c", 10) + line("M470 276q24 30 10 64M478 276q40 20 44 56", "#c9a35c", 6)
    label = rect(290, 400, 220, 176, LABEL, 16) + line("M304 414h192v148h-192z", ink.accent, 3)
    comb = "".join(f"M{x} {y - 24}l21 12v24l-21 12l-21 -12v-24z" for x, y in ((400, 470), (379, 506), (421, 506)))
    star = khatim(400, 482, 50, ink.dark) + khatim(400, 482, 34, LABEL) + circle(400, 482, 13, ink.dark)
    emblem = line(comb, ink.dark, 6) if ink.base in _HONEYS else star
    bands = line(zigzag(318, 550, 10, 8, 12), ink.dark, 4)
    return glass + gloss + label + emblem + bands + cloth + lid + cord


def bottle(ink: Paint) -> str:
    """Draw an oil bottle, a branch of olives beside it."""
    body = fill(
        "M362 230V190H438V230Q440 300 486 340Q506 360 506 400V626Q506 660 470 660"
        "H330Q294 660 294 626V400Q294 360 314 340Q360 300 362 230Z",
        "url(#m)",
    )
    gloss = line("M322 400V610", "#ffffff", 10, 0.4)
    cap = rect(354, 134, 92, 64, ink.accent, 12) + line("M366 152h68M366 170h68", ink.dark, 3)
    label = rect(294, 420, 212, 170, LABEL) + rect(294, 430, 212, 6, ink.accent) + rect(294, 574, 212, 6, ink.accent)
    sprig = line("M352 540Q400 520 446 460", "#6d7a34", 6) + fill(
        "M380 526q-34 -6 -40 -40q34 6 40 40M408 506q-20 -28 -6 -54q20 24 6 54M420 492q30 10 50 -10q-24 -18 -50 10",
        "#7e8b3f",
    )
    fruit = ellipse(424, 530, 16, 22, ink.dark) + ellipse(366, 470, 14, 19, ink.dark)
    branch = line("M520 652Q590 630 640 560", "#6d7a34", 8) + fill(
        "M560 636q0 -44 40 -60q10 40 -40 60M590 612q50 6 60 -24q-36 -16 -60 24", "#7e8b3f"
    )
    olives = (
        ellipse(548, 640, 26, 32, "#6f7a34") + ellipse(588, 650, 24, 29, "#56602a") + circle(540, 630, 6, "#b9c27a")
    )
    return body + gloss + cap + label + sprig + fruit + branch + olives


def bowl(ink: Paint) -> str:
    """Draw a painted bowl, heaped with couscous."""
    clay, grain = ("#b5653f", ink.base) if ink.base in _GRAINS else (ink.base, "#ecd49a")
    heap = fill("M232 420Q270 300 400 244Q530 300 568 420Z", grain)
    places = [
        (400, 282),
        (360, 318),
        (430, 312),
        (320, 350),
        (392, 346),
        (466, 350),
        (286, 386),
        (350, 384),
        (420, 380),
        (500, 388),
    ]
    grains = dots(places, 7, mix(grain, "#8a5a20", 28)) + dots(
        [(x + 20, y + 14) for x, y in places], 6, mix(grain, "#ffffff", 55)
    )
    dish = fill("M196 412H604Q600 560 470 610H330Q200 560 196 412Z", clay) + fill(
        "M330 604H470L490 660H310Z", mix(clay, "#22121c", 24)
    )
    rim = rect(184, 396, 432, 34, mix(clay, "#fff6e6", 26), 17)
    bands = line(zigzag(232, 492, 14, 12, 26), "#fff1d4", 6) + line("M222 510Q400 530 578 510", "#fff1d4", 4)
    gems = diamonds(row(290, 510, 5, 552), 16, 20, ink.second)
    spoon = line("M520 300L640 200", "#a98256", 15) + ellipse(506, 314, 34, 24, "#a98256").replace(
        "/>", ' transform="rotate(-40 506 314)"/>'
    )
    return spoon + heap + grains + dish + rim + bands + gems


def sweets(ink: Paint) -> str:
    """Lozenges of semolina pastry on a footed dish."""
    piece = "l62 34l-62 34l-62 -34z"
    places = [(400, 236), (330, 296), (470, 296), (260, 356), (400, 356), (540, 356)]
    sides = fill("".join(f"M{x - 62} {y + 34}l62 34l62 -34v26l-62 34l-62 -34z" for x, y in places), ink.dark)
    tops = fill("".join(f"M{x} {y}{piece}" for x, y in places), "url(#b)")
    glaze = line("".join(f"M{x - 28} {y + 32}l28 -16" for x, y in places), "#fff3d0", 6, 0.7)
    nuts = dots([(x + 4, y + 36) for x, y in places], 10, ink.accent) + dots(
        [(x + 1, y + 33) for x, y in places], 3, "#fff8e6"
    )
    plate = (
        ellipse(400, 470, 246, 56, "#e8d3a4")
        + ellipse(400, 462, 246, 52, "#f8eed6")
        + ellipse(400, 458, 214, 40, "#efdcb2")
    )
    foot = fill("M352 512H448L470 610Q400 634 330 610Z", "#d9bd83") + ellipse(400, 618, 110, 24, "#e8d3a4")
    trim = dashes("M164 480Q220 524 400 528Q580 524 636 480", ink.accent, 7, "1 20")
    return foot + plate + trim + sides + tops + glaze + nuts


def spices(ink: Paint) -> str:
    """Draw a heap in a copper pan, a scoop and seeds."""
    heap = fill("M226 470Q300 330 400 232Q500 330 574 470Z", "url(#b)") + fill(
        "M400 232Q460 330 470 470H574Q500 330 400 232Z", ink.dark, 0.5
    )
    speckles = dots(
        [(380, 300), (350, 360), (420, 350), (320, 420), (390, 420), (460, 420), (500, 450), (282, 452)], 5, ink.light
    )
    pan = fill("M190 462H610Q600 580 520 620H280Q200 580 190 462Z", "#b56f42") + rect(178, 448, 444, 34, "#d99a66", 17)
    chasing = dashes("M226 528Q400 556 574 528", "#f0c594", 6, "1 18") + line(
        zigzag(262, 590, 12, 11, 22), "#8a4d2a", 5
    )
    stars = (
        khatim(596, 640, 26, ink.accent)
        + circle(596, 640, 8, "#7a4a22")
        + khatim(212, 644, 20, ink.accent)
        + circle(212, 644, 6, "#7a4a22")
    )
    scoop = line("M474 330L596 196", "#8f673f", 18) + fill(
        "M430 330q50 -20 74 26q-34 44 -78 22q-14 -26 4 -48", "#a98256"
    )
    return heap + speckles + scoop + pan + chasing + stars


def soap(ink: Paint) -> str:
    """Cut bars of soap, stacked and tied, a sprig of laurel before them."""
    low = (
        fill("M196 520L430 470L620 530L386 590Z", ink.light)
        + fill("M196 520L386 590V660L196 592Z", "url(#b)")
        + fill("M386 590L620 530V600L386 660Z", ink.dark)
    )
    high = (
        fill("M236 400L420 360L570 408L386 452Z", ink.light)
        + fill("M236 400L386 452V540L236 488Z", "url(#b)")
        + fill("M386 452L570 408V496L386 540Z", ink.dark)
    )
    stamp = line("M330 404l68 -16l60 18l-68 18z", ink.base, 5) + diamonds([(394, 406)], 18, 9, ink.base)
    band = fill("M298 386L336 378L490 428V516L452 524V438Z", ink.accent, 0.92)
    bubbles = (
        ring(562, 280, 40, "#ffffff", 5)
        + ring(622, 350, 22, "#ffffff", 5)
        + ring(500, 220, 20, "#ffffff", 5)
        + line("M540 264q6 -12 18 -14", "#ffffff", 5)
    )
    sprig = line("M200 660Q290 690 360 640", "#5e7a3c", 7) + fill(
        "M240 668q-10 -44 24 -60q22 36 -24 60M290 672q0 -40 40 -52q12 40 -40 52M332 660q30 -20 56 0q-26 26 -56 0",
        "#6d8c45",
    )
    return low + high + stamp + band + bubbles + sprig


def flask(ink: Paint) -> str:
    """Draw a long-necked flask for rose or orange-flower water."""
    neck = fill("M382 200H418L426 380H374Z", "url(#m)") + fill("M370 178Q400 120 430 178V206H370Z", ink.accent)
    body = fill(
        "M374 370Q350 410 296 440Q234 486 250 560Q268 626 340 640H460Q532 626 550 560Q566 486 504 440Q450 410 426 370Z",
        "url(#m)",
    )
    foot = (
        fill("M336 636H464L486 664H314Z", ink.dark)
        + rect(366, 358, 68, 20, ink.accent, 10)
        + rect(372, 300, 56, 12, ink.accent, 6)
    )
    medal = circle(400, 528, 76, LABEL) + ring(400, 528, 66, ink.accent, 4)
    petals = "".join(
        ellipse(400, 500, 15, 25, ink.base).replace("/>", f' transform="rotate({turn} 400 528)"/>')
        for turn in range(0, 360, 72)
    )
    flower = petals + circle(400, 528, 13, ink.accent)
    fallen = fill("M560 640q30 -36 70 -14q-20 40 -70 14M168 650q24 -40 64 -20q-14 40 -64 20", ink.light) + fill(
        "M604 596q8 -34 44 -34q2 34 -44 34", ink.base
    )
    gloss = line("M280 520q0 -34 30 -56", "#ffffff", 9, 0.6)
    return neck + body + foot + medal + flower + gloss + fallen


def dropper(ink: Paint) -> str:
    """Draw a small glass bottle with a dropper."""
    bulb = fill("M366 210V160Q366 116 400 116Q434 116 434 160V210Z", "#3d3a40") + rect(
        346, 204, 108, 74, ink.accent, 12
    )
    ridges = line("".join(f"M{x} 218v46" for x in range(362, 450, 15)), "#22121c", 3, 0.35)
    body = fill(
        "M352 278H448V304Q520 320 524 392V616Q524 656 486 656H314Q276 656 276 616V392Q280 320 352 304Z", "url(#m)"
    )
    label = rect(276, 406, 248, 180, LABEL) + line("M276 420H524M276 572H524", ink.accent, 4)
    drop = fill("M400 436Q444 492 444 516Q444 556 400 556Q356 556 356 516Q356 492 400 436Z", ink.base) + line(
        "M376 516q2 20 20 24", "#fff8e6", 6
    )
    gloss = line("M302 380V390M302 610V620", "#ffffff", 10, 0.6)
    return bulb + ridges + body + label + drop + gloss + dots([(310, 496), (490, 496)], 6, ink.accent)


def cream(ink: Paint) -> str:
    """Draw an open pot of balm, its lid beside it."""
    lid = (
        ellipse(536, 470, 120, 120, ink.accent)
        + ellipse(526, 462, 104, 104, mix(ink.accent, "#ffffff", 22))
        + khatim(526, 462, 60, ink.accent)
    )
    pot = (
        fill("M170 420V590Q180 656 340 660Q500 656 510 590V420Z", "url(#m)")
        + ellipse(340, 420, 170, 62, LABEL)
        + ellipse(340, 424, 148, 50, ink.light)
    )
    swirl = fill(
        "M220 424Q260 380 340 384Q430 384 456 424Q400 470 340 470Q270 470 220 424Z", mix(ink.light, "#ffffff", 45)
    ) + line("M270 424q40 -24 90 -12q50 16 6 34q-34 6 -40 -10", ink.base, 6, 0.6)
    label = fill("M170 500Q200 560 340 564Q480 560 510 500V560Q480 618 340 622Q200 618 170 560Z", LABEL) + dots(
        [(280, 590), (340, 594), (400, 590)], 9, ink.accent
    )
    return lid + pot + swirl + label


def mitt(ink: Paint) -> str:
    """Draw a hammam glove."""
    hand = fill(
        "M262 620V330Q262 190 400 190Q500 190 510 320Q560 296 586 340Q600 380 540 430Q524 446 524 470V620Z", "url(#b)"
    )
    cuff = rect(248, 560, 290, 84, ink.accent, 16) + line(zigzag(266, 620, 16, 8, 34), LABEL, 6)
    weave = "".join(line(f"M290 {y}Q390 {y - 24} 500 {y}", ink.light, 4, 0.5) for y in range(270, 550, 34))
    return line("M520 640q60 10 50 -40", ink.accent, 9) + hand + weave + cuff


def bundle(ink: Paint) -> str:
    """Draw a bundle of bark sticks tied with a cord."""
    sticks = "".join(
        rect(x, 190 + lift, 42, 440 - lift, ink.base if lift else ink.dark, 14)
        for x, lift in ((292, 24), (344, 0), (396, 30), (448, 8))
    )
    ends = "".join(
        ellipse(x + 21, 200 + lift, 19, 10, ink.light) for x, lift in ((292, 24), (344, 0), (396, 30), (448, 8))
    )
    grain = dashes("M313 260V600M365 240V610M417 270V600M469 250V610", ink.light, 4, "40 26")
    cord = rect(280, 392, 222, 30, ink.accent, 12) + line("M480 416q40 30 30 90M470 418q10 50 -20 86", ink.accent, 8)
    return moved(sticks + ends + grain + cord, 0, 0, 1.05, 10)


def box(ink: Paint) -> str:
    """Draw a taped shipping carton."""
    front = fill("M190 340L400 420V670L190 580Z", "url(#b)") + fill("M610 340L400 420V670L610 580Z", ink.dark)
    top = fill("M190 340L400 262L610 340L400 420Z", ink.light) + fill("M280 306L318 292L528 372L490 386Z", ink.accent)
    tape = fill("M490 386L528 372V430L490 444Z", ink.accent) + line("M230 530l70 30M230 556l44 18", ink.deep, 7)
    arrows = line("M500 600V520M478 546l22 -28l22 18M556 578V498M534 524l22 -28l22 18", ink.light, 7)
    return front + top + tape + arrows + polygon([(214, 400), (300, 432), (300, 486), (214, 452)], LABEL)


MOTIFS = {
    "dates": dates, "jar": jar, "bottle": bottle, "bowl": bowl, "sweets": sweets, "spices": spices, "soap": soap,
    "flask": flask, "dropper": dropper, "cream": cream, "mitt": mitt, "bundle": bundle, "box": box,
}  # fmt: skip
