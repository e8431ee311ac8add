"""Pictures of what is worn: garments, shoes, bags and jewels."""

from app.demo.palettes import Paint
from app.demo.shapes import (
    around,
    circle,
    dashes,
    diamonds,
    dots,
    ellipse,
    fill,
    line,
    mirror,
    moved,
    polygon,
    rect,
    ring,
    row,
    zigzag,
)  # fmt: skip

HANGER = line("M400 178V158q0 -12 12 -16q14 -6 10 -20q-6 -14 -22 -8", "#8a6a48", 7) + line(
    "M300 226Q390 196 400 178Q410 196 500 226", "#a98256", 11
)


def karakou(ink: Paint) -> str:
    """Draw the velvet jacket of Algiers, embroidered in gold thread."""
    gold = ink.accent
    sleeve = fill("M262 232Q236 246 226 290L172 520L240 542L300 330Z", ink.dark) + line(
        "M180 498L247 520M186 474L253 495", gold, 7
    )
    body = fill(
        "M330 206Q400 250 470 206L540 232L520 400Q532 500 552 566Q400 606 248 566Q268 500 280 400L260 232Z", "url(#b)"
    )
    scrolls = line(
        "M352 270q-52 20 -28 66q30 10 24 -26M350 372q-66 20 -44 80q40 16 36 -34M344 478q-56 14 -46 64", gold, 5
    )
    leaves = dots([(318, 262), (300, 310), (336, 352), (296, 398), (358, 440), (282, 492), (330, 512)], 7, gold)
    edge = line("M330 210Q372 240 388 262L384 586", gold, 9) + dashes("M370 250L366 582", gold, 5, "1 13")
    hem = line("M254 546Q320 564 384 570", gold, 6) + dashes("M262 528Q320 546 372 550", gold, 6, "1 15")
    buttons = dots([(400, y) for y in range(290, 580, 48)], 8, "#fff0c4")
    return (
        HANGER
        + mirror(sleeve)
        + body
        + line("M400 240V590", ink.deep, 4)
        + mirror(scrolls + leaves + edge + hem)
        + buttons
    )


def gown(ink: Paint) -> str:
    """Draw a long dress with an embroidered front and ribbons around its hem."""
    sleeve = fill("M290 214Q262 228 252 270L206 404Q236 424 278 420L316 320Z", ink.dark) + line(
        "M212 392Q240 410 276 406", ink.accent, 8
    )
    body = fill(
        "M342 196Q400 240 458 196L512 214L490 400Q548 540 574 664Q400 706 226 664Q252 540 310 400L288 214Z", "url(#b)"
    )
    folds = line("M352 420Q322 540 308 668M384 424Q374 560 370 680", ink.dark, 4, 0.5)
    front = fill("M350 204Q400 240 450 204L438 350Q400 372 362 350Z", ink.second) + line(
        "M350 204L362 350Q400 372 438 350L450 204", ink.accent, 6
    )
    stitches = diamonds([(400, 262), (400, 296), (400, 330)], 11, 13, ink.accent) + dots(
        [(376, 280), (424, 280), (380, 314), (420, 314)], 5, "#fff3d6"
    )
    belt = fill("M312 388Q400 412 488 388L492 416Q400 440 306 416Z", ink.accent) + dots(
        row(336, 464, 6, 408), 5, ink.dark
    )
    ribbons = line("M240 602Q400 642 560 602", ink.accent, 9) + dashes(
        "M236 622Q400 662 564 622", ink.second, 8, "2 18"
    )
    hem = line("M230 646Q400 688 570 646", ink.accent, 7)
    return HANGER + mirror(sleeve) + body + mirror(folds) + front + stitches + belt + ribbons + hem


def djellaba(ink: Paint) -> str:
    """Draw a long hooded robe, closed by a row of plaited buttons."""
    sleeve = fill("M286 232Q262 244 252 280L190 486L262 508L322 340Z", ink.dark) + line(
        "M197 466L267 487", ink.accent, 6
    )
    body = fill("M340 210L460 210L516 232L508 420L540 664Q400 690 260 664L292 420L284 232Z", "url(#b)")
    hood = fill("M320 232Q330 150 400 128Q470 150 480 232Q440 262 400 300Q360 262 320 232Z", ink.base)
    inside = fill("M344 232Q352 172 400 156Q448 172 456 232Q430 254 400 280Q370 254 344 232Z", ink.deep)
    trim = line("M344 232Q352 172 400 156Q448 172 456 232Q430 254 400 280Q370 254 344 232Z", ink.accent, 5)
    closing = line("M400 284V560", ink.accent, 5) + dots([(400, y) for y in range(300, 560, 26)], 8, ink.accent)
    loops = dashes("M388 300V556M412 300V556", ink.accent, 4, "1 25")
    hem = line("M264 648Q400 674 536 648", ink.accent, 6)
    folds = line("M330 420L312 662M364 470L352 672", ink.dark, 4, 0.55)
    return mirror(sleeve) + body + mirror(folds) + hood + inside + trim + closing + loops + hem


def burnous(ink: Paint) -> str:
    """Draw a hooded cloak of wool, with braids down its front."""
    cloak = fill(
        "M336 214Q262 232 236 320Q206 470 190 652Q300 690 400 664Q500 690 610 652Q594 470 564 320Q538 232 464 214Z",
        "url(#b)",
    )
    opening = fill("M390 300L352 662Q400 676 448 662L410 300Z", ink.deep)
    hood = fill("M316 250Q318 166 400 110Q482 166 484 250Q450 290 400 330Q350 290 316 250Z", ink.base)
    inside = fill("M342 246Q346 186 400 146Q454 186 458 246Q430 280 400 304Q370 280 342 246Z", ink.deep)
    trim = line("M342 246Q346 186 400 146Q454 186 458 246Q430 280 400 304Q370 280 342 246Z", ink.accent, 5)
    braid = line("M388 316L352 660", ink.accent, 8) + dashes("M370 340L334 664", ink.accent, 5, "2 14")
    folds = line("M282 330Q250 480 240 664M322 340Q296 500 292 672", ink.dark, 5, 0.55)
    tassel = line("M400 330V372", ink.accent, 6) + fill("M388 370h24l8 46h-40z", ink.accent)
    return cloak + mirror(folds) + opening + mirror(braid) + hood + inside + trim + tassel


def _shirt(ink: Paint) -> str:
    sleeve = fill("M282 214L176 312L236 392L306 342Z", ink.dark) + dashes("M186 322L242 394", ink.light, 3, "6 7")
    body = fill("M330 196Q400 252 470 196L520 216L512 400L518 636Q400 654 282 636L288 400L280 216Z", "url(#b)")
    return mirror(sleeve) + body + dashes("M286 618Q400 636 514 618", ink.light, 3, "6 7")


def _tee(ink: Paint, printed: str) -> str:
    return HANGER + _shirt(ink) + line("M334 199Q400 258 466 199", ink.dark, 12) + printed


def tshirt(ink: Paint) -> str:
    """Draw a T-shirt, plain but for its chest pocket."""
    pocket = line("M432 304h62v60q-31 22 -62 0z", ink.dark, 4) + dashes("M436 318h54", ink.dark, 3, "6 7")
    return _tee(ink, pocket)


def citytee(ink: Paint) -> str:
    """Draw a T-shirt with the terraces of the Casbah."""
    city = fill("M312 460V408h30v-26h32v-42h20l12 -22l12 22h18v60h30v-20h28v80z", ink.bold) + fill(
        "M312 474h182v8H312z", ink.bold
    )
    return _tee(ink, city)


def yaztee(ink: Paint) -> str:
    """Draw a T-shirt with the yaz, the letter of the free people."""
    yaz = "M400 340V470M352 350Q356 406 400 406Q444 406 448 350M352 462Q356 406 400 406Q444 406 448 462"
    return _tee(ink, line(yaz, ink.accent, 14))


def polo(ink: Paint) -> str:
    """Draw a polo shirt with a tipped collar."""
    placket = rect(384, 232, 32, 112, ink.dark, 4) + dots([(400, 268), (400, 312)], 6, "#fff6e0")
    collar = fill("M330 196L362 184L400 236L362 282L318 214Z", ink.light) + line("M362 278L324 216", ink.accent, 5)
    cuffs = line("M182 316L238 390", ink.accent, 7)
    return (
        HANGER
        + _shirt(ink)
        + placket
        + mirror(collar + cuffs)
        + moved(diamonds([(400, 400)], 12, 14, ink.accent), 70, -80)
    )


def trousers(ink: Paint) -> str:
    """Wide trousers on a drawstring."""
    legs = fill("M270 190H530L590 480Q570 600 520 650L424 640L408 440H392L376 640L280 650Q230 600 210 480Z", "url(#b)")
    folds = line("M300 260Q270 420 300 630M350 270Q340 420 344 620", ink.dark, 5, 0.5)
    waist = rect(266, 176, 268, 40, ink.dark, 10) + dashes("M284 196H516", ink.light, 4, "4 12")
    cord = line("M392 206q-14 40 -8 76M408 206q14 44 10 84", ink.accent, 6)
    return legs + mirror(folds + line("M284 632L374 622", ink.accent, 6)) + waist + cord


def scarf(ink: Paint) -> str:
    """Draw a light cloth, folded over a rail, its fringes down."""
    back = fill("M256 214H430V520Q340 540 256 520Z", ink.dark)
    front = fill(
        "M330 206Q350 196 380 200H560Q570 204 566 230Q552 420 572 600Q450 630 330 600Q350 420 330 206Z", "url(#b)"
    )
    folds = line("M376 220Q390 420 372 604M430 214Q446 420 430 612M500 214Q512 420 500 608", ink.dark, 5, 0.45)
    bands = line("M338 520Q450 546 566 520M336 566Q450 594 570 566", ink.accent, 6) + diamonds(
        row(366, 540, 6, 550), 10, 12, ink.accent
    )
    fringe = dashes("M332 614Q450 644 572 614", ink.accent, 30, "2 12")
    rail = line("M210 204H600", "#8a6a48", 14) + circle(204, 204, 14, "#a98256") + circle(606, 204, 14, "#a98256")
    return rail + back + dashes("M258 536Q340 556 428 536", ink.accent, 22, "2 12") + front + folds + bands + fringe


def slipper(ink: Paint) -> str:
    """Draw a pair of leather slippers, seen from above."""
    sole = fill(
        "M322 300Q230 320 232 440Q240 520 236 580Q240 652 300 652Q362 650 362 580Q360 500 372 430Q384 330 322 300Z",
        ink.deep,
    )
    inner = fill("M312 452Q262 470 258 520Q262 560 258 590Q264 630 300 630Q338 628 338 590Q338 530 348 470Z", ink.light)
    upper = fill("M322 284Q214 320 226 470Q300 440 372 470Q388 330 322 284Z", "url(#b)")
    edge = line("M226 470Q300 440 372 470", ink.accent, 8)
    stitch = dashes("M318 314Q250 350 248 440M326 314Q362 360 356 440", ink.accent, 4, "7 9")
    star = diamonds([(304, 390)], 24, 34, ink.accent) + diamonds([(304, 390)], 10, 15, ink.base)
    return mirror(moved(sole + inner + upper + edge + stitch + star, 4, -60, 1.08, -7))


def sneaker(ink: Paint) -> str:
    """Draw a low sneaker, from its side."""
    sole = fill("M176 560Q172 610 210 612H600Q640 606 632 562Z", "#fbf7ef") + line("M180 584H632", ink.accent, 6)
    upper = fill("M184 566Q170 470 196 380Q240 396 300 352Q330 400 400 450Q480 490 560 498Q630 510 632 566Z", "url(#b)")
    toe = fill("M520 566Q524 510 572 500Q630 512 632 566Z", ink.light) + line("M520 562Q524 512 570 499", ink.dark, 4)
    collar = fill("M196 380Q240 396 300 352L320 382Q256 436 190 424Z", ink.dark)
    laces = line("M330 398l44 -22M362 424l44 -22M396 446l44 -22M430 464l42 -18", "#fff8ea", 11) + line(
        "M318 408Q390 478 470 500", ink.dark, 5
    )
    side = fill("M214 560Q250 470 330 470Q300 520 330 560Z", ink.accent) + dashes(
        "M352 560Q330 520 352 480", ink.dark, 4, "7 8"
    )
    return moved(sole + upper + toe + collar + side + laces, 0, 40, 1.08, -6)


def handbag(ink: Paint) -> str:
    """Draw a leather bag with a flap and a clasp."""
    strap = line("M270 360Q290 150 400 150Q510 150 530 360", ink.dark, 20) + line(
        "M270 360Q290 150 400 150Q510 150 530 360", ink.base, 11
    )
    body = fill("M226 344Q400 322 574 344L606 610Q600 652 560 654H240Q200 652 194 610Z", "url(#b)")
    flap = fill("M226 344Q400 318 574 344L582 440Q500 540 400 544Q300 540 218 440Z", ink.base)
    seam = dashes("M230 438Q310 524 400 528Q490 524 570 438", ink.light, 4, "10 9") + line(
        "M218 440Q300 540 400 544Q500 540 582 440", ink.dark, 5
    )
    clasp = circle(400, 532, 28, "#e0b44e") + circle(400, 532, 15, "#b98528")
    weave = diamonds(row(300, 500, 5, 404), 15, 20, ink.dark) + diamonds(row(300, 500, 5, 404), 6, 8, ink.light)
    rings = ring(270, 356, 14, "#e0b44e", 7) + ring(530, 356, 14, "#e0b44e", 7)
    return (
        strap
        + body
        + dashes("M214 612Q216 634 244 634H556Q584 634 586 612", ink.light, 4, "10 9")
        + flap
        + weave
        + seam
        + clasp
        + rings
    )


def basket(ink: Paint) -> str:
    """Draw a market basket plaited from palm leaves."""
    handles = line("M290 370Q300 180 400 180Q500 180 510 370", "#7a4c2c", 18)
    body = fill("M200 360H600L556 620Q550 650 516 650H284Q250 650 244 620Z", "url(#b)")
    plaits = "".join(
        line(zigzag(226 + shift, y, 17, 10 - shift // 9, 20), ink.dark, 5, 0.7)
        for shift, y in ((0, 440), (9, 492), (18, 596))
    )
    band = polygon([(221, 520), (579, 520), (571, 562), (229, 562)], ink.accent) + diamonds(
        row(264, 536, 7, 541), 15, 17, ink.second
    )
    rim = rect(190, 346, 420, 34, ink.dark, 16) + dashes("M206 363H596", ink.light, 6, "12 14")
    return handles + body + plaits + band + rim + line("M290 380v44M510 380v44", "#7a4c2c", 18)


def onesie(ink: Paint) -> str:
    """Draw a baby's bodysuit."""
    sleeve = fill("M292 220L178 332L236 396L310 336Z", ink.dark) + line("M188 342L240 392", ink.accent, 9)
    body = fill(
        "M334 204Q400 244 466 204L516 222L508 470Q500 530 462 560L444 640H356L338 560Q300 530 292 470L284 222Z",
        "url(#b)",
    )
    neck = line("M326 204Q400 266 474 204", ink.accent, 11) + line(
        "M300 216Q330 262 356 262M500 216Q470 262 444 262", ink.dark, 4
    )
    snaps = line("M360 624H440", ink.dark, 5) + dots(row(372, 428, 3, 624), 7, "#fff8ea")
    moon = (
        circle(400, 404, 58, ink.accent)
        + circle(424, 390, 50, ink.base)
        + dots([(346, 350), (452, 342), (462, 448)], 7, ink.accent)
    )
    return (
        HANGER + mirror(sleeve) + body + neck + moon + snaps + mirror(line("M300 480Q326 540 350 566", ink.accent, 7))
    )


def brooch(ink: Paint) -> str:
    """Draw a Kabyle fibula: silver, enamel and coral."""
    blue, green, gold, coral = "#2b5ca8", "#2f8a5b", "#e3b341", "#d2452f"
    pin = line("M400 130V330", ink.dark, 12) + ring(400, 250, 62, ink.dark, 16) + ring(400, 250, 62, ink.light, 6)
    plate = fill("M400 270L560 520Q400 610 240 520Z", "url(#m)") + line(
        "M400 296L536 508Q400 580 264 508Z", ink.deep, 5
    )
    cells = (
        fill("M400 330L444 400H356Z", blue)
        + fill("M346 416H396V470H312Z", green)
        + fill("M404 416H454L488 470H404Z", gold)
    )
    more = fill("M304 486H396V540Q340 536 284 514Z", gold) + fill("M404 486H496L516 514Q460 536 404 540Z", green)
    corals = circle(400, 446, 40, ink.deep) + circle(400, 446, 32, coral) + circle(391, 436, 9, "#f0917c")
    studs = "".join(
        circle(x, y, 15, coral) + circle(x - 4, y - 4, 5, "#f0917c") for x, y in ((400, 366), (308, 504), (492, 504))
    )
    drops = line("M280 540V580M340 560V604M400 568V614M460 560V604M520 540V580", ink.dark, 6)
    ends = dots([(280, 592), (340, 616), (400, 628), (460, 616), (520, 592)], 14, coral)
    return pin + plate + cells + more + corals + studs + drops + ends


def bracelet(ink: Paint) -> str:
    """Draw a wide silver cuff with enamel cells."""
    back = ellipse(400, 330, 206, 84, ink.deep) + ellipse(400, 344, 186, 66, ink.dark)
    front = fill("M194 336Q200 420 400 424Q600 420 606 336V470Q600 566 400 572Q200 566 194 470Z", "url(#m)")
    rims = line("M196 352Q210 434 400 438Q590 434 604 352M196 470Q214 548 400 554Q586 548 604 470", ink.deep, 7)
    cells = diamonds([(270, 486), (400, 496), (530, 486)], 42, 40, "#2b5ca8") + diamonds(
        [(334, 494), (466, 494)], 26, 38, "#2f8a5b"
    )
    stones = dots([(270, 486), (400, 496), (530, 486)], 17, "#d2452f") + dots([(334, 494), (466, 494)], 9, "#e3b341")
    beads = dashes("M200 380Q220 454 400 460Q580 454 600 380", ink.light, 9, "1 17")
    return moved(back + front + rims + beads + cells + stones, 0, -40, 1.08, -6)


def necklace(ink: Paint) -> str:
    """Draw a chain with a row of pendants and one stone."""
    bust = fill(
        "M300 170Q400 200 500 170Q510 300 600 360Q640 400 630 650H170Q160 400 200 360Q290 300 300 170Z", "#f3ead9"
    )
    chain = dashes("M292 290Q300 470 400 490Q500 470 508 290", ink.dark, 12, "1 17") + dashes(
        "M292 290Q300 470 400 490Q500 470 508 290", ink.light, 5, "1 17"
    )
    small = [(316, 428), (352, 474), (448, 474), (484, 428)]
    drops = diamonds([(x, y + 22) for x, y in small], 13, 24, ink.base) + dots(
        [(x, y + 22) for x, y in small], 5, "#fff3d6"
    )
    star = polygon(
        [point for pair in zip(around(400, 548, 62, 8), around(400, 548, 30, 8, 1), strict=True) for point in pair],
        "url(#b)",
    )
    stone = circle(400, 548, 22, ink.deep) + circle(400, 548, 16, "#c8402f") + circle(394, 541, 5, "#f6b4a5")
    return (
        bust
        + fill("M300 170Q400 200 500 170Q502 204 508 230Q400 262 292 230Q298 204 300 170Z", "#e6d8c0")
        + chain
        + drops
        + star
        + stone
    )


MOTIFS = {
    "karakou": karakou, "gown": gown, "djellaba": djellaba, "burnous": burnous, "tshirt": tshirt, "citytee": citytee,
    "yaztee": yaztee, "polo": polo,
    "trousers": trousers, "scarf": scarf, "slipper": slipper, "sneaker": sneaker, "handbag": handbag, "basket": basket,
    "onesie": onesie, "brooch": brooch, "bracelet": bracelet, "necklace": necklace,
}  # fmt: skip
