"""One ASGI application: the chain, `/v1`, `/graphql`, pages, static files, health, and the demo shop's pictures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.routes import ASGIRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from litestar.utils.path import normalize_path

from app import graphql, rest
from app.chain.address import addresses
from app.chain.admission import Allowances, gate
from app.chain.credentials import refreshing
from app.chain.errors import from_framework
from app.chain.limits import limiter
from app.chain.months import comparison
from app.chain.valkey import valkey
from app.health import healthz, readyz, scrapers, show_metrics
from app.logs import configure, request_of, watched
from app.pages import routes as pages
from app.pages.site import site
from app.settings import Settings, given_keys, listed, settings
from app.web.examples import storefront, storefront_file, storefront_page
from app.web.graphql_page import SECRETS, page
from app.web.static import static_file
from app.web.tag import dz_js
from app.workers.cleaning import cleaner
from app.workers.inbox_watch import watch
from app.workers.request_log import request_log
from app.workers.usage import recorder
from db.engine import engine
from graph import operations, sealing
from graph.backlog import backlog
from graph.webhook_targets import targets


@get("/media/demo/{name:str}", include_in_schema=False, media_type="image/svg+xml", cache_control=None)
async def demo_picture(name: FromPath[str]) -> Response[bytes]:
    """Return a picture of the demo shop, drawn from its name."""
    from app.demo.pictures import picture  # noqa: PLC0415 -- a shop in production never draws

    drawn = picture(name)
    if drawn is None:
        raise NotFoundException
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})


class Application:
    """The outermost layer: every request gets its id and its log line, whatever answers it.

    What Litestar has mounted, each with the whole chain in it, is found here by its first segment: its router and its
    middleware take as long as finding a kept answer.
    """

    def __init__(self, inner: Litestar) -> None:
        self.inner = inner
        self._mounted = {
            route.path: (route.route_handler.fn, route.route_handler.is_mount)
            for route in inner.routes
            if isinstance(route, ASGIRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self.inner(scope, receive, send)
            return
        mounted = self._found(scope)
        if mounted is None:
            await self.inner(scope, receive, watched(scope, receive, send))
        else:
            await mounted(scope, receive, send)

    def _found(self, scope: HTTPScope) -> ASGIApp | None:
        """Return what is mounted at a path, and leave the rest of that in the scope."""
        path = scope["path"] if "//" not in scope["path"] else normalize_path(scope["path"])
        end = path.find("/", 1)
        first, rest = (path, "") if end < 0 else (path[:end], path[end:])
        mounted, takes_more = self._mounted.get(first, (None, False))
        if mounted is None or (rest.strip("/") and not takes_more):
            return None
        scope["path"] = rest or "/"
        scope["path_params"] = {}
        return mounted


def create_app(chosen: Settings | None = None) -> Application:
    """Return the application; it connects to PostgreSQL and Valkey when it starts.

    Args:
        chosen: settings in place of the environment's.
    """
    used = chosen or settings()
    configure(used)
    _limit(used)
    keys = given_keys(used)
    if keys is not None:
        sealing.use(keys)

    @asynccontextmanager
    async def connected(_: Litestar) -> AsyncIterator[None]:
        if used.database_url is None or used.redis_url is None:
            raise RuntimeError("DATABASE_URL and REDIS_URL are not set: `dzbuild serve` starts servers and sets them")
        if keys is None:
            raise RuntimeError("DZBUILD_APP_KEYS is not set: `dzbuild serve` makes a key and sets it")
        await engine.open(
            used.database_url,
            size=used.database_pool_size,
            statement_cache=used.database_statement_cache,
            timeout=used.database_timeout,
        )
        valkey.open(used.redis_url, cluster=used.redis_cluster)
        recorder.start()
        comparison.start()
        refreshing.start()
        cleaner.start()
        watch.start()
        try:
            yield
        finally:
            await watch.stop()
            await cleaner.stop()
            await refreshing.stop()
            await comparison.stop()
            await recorder.stop()
            await valkey.close()
            await engine.close()

    return Application(
        Litestar(
            route_handlers=[
                *rest.handlers(),
                *graphql.handlers(),
                static_file,
                storefront_page,
                storefront_file,
                dz_js,
                healthz,
                readyz,
                show_metrics,
                demo_picture,
                *pages.handlers(),
            ],
            lifespan=[connected],
            exception_handlers={Exception: _framework_error},
            openapi_config=None,
            logging_config=None,
            debug=False,
        )
    )


def _limit(used: Settings) -> None:
    """Give the chain, and GraphQL, their settings."""
    limiter.workers = used.workers
    operations.plans.used = used.graphql_plans
    gate.allowances = Allowances(used.unauthenticated_per_minute, used.public_per_address_per_minute)
    addresses.trust(listed(used.trusted_proxies))
    scrapers.allow(listed(used.metrics_networks))
    backlog.most = used.inbox_limit
    request_log.used = used.request_log_days > 0
    targets.allow(used.webhook_ports, private_networks=used.webhook_private_networks)
    site.public_url = used.public_url
    page.demo_folder = used.data_dir if used.demo else None
    storefront.secrets = used.data_dir / SECRETS if used.demo else None


def _framework_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Put what Litestar raises into the envelope, or among the pages onto one."""
    if pages.is_page(request.scope["path"]):
        return pages.failed(request, error)
    answer = from_framework(request_of(request.scope, request.receive), error)
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=MediaType.JSON,
        headers={name.decode(): value.decode() for name, value in answer.headers},
    )
