"""The whole document, and how it is written down: the same bytes whenever the routes are the same."""

from typing import Any

import yaml

from rest_compat.openapi import texts
from rest_compat.openapi.operations import PARAMETERS, operation
from rest_compat.openapi.responses import API_VERSION, HEADERS, SCHEMAS, components
from rest_compat.openapi.schemas import Schemas
from rest_compat.routes import PREFIX, ROUTES

HEADER = "# Made by `make openapi` from the routes in rest_compat/: change those, not this file.\n"
WIDTH = 120


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `/v1`."""
    schemas = Schemas()
    # Details are described first, so that a list's shorter row gets the longer name.
    described = {
        (route.path, route.method): operation(route, schemas)
        for route in sorted(ROUTES, key=lambda route: route.kind == "list")
    }
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = described[route.path, route.method]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DZBuild API",
            "version": API_VERSION,
            "summary": "Products, orders, customers and webhooks for Algerian stores.",
            "description": texts.DESCRIPTION,
            "contact": {"name": "DZBuild", "url": "https://t.me/dzbuild"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {"url": "https://api.dzbuild.app", "description": "The platform"},
            {"url": "http://127.0.0.1:8000", "description": "Your own, as `make demo` starts it"},
        ],
        "tags": [{"name": name, "description": text} for name, text in texts.TAGS.items()],
        "security": [{"platformKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "platformKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "dzpk_live_<key_id>.<secret>",
                    "description": texts.PLATFORM_KEY,
                },
                "publicKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": texts.PUBLIC_KEY,
                },
            },
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": components(),
            "schemas": {**schemas.components, **SCHEMAS},
        },
    }


def rendered() -> str:
    """Return the document as `openapi.yaml` has it."""
    text: str = yaml.dump(
        document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=WIDTH
    )
    return HEADER + text


class _Dumper(yaml.SafeDumper):
    """Block style throughout: lists indented, long texts as they are read, nothing by alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent a list below its key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write the same value out wherever it stands."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
