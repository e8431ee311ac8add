"""Pictures of the house: rugs, pottery, copper."""

from app.demo.palettes import Paint, mix
from app.demo.shapes import (
    around,
    circle,
    dashes,
    diamonds,
    dots,
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

IVORY = "#fbf0d9"


def carpet(ink: Paint) -> str:
    """Draw a knotted rug with the lozenges of the Mzab and the Aurès."""
    fringe = dashes("M232 150H570M232 672H570", IVORY, 30, "3 11")
    field = (
        rect(222, 160, 356, 502, ink.base)
        + line("M240 178h320v466h-320z", ink.accent, 8)
        + line("M258 196h284v430h-284z", ink.deep, 5)
    )
    teeth = fill("".join(f"M258 {y}l22 18l-22 18z" for y in range(200, 600, 42)), IVORY)
    big = diamonds([(400, 298), (400, 412), (400, 526)], 104, 57, ink.deep) + diamonds(
        [(400, 298), (400, 412), (400, 526)], 80, 44, ink.accent
    )
    small = diamonds([(400, 298), (400, 412), (400, 526)], 54, 30, ink.base) + diamonds(
        [(400, 298), (400, 412), (400, 526)], 24, 14, IVORY
    )
    combs = line(
        "M306 240v28M318 240v28M330 240v28M306 268h24M318 268v20"
        "M306 584v-28M318 584v-28M330 584v-28M306 556h24M318 556v-20",
        IVORY,
        5,
    )
    sides = diamonds([(318, 355), (318, 469)], 22, 26, ink.second) + diamonds([(318, 355), (318, 469)], 8, 10, IVORY)
    ends = line(zigzag(276, 230, 15, 8, 18), IVORY, 5) + line(zigzag(276, 606, 15, 8, 18), IVORY, 5)
    return fringe + field + mirror(teeth + combs + sides) + big + small + ends


def cushion(ink: Paint) -> str:
    """Draw a square cushion woven with chevrons."""
    body = fill("M206 214Q400 250 594 214Q560 410 594 606Q400 570 206 606Q240 410 206 214Z", "url(#b)")
    bands = "".join(
        line(zigzag(258, y, 18, 8, 26), colour, 7)
        for y, colour in ((318, ink.accent), (338, IVORY), (520, IVORY), (540, ink.accent))
    )
    middle = (
        diamonds(row(280, 520, 4, 414), 38, 46, ink.accent)
        + diamonds(row(280, 520, 4, 414), 22, 28, ink.base)
        + diamonds(row(280, 520, 4, 414), 9, 12, IVORY)
    )
    knots = "".join(circle(x, y, 17, ink.accent) for x, y in ((206, 214), (594, 214), (206, 606), (594, 606)))
    return body + bands + middle + knots + dashes("M228 232Q400 262 572 232", ink.light, 4, "8 10")


def blanket(ink: Paint) -> str:
    """Folded cloths, stacked, the uppermost with fringes."""
    low = rect(196, 540, 408, 96, ink.dark, 44) + line("M240 588H590", ink.deep, 5, 0.6)
    middle = rect(206, 440, 396, 104, ink.base, 48) + line("M250 494H586", ink.dark, 5)
    cloth = fill("M214 300Q214 270 250 270H556Q594 272 594 320V400Q592 444 556 444H250Q214 440 214 410Z", "url(#b)")
    drape = fill("M300 270H500V560Q400 580 300 560Z", ink.light) + dashes(
        "M304 574Q400 594 498 574", ink.accent, 26, "4 12"
    )
    bands = line("M304 500Q400 520 498 500M304 540Q400 560 498 540", ink.accent, 7) + diamonds(
        row(328, 472, 5, 528), 11, 13, ink.accent
    )
    weave = diamonds([(400, 330), (400, 410)], 52, 32, ink.accent) + diamonds(
        [(400, 330), (400, 410)], 26, 16, ink.light
    )
    dotted = dots([(330, 370), (470, 370), (330, 450), (470, 450), (330, 296), (470, 296)], 8, ink.accent)
    return low + middle + cloth + drape + weave + dotted + bands


def vase(ink: Paint) -> str:
    """Draw a two-handled Kabyle jar, painted with lozenges and combs."""
    handle = line("M330 250Q236 250 246 360Q250 392 272 404", ink.dark, 22) + line(
        "M330 250Q236 250 246 360Q250 392 272 404", ink.light, 6, 0.5
    )
    body = fill(
        "M336 190H464Q470 210 452 232Q444 300 510 350Q590 420 564 530"
        "Q540 620 462 656H338Q260 620 236 530Q210 420 290 350Q356 300 348 232Q330 210 336 190Z",
        "url(#b)",
    )
    lip = rect(322, 176, 156, 28, ink.dark, 14)
    necks = line("M352 262H448M350 282H450", IVORY, 5) + line(
        "M272 380Q400 400 528 380M240 524Q400 552 560 524", "#4a1f17", 7
    )
    gems = diamonds([(290, 456), (400, 464), (510, 456)], 42, 52, IVORY) + diamonds(
        [(290, 456), (400, 464), (510, 456)], 28, 36, "#4a1f17"
    )
    hearts = diamonds([(290, 456), (400, 464), (510, 456)], 12, 16, ink.accent)
    teeth = line(zigzag(272, 590, 16, 8, 26), IVORY, 6) + dots(
        [(345, 420), (455, 420), (345, 506), (455, 506)], 6, IVORY
    )
    return mirror(handle) + body + lip + necks + gems + hearts + teeth


def tajine(ink: Paint) -> str:
    """Draw a clay pot under its cone."""
    cone = (
        fill("M220 520Q330 460 372 250H428Q470 460 580 520Z", "url(#b)")
        + circle(400, 222, 36, ink.dark)
        + circle(392, 214, 10, ink.light)
    )
    bands = line("M346 366Q400 380 454 366M310 440Q400 460 490 440", IVORY, 6) + line(
        "M330 404" + "l14 16l14 -16" * 5, ink.accent, 6
    )
    gems = diamonds([(300, 488), (366, 494), (434, 494), (500, 488)], 20, 22, IVORY) + diamonds(
        [(300, 488), (366, 494), (434, 494), (500, 488)], 9, 10, ink.second
    )
    dish = fill("M186 534H614Q600 620 520 652H280Q200 620 186 534Z", ink.dark) + rect(174, 514, 452, 36, ink.base, 18)
    steam = line("M360 170q-20 -24 0 -46q18 -22 2 -44M440 170q-20 -24 0 -46q18 -22 2 -44", "#ffffff", 8, 0.7)
    return steam + cone + bands + gems + dish + line(zigzag(246, 604, 14, 11, 24), IVORY, 5)


def plate(ink: Paint) -> str:
    """Draw a painted plate, seen from above."""
    disc = (
        circle(400, 404, 236, mix(ink.base, "#fffaf0", 82))
        + ring(400, 404, 226, ink.base, 9)
        + ring(400, 404, 160, ink.base, 5)
    )
    border = (
        dots(around(400, 404, 194, 12), 19, ink.base)
        + dots(around(400, 404, 194, 12), 8, IVORY)
        + dots(around(400, 404, 194, 12, 1), 8, ink.bold)
    )
    star = khatim(400, 404, 118, ink.base) + khatim(400, 404, 88, IVORY) + khatim(400, 404, 66, ink.bold)
    heart = circle(400, 404, 34, IVORY) + circle(400, 404, 18, ink.base)
    return disc + border + star + heart + dots(around(400, 404, 138, 8), 7, ink.dark)


def tile(ink: Paint) -> str:
    """Draw a square of zellige."""
    base = rect(206, 210, 388, 388, IVORY, 18) + line("M226 230h348v348h-348z", ink.base, 8)
    corners = "".join(
        khatim(x, y, 44, ink.bold) + circle(x, y, 14, IVORY)
        for x, y in ((280, 284), (520, 284), (280, 524), (520, 524))
    )
    star = (
        khatim(400, 404, 140, ink.base)
        + khatim(400, 404, 104, IVORY)
        + khatim(400, 404, 84, ink.dark)
        + khatim(400, 404, 44, ink.accent)
    )
    petals = diamonds([(400, 252), (400, 556)], 22, 20, ink.second) + diamonds(
        [(248, 404), (552, 404)], 20, 22, ink.second
    )
    return (
        base
        + corners
        + star
        + petals
        + circle(400, 404, 16, IVORY)
        + line("M216 226q0 -8 10 -8H480", "#ffffff", 7, 0.8)
    )


def glasses(ink: Paint) -> str:
    """Three gilded tea glasses."""
    tea = mix(ink.base, "#b5702a", 30)
    glass = fill("M312 330H488L470 600Q466 622 440 622H360Q334 622 330 600Z", "#fdfaf2") + fill(
        "M321 400H479L466 590Q462 608 440 608H360Q338 608 334 590Z", tea
    )
    paintwork = rect(318, 440, 164, 64, ink.base) + line("M318 440H482M321 504H479", "#e0b44e", 6)
    gems = diamonds(row(346, 454, 4, 472), 15, 22, "#e0b44e") + line("M340 356V390", "#ffffff", 8)
    rim = line("M312 330H488", "#e0b44e", 9)
    leaf = fill("M400 360q-40 -50 -8 -100q44 44 8 100M404 372q20 -54 66 -50q-10 48 -66 50", "#5c8f4a")
    whole = glass + paintwork + gems + rim
    return moved(whole, -128, -6, 0.92) + moved(whole, 128, -6, 0.92) + leaf + moved(whole, 0, 36)


def tray(ink: Paint) -> str:
    """Draw a round engraved tray."""
    disc = (
        circle(400, 404, 244, ink.dark)
        + circle(400, 404, 232, "url(#b)")
        + ring(400, 404, 206, ink.dark, 5)
        + ring(400, 404, 150, ink.dark, 4)
    )
    scallops = dots(around(400, 404, 240, 24), 15, ink.dark) + dots(around(400, 404, 238, 24), 9, ink.light)
    engraving = "".join(khatim(int(x), int(y), 22, ink.deep) for x, y in around(400, 404, 178, 12)) + dots(
        around(400, 404, 178, 12), 6, ink.light
    )
    star = (
        khatim(400, 404, 132, ink.deep)
        + khatim(400, 404, 118, ink.base)
        + khatim(400, 404, 84, ink.deep)
        + khatim(400, 404, 72, ink.light)
    )
    heart = (
        ring(400, 404, 40, ink.deep, 4) + dots(around(400, 404, 40, 8), 7, ink.deep) + circle(400, 404, 16, ink.deep)
    )
    shine = line("M210 330Q250 220 360 186", "#fff8e0", 9, 0.7)
    return disc + scallops + engraving + star + heart + shine


def teapot(ink: Paint) -> str:
    """Draw a chased teapot with a long spout."""
    spout = fill("M500 520Q600 500 600 380Q604 340 640 318L624 300Q570 330 556 390Q546 440 490 450Z", ink.dark)
    handle = line("M300 330Q180 320 186 440Q192 530 286 550", ink.deep, 24) + line(
        "M300 330Q180 320 186 440Q192 530 286 550", ink.accent, 8
    )
    body = fill("M340 310H460Q560 390 548 500Q536 590 468 622H332Q264 590 252 500Q240 390 340 310Z", "url(#b)")
    lid = (
        fill("M328 312Q336 220 400 214Q464 220 472 312Z", "url(#m)")
        + fill("M384 220L400 150L416 220Z", ink.dark)
        + circle(400, 152, 14, ink.accent)
    )
    neck = rect(318, 300, 164, 24, ink.dark, 12) + fill("M320 618H480L506 660H294Z", ink.dark)
    gems = khatim(400, 460, 62, ink.deep) + khatim(400, 460, 48, ink.light) + circle(400, 460, 18, ink.deep)
    lines = line("M262 440Q290 452 326 454M538 440Q510 452 474 454M276 560Q400 590 524 560", ink.deep, 5) + dots(
        [(296, 500), (504, 500), (316, 392), (484, 392)], 9, ink.light
    )
    return spout + handle + body + lines + gems + lid + neck


def lantern(ink: Paint) -> str:
    """Draw a pierced brass lantern, lit."""
    glow = circle(400, 430, 190, "#ffdf8a").replace("/>", ' opacity=".35"/>')
    top = (
        ring(400, 140, 26, ink.dark, 9)
        + fill("M388 166H412L420 200H380Z", ink.dark)
        + fill("M300 290Q320 210 400 196Q480 210 500 290Z", "url(#b)")
    )
    body = fill("M276 300H524L548 440L500 600H300L252 440Z", ink.dark)
    panes = fill("M300 320H372V580H318L278 440ZM388 320H412V580H388ZM428 320H500L522 440L482 580H428Z", "#ffe9a8")
    lattice = "".join(
        khatim(x, y, 24, ink.base) + circle(x, y, 9, "#fff6d2")
        for x, y in ((334, 380), (466, 380), (324, 470), (476, 470), (346, 540), (454, 540))
    )
    stars = diamonds([(400, 360), (400, 430), (400, 500)], 11, 26, ink.base)
    base = (
        rect(266, 288, 268, 24, ink.light, 12)
        + rect(286, 590, 228, 26, ink.light, 12)
        + fill("M310 614H490L520 660H280Z", "url(#b)")
    )
    return glow + top + body + panes + lattice + stars + base + dots(row(300, 500, 7, 268), 6, "#ffe9a8")


def book(ink: Paint) -> str:
    """Draw a bound book, standing at a slant."""
    pages = polygon([(300, 190), (580, 176), (590, 616), (310, 640)], "#fbf3e2") + line(
        "M316 628L586 604M314 618L586 594", "#d8c9a8", 3
    )
    cover = polygon([(236, 186), (556, 170), (556, 626), (236, 660)], "url(#b)") + polygon(
        [(236, 186), (272, 184), (272, 656), (236, 660)], ink.dark
    )
    frame = line("M300 216L532 204V594L300 616Z", ink.accent, 6)
    medal = (
        diamonds([(416, 360)], 82, 108, ink.accent)
        + diamonds([(416, 360)], 62, 84, ink.base)
        + khatim(416, 360, 42, ink.accent)
        + circle(416, 360, 14, ink.base)
    )
    title = line("M350 520L484 510M374 554L460 547", "#fff3d6", 11)
    return pages + cover + frame + medal + title


MOTIFS = {
    "carpet": carpet, "cushion": cushion, "blanket": blanket, "vase": vase, "tajine": tajine, "plate": plate,
    "tile": tile,
    "glasses": glasses, "tray": tray, "teapot": teapot, "lantern": lantern, "book": book,
}  # fmt: skip
