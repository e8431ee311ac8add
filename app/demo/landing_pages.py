"""The landing pages of the demo shops: one offer each, around a product that they have."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from db.demo import landing_page_finish, products_to_sell
from graph.context import Context
from graph.landing_pages import landing_page_create

# A page is made some days after the product that it sells.
AFTER_PRODUCT = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A landing page: its texts, the words above and on its button, and how often it was looked at."""

    title: str
    language: str
    status: str
    meta_description: str
    headline: str
    button: str
    views: int


PAGES: dict[str, tuple[DemoPage, ...]] = {
    "a": (
        DemoPage(
            "عرض العروس: كل ما تحتاجينه ليومك",
            "ar",
            "active",
            "أزياء الأفراح من صنّاع جزائريين، الدفع عند الاستلام والتوصيل إلى كل الولايات.",
            "يومك الكبير يبدأ من هنا",
            "اطلبي الآن",
            4_182,
        ),
        DemoPage(
            "Coffret du terroir : l'offre de la rentrée",
            "fr",
            "active",
            "Miels, dattes et huiles de producteurs algériens, payés à la livraison.",
            "Le meilleur du terroir, chez vous en 48 h",
            "Commander",
            1_376,
        ),
        DemoPage(
            "عرض رمضان القادم", "ar", "draft", "قيد التحضير.", "رمضان كريم", "اطلب الآن", 0
        ),
    ),
    "b": (
        DemoPage(
            "Chargeur rapide : deux pour le prix d'un",
            "fr",
            "active",
            "Offre limitée, garantie au magasin, livraison dans les 58 wilayas.",
            "Rechargez deux fois plus vite",
            "J'en profite",
            913,
        ),
    ),
}  # fmt: skip


async def fill_landing_pages(context: Context, shop: str) -> None:
    """Make the landing pages of a demo shop, whose products are there, on the running transaction."""
    pages = PAGES.get(shop, ())
    products = await products_to_sell(context.store_id, context.livemode, len(pages))
    for page, (product_id, name) in zip(pages, products, strict=False):
        identifier = await (await landing_page_create(context, _values(page, product_id))).make()
        sections = msgspec.json.encode(_sections(page, name)).decode()
        await landing_page_finish(identifier, sections, page.views, AFTER_PRODUCT)


def _values(page: DemoPage, product_id: int) -> dict[str, Any]:
    return {
        "title": page.title,
        "language": page.language,
        "status": page.status,
        "product_id": product_id,
        "meta_title": page.title,
        "meta_description": page.meta_description,
    }


def _sections(page: DemoPage, product: str) -> list[dict[str, Any]]:
    """Return what the page editor would have saved."""
    return [
        {"type": "hero", "title": page.headline, "button": page.button},
        {"type": "product", "title": product},
        {"type": "order_form", "button": page.button},
    ]
