"""How large a product is when it is packed, by what it is."""

# Height, width and length in centimetres.
_PARCELS: dict[str, tuple[int, int, int]] = {
    "karakou": (10, 40, 50), "gown": (8, 35, 45), "djellaba": (8, 35, 45), "burnous": (15, 40, 50),
    "tshirt": (3, 25, 30), "citytee": (3, 25, 30), "yaztee": (3, 25, 30), "polo": (4, 26, 32),
    "trousers": (5, 28, 34), "scarf": (3, 20, 25), "slipper": (9, 20, 30), "sneaker": (12, 22, 33),
    "handbag": (14, 28, 36), "basket": (30, 30, 45), "onesie": (3, 20, 25), "brooch": (5, 9, 9),
    "bracelet": (7, 10, 10), "necklace": (4, 9, 18), "dates": (7, 15, 22), "jar": (11, 8, 8),
    "bottle": (27, 8, 8), "bowl": (8, 18, 26), "sweets": (6, 20, 26), "spices": (4, 10, 15), "soap": (4, 7, 10),
    "flask": (20, 7, 7), "dropper": (11, 4, 4), "cream": (5, 7, 7), "mitt": (2, 14, 22), "bundle": (3, 5, 18),
    "box": (20, 35, 45), "carpet": (22, 22, 100), "cushion": (4, 30, 36), "blanket": (14, 32, 40),
    "vase": (28, 20, 20), "tajine": (24, 30, 30), "plate": (7, 32, 32), "tile": (3, 20, 20),
    "glasses": (11, 20, 28), "tray": (5, 34, 34), "teapot": (26, 16, 24), "lantern": (28, 18, 18),
    "book": (3, 17, 24), "teddy": (25, 18, 20), "blocks": (8, 20, 26), "train": (12, 12, 40),
    "puzzle": (4, 26, 36), "notebook": (3, 18, 25), "pencils": (3, 10, 22), "schoolbag": (20, 32, 42),
    "slate": (3, 32, 47), "phonecase": (2, 10, 18), "zelligecase": (2, 10, 18), "charger": (6, 8, 9),
    "cable": (3, 9, 14), "powerbank": (3, 10, 18), "earbuds": (4, 9, 9), "earphones": (3, 8, 12),
    "headphones": (9, 18, 21), "speaker": (11, 11, 22), "watch": (8, 9, 11), "memorycard": (1, 8, 11),
    "tripod": (6, 9, 30), "ringlight": (9, 32, 36),
}  # fmt: skip


def parcel(motif: str, place: int) -> tuple[float, float, float]:
    """Return height, width and length of a packed product; each larger edition adds an eighth to each side."""
    height, width, length = _PARCELS[motif]
    sides = [side * (8 + place) * 5 // 4 / 10 for side in (height, width, length)]
    return sides[0], sides[1], sides[2]
