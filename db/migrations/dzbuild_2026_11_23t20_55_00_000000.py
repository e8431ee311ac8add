"""What Piccolo's tables can't say: composite, partial and trigram indexes, and how text is folded for search.

Each list is walked along an index led by (store_id, livemode), so a page costs the same in a store of ten rows and of
ten million. `deleted_at IS NULL` stands in every index of products: a deleted one is gone from every read.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-23T20:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of lists, filters and search"

STATEMENTS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    # Case, accents, tashkeel and tatweel go; the forms of alef, ya and ta marbuta become one. NFKD takes the hamza off
    # its carrier and the accents off Latin letters, so the marks can be cut by their code points.
    r"""
    CREATE FUNCTION search_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
        translate(
            regexp_replace(replace(replace(lower(normalize(value, NFKD)), U&'\0153', 'oe'), U&'\00E6', 'ae'), U&'[\0300-\036F\0610-\061A\0640\064B-\065F\0670]', '', 'g'),
            U&'\0671\0649\0629',
            U&'\0627\064A\0647'
        )
    """,
    "ALTER TABLE products ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS (search_fold(name)) STORED",
    "CREATE UNIQUE INDEX products_slug ON products (store_id, livemode, slug) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX products_sku ON products (store_id, livemode, sku) WHERE deleted_at IS NULL AND sku <> ''",
    "CREATE UNIQUE INDEX products_external_id ON products (store_id, livemode, external_id) WHERE deleted_at IS NULL",
    # `id + 0`: see graph.sources. INCLUDE lets a search too short for trigrams read this index alone.
    "CREATE INDEX products_list ON products (store_id, livemode, (id + 0) DESC) INCLUDE (id, search_text, status, sku) "
    "WHERE deleted_at IS NULL",
    "CREATE INDEX products_by_status ON products (store_id, livemode, status, (id + 0) DESC) WHERE deleted_at IS NULL",
    "CREATE INDEX products_by_change ON products (store_id, livemode, updated_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX products_by_price ON products (store_id, livemode, price, id) WHERE deleted_at IS NULL",
    "CREATE INDEX products_by_name ON products (store_id, livemode, search_text, id) INCLUDE (status, sku) "
    "WHERE deleted_at IS NULL",
    "CREATE INDEX products_search ON products USING gin (store_id, livemode, search_text gin_trgm_ops) "
    "WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX categories_slug ON categories (store_id, livemode, slug)",
    "CREATE INDEX categories_list ON categories (store_id, livemode, (id + 0) DESC)",
    "CREATE INDEX product_images_of_product ON product_images (product_id, position, id)",
    "CREATE INDEX product_variants_of_product ON product_variants (product_id, position, id)",
    # For the foreign keys alone: a partial index serves none.
    "CREATE INDEX products_of_store ON products (store_id)",
    "CREATE INDEX product_images_of_store ON product_images (store_id)",
    "CREATE INDEX product_variants_of_store ON product_variants (store_id)",
    "CREATE UNIQUE INDEX product_variants_sku ON product_variants (store_id, livemode, sku) WHERE sku <> ''",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
