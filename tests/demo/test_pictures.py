import re
from hashlib import sha256
from xml.etree import ElementTree

import pytest

from app.demo.catalogue import demo_shops
from app.demo.palettes import TINTS
from app.demo.parcels import parcel
from app.demo.pictures import MOTIFS, VIEWS, image_name, picture

PICTURES_HASH = "437fc6b7e891618965a4dab06215a7aad3d5cd83aeb618c4874330d63040ce34"

PRODUCT_NAMES = sorted({image.name for shop in demo_shops() for product in shop.products for image in product.images})
SHOP_NAMES = [name for shop in demo_shops() for name in (shop.logo, shop.favicon, shop.banner)]
ALLOWED = {
    "svg", "defs", "linearGradient", "stop", "filter", "feDropShadow", "pattern", "g", "path", "rect", "circle",
    "ellipse",
}  # fmt: skip


def drawn(name: str) -> bytes:
    found = picture(name)
    assert found is not None, name
    return found


def inspect(document: bytes) -> ElementTree.Element:
    """Parse a picture and check that it is harmless: known elements, references to itself alone."""
    root = ElementTree.fromstring(document)
    known = {element.get("id") for element in root.iter()} - {None}
    for element in root.iter():
        namespace, _, tag = element.tag.rpartition("}")
        assert namespace == "{http://www.w3.org/2000/svg"
        assert tag in ALLOWED
        assert not (element.text or "").strip()
        for attribute, value in element.attrib.items():
            assert not attribute.lower().startswith("on")
            assert "href" not in attribute
            assert not re.search(r"https?:|data:|javascript:|[<>&]", value)
            assert set(re.findall(r"url\(#(\w+)\)", value)) <= known
            assert value.count("url(") == len(re.findall(r"url\(#\w+\)", value))
    return root


def test_every_picture_of_the_shops_is_well_formed_harmless_and_small() -> None:
    for name in PRODUCT_NAMES:
        document = drawn(name)
        assert len(document) <= 6 * 1024, name
        assert inspect(document).get("viewBox") == "0 0 800 800"


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_every_motif_can_be_drawn_in_every_tint_and_view(motif: str) -> None:
    assert min(parcel(motif, 0)) > 0
    for place, tint in enumerate(sorted(TINTS)):
        for view in range(1, VIEWS + 1):
            document = drawn(image_name(motif, tint, place * 2731, view))
            assert len(document) <= 6 * 1024
            inspect(document)


@pytest.mark.parametrize("name", SHOP_NAMES)
def test_every_shop_has_a_logo_an_icon_and_a_banner(name: str) -> None:
    document = drawn(name)
    assert len(document) <= 12 * 1024
    box = inspect(document).get("viewBox")
    assert box == ("0 0 1600 400" if name.startswith("banner") else "0 0 800 800")


def test_file_names_are_ascii_and_safe_in_an_address() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+\.svg", name, re.ASCII) for name in PRODUCT_NAMES + SHOP_NAMES)


def test_the_pictures_are_the_same_on_every_platform() -> None:
    digest = sha256()
    for name in PRODUCT_NAMES + SHOP_NAMES:
        digest.update(drawn(name))
    assert digest.hexdigest() == PICTURES_HASH


@pytest.mark.parametrize(
    "name",
    [
        "", "carpet", "carpet.svg", "carpet-red-3f2a-5.svg", "carpet-red-3F2A-1.svg", "carpet-mauve-3f2a-1.svg",
        "saddle-red-3f2a-1.svg", "carpet-red-3f2a-1.svg\n", "../carpet-red-3f2a-1.svg", "carpet-red-٣f2a-1.svg",
        "logo-nobody.svg", "logo-dar-el-yasmine", "poster-dar-el-yasmine.svg", "logo-dar-el-yasmine.svg.svg",
    ],
)  # fmt: skip
def test_an_unknown_name_has_no_picture(name: str) -> None:
    assert picture(name) is None


@pytest.mark.parametrize(
    ("motif", "tint", "seed", "view"),
    [("saddle", "red", 1, 1), ("carpet", "mauve", 1, 1), ("carpet", "red", 0x10000, 1), ("carpet", "red", 1, 5)],
)
def test_no_name_is_given_to_what_can_t_be_drawn(motif: str, tint: str, seed: int, view: int) -> None:
    with pytest.raises(ValueError, match="No picture of"):
        image_name(motif, tint, seed, view)
