"""Landing pages: pages that sell one thing, outside of the catalogue."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from db.tables.catalogue import Product
from db.tables.stores import Store


class LandingPage(Table, tablename="landing_pages"):
    """A page of its own, of one product or of none. `sections` are its blocks, in order, as its editor made them."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    title = Varchar(length=255)
    slug = Varchar(length=255)
    status = Varchar(length=10, default="draft")
    language = Varchar(length=2, default="ar")
    product_id = ForeignKey(Product, null=True, default=None, on_delete=OnDelete.set_null, index=True)
    meta_title = Varchar(length=255, null=True, default=None)
    meta_description = Text(null=True, default=None)
    sections = JSONB(default="[]")
    views = BigInt(default=0)
    is_purchased = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    title_given = Check("title <> ''")
    slug_given = Check("slug <> ''")
    status_known = Check("status IN ('active', 'draft')")
    language_known = Check("language IN ('ar', 'fr', 'en')")
    sections_list = Check("jsonb_typeof(sections) = 'array'")
    views_not_negative = Check("views >= 0")
