"""What is behind a product: paper, a Moorish arch or a disc, and a quiet pattern of zellige or Berber weaving."""

from app.demo.palettes import Paint, mix
from app.demo.shapes import circle, dashes, ellipse, fill, line, moved, rect, ring

SHEET = 800
ARCH = "M170 800V400C130 330 160 130 400 90C640 130 670 330 630 400V800Z"


def document(width: int, height: int, body: str) -> bytes:
    """Return a whole SVG document."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'{head} fill="none" stroke-linecap="round" stroke-linejoin="round">{body}</svg>\n'.encode()


def _zellige(colours: Paint) -> str:
    """Eight-pointed stars joined by crosses."""
    star = "M50 14l11 10h15v15l10 11l-10 11v15h-15l-11 10l-11 -10h-15v-15l-10 -11l10 -11v-15h15z"
    joints = "M50 0v14M50 86v14M0 50h14M86 50h14M0 0l24 24M100 0l-24 24M0 100l24 -24M100 100l-24 -24"
    return line(star + joints, colours.pattern, 2)


def _weaving(colours: Paint) -> str:
    """Lozenges and combs, as on a Berber rug."""
    data = (
        "M50 10l40 40l-40 40l-40 -40zM50 32l18 18l-18 18l-18 -18zM0 30v40M100 30v40M0 50h10M90 50h10M50 0v10M50 90v10"
    )
    return line(data, colours.pattern, 2)


def _jasmine(colours: Paint) -> str:
    """Five-petalled flowers set in a net."""
    petals = "M50 46q-8 -14 0 -20q8 6 0 20zM54 49q11 -12 19 -6q-3 10 -19 6zM53 54q15 6 11 15q-10 0 -11 -15z"
    others = "M47 54q-15 6 -11 15q10 0 11 -15zM46 49q-11 -12 -19 -6q3 10 19 6z"
    return line(
        f"{petals}{others}M0 0q10 10 20 0M100 100q-10 -10 -20 0M0 100q10 -10 20 0M100 0q-10 10 -20 0",
        colours.pattern,
        2,
    )


def gradients(colours: Paint, mark: str = "") -> str:
    """Return the two gradients of a thing: `b` falls slantwise, `m` rounds it; `mark` sets those of several apart."""
    light, base = f'stop-color="{colours.light}"/>', f'<stop offset=".5" stop-color="{colours.base}"/>'
    dark = f'stop-color="{colours.dark}"/>'
    return (
        f'<linearGradient id="b{mark}" x2=".5" y2="1"><stop {light}{base}<stop offset="1" {dark}</linearGradient>'
        f'<linearGradient id="m{mark}"><stop {dark}<stop offset=".35" {light}<stop offset="1" {dark}</linearGradient>'
    )


def definitions(colours: Paint, size: int = 100) -> str:
    """Return the gradients, the soft shadow and the pattern that a picture refers to."""
    motif = (_zellige, _weaving, _jasmine)[colours.seed % 3](colours)
    shade = f'flood-color="{mix(colours.pattern, "#22121c", 60)}" flood-opacity=".32"'
    return (
        f'<defs>{gradients(colours)}<filter id="s" x="-20%" y="-20%" width="140%" height="150%">'
        f'<feDropShadow dy="12" stdDeviation="14" {shade}/></filter>'
        f'<pattern id="p" width="{size}" height="{size}" viewBox="0 0 100 100" patternUnits="userSpaceOnUse">'
        f"{motif}</pattern></defs>"
    )


def _papered(paper: str, strength: float) -> str:
    return rect(0, 0, SHEET, SHEET, paper) + fill("M0 0h800v800H0z", "url(#p)", strength)


def _before_an_arch(colours: Paint) -> str:
    sill = rect(0, 690, SHEET, 110, mix(colours.paper, colours.pattern, 26))
    edge = rect(0, 690, SHEET, 6, mix(colours.paper, "#ffffff", 55))
    trim = line(ARCH.replace("Z", ""), mix(colours.shape, "#ffffff", 60), 5)
    inner = "M194 690V404C156 340 182 152 400 116C618 152 644 340 606 404V690"
    beads = dashes(inner, colours.paper, 4, "1 14")
    return _papered(colours.paper, 0.38) + fill(ARCH, colours.shape) + trim + beads + sill + edge


def _before_a_disc(colours: Paint) -> str:
    band = mix(colours.shape, colours.pattern, 45)
    teeth = "".join(f"M{x} 700l25 -34l25 34z" for x in range(0, SHEET, 50))
    disc = circle(400, 390, 292, mix(colours.shape, "#ffffff", 22)) + ring(400, 390, 312, colours.paper, 4)
    return _papered(colours.shape, 0.3) + disc + fill(teeth, band) + rect(0, 700, SHEET, 100, band)


def _before_a_wall(colours: Paint) -> str:
    disc = circle(400, 400, 330, mix(colours.paper, "#ffffff", 35))
    return _papered(mix(colours.paper, colours.shape, 55), 0.5) + disc


def _on_a_slope(colours: Paint) -> str:
    split = fill("M0 800V560Q220 470 420 560T800 500V800Z", mix(colours.shape, colours.pattern, 22))
    sun = circle(600, 220, 130, mix(colours.shape, "#ffffff", 25))
    return _papered(colours.paper, 0.28) + sun + split


def scene(drawing: str, colours: Paint, view: int, *, standing: bool) -> bytes:
    """Return the picture of a product in one of four views: arch, disc, close-up, at a slant."""
    backdrop = (_before_an_arch, _before_a_disc, _before_a_wall, _on_a_slope)[view - 1](colours)
    scale, turn, lift = ((1, 0, 0), (0.94, 0, 0), (1.16, 0, 0), (0.98, -8, 10))[view - 1]
    ground = ellipse(400, 672, 210, 20, mix(colours.pattern, "#22121c", 35)).replace("/>", ' opacity=".3"/>')
    under = ground if standing and view < 3 else ""
    body = moved(f'<g filter="url(#s)">{drawing}</g>', 0, lift, scale, turn)
    return document(SHEET, SHEET, definitions(colours) + backdrop + under + body)
