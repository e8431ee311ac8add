"""The committed files are what the code makes, and `openapi.yaml` is OpenAPI 3.1 that hangs together."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from app.cli.contract_files import openapi, sdl, storefront_sdl
from app.rest import PREFIX, ROUTES
from graph.errors import Code
from tests.contract.conftest import ROOT

COMMANDS = {"openapi.yaml": openapi, "schema.graphql": sdl, "storefront.graphql": storefront_sdl}


@pytest.mark.parametrize("name", COMMANDS)
class TestCommands:
    def test_committed_file_is_what_the_code_makes(self, name: str) -> None:
        result = CliRunner().invoke(COMMANDS[name], ["--check"])
        assert result.exit_code == 0, result.output

    def test_check_finds_a_change(self, name: str, tmp_path: Path) -> None:
        changed = tmp_path / name
        changed.write_text((ROOT / name).read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
        before = changed.read_bytes()
        result = CliRunner().invoke(COMMANDS[name], ["--check", "--output", str(changed)])
        assert (result.exit_code, changed.read_bytes()) == (1, before)

    def test_writes_the_file(self, name: str, tmp_path: Path) -> None:
        written = tmp_path / name
        assert CliRunner().invoke(COMMANDS[name], ["--output", str(written)]).exit_code == 0
        assert written.read_bytes() == (ROOT / name).read_bytes()

    def test_prints_the_file(self, name: str) -> None:
        result = CliRunner().invoke(COMMANDS[name], ["--output", "-"])
        assert result.stdout_bytes == (ROOT / name).read_bytes()


def bare_members(name: str, schema: dict[str, Any]) -> list[str]:
    """Return the members of a schema, and of those within it, of which nothing is said."""
    found = []
    for part in (schema, schema.get("items", {})):
        for member, each in part.get("properties", {}).items():
            told = each.get("description") or "const" in each or "$ref" in each
            # A page's rows and a report's are described as what they are.
            rows = each.get("type") == "array" and "$ref" in each["items"]
            found += [] if told or rows else [f"{name}.{member}"]
            found += bare_members(f"{name}.{member}", each)
    return found


class TestOpenAPI:
    def test_is_valid(self, contract: dict[str, Any]) -> None:
        """Against the specification's own schema, which schemathesis brings along."""
        assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(contract)] == []

    def test_hangs_together(self, contract: dict[str, Any]) -> None:
        """What a schema can't say: parameters of paths, names of operations, defaults that fit, references."""
        assert [str(error) for error in OpenAPIV31SpecValidator(contract).iter_errors()] == []

    def test_everything_is_described(self, contract: dict[str, Any]) -> None:
        """Operations beyond the scope that they need, parameters, and members of bodies and answers."""
        bare = []
        for path, methods in contract["paths"].items():
            for method, each in methods.items():
                if not re.sub(r"Needs the scope `\w+:\w+`\.$", "", each["description"]).strip():
                    bare.append(f"{method} {path}")
                bare += [
                    f"{path} ?{one['name']}"
                    for one in each["parameters"]
                    if "$ref" not in one and not one.get("description")
                ]
        for name, schema in contract["components"]["schemas"].items():
            bare += bare_members(name, schema)
        assert bare == []

    def test_a_mistake_is_found(self, contract: dict[str, Any]) -> None:
        paths = contract["paths"]
        twice = {**paths, "/v1/again": paths["/v1/ping"]}
        unnamed = {**paths, "/v1/again/{what}": {"get": paths["/v1/ping"]["get"] | {"operationId": "again"}}}
        for broken in (twice, unnamed):
            assert len(list(OpenAPIV31SpecValidator(contract | {"paths": broken}).iter_errors())) == 1

    def test_validity_is_really_checked(self, contract: dict[str, Any]) -> None:
        assert not OPENAPI_31_VALIDATOR.is_valid(contract | {"info": {"title": "no version"}})

    def test_every_reference_leads_somewhere(self, contract: dict[str, Any]) -> None:
        names = set(references(contract))
        assert names
        for name in names:
            place: Any = contract
            for part in name.removeprefix("#/").split("/"):
                place = place[part]

    def test_every_component_is_used(self, contract: dict[str, Any]) -> None:
        used = set(references(contract))
        there = {
            f"#/components/{kind}/{name}"
            for kind, named in contract["components"].items()
            if kind != "securitySchemes"
            for name in named
        }
        # A method that a path hasn't is no operation's answer, and described all the same.
        assert there - used == {"#/components/responses/MethodNotAllowed"}

    def test_has_the_routes_that_are_served(self, contract: dict[str, Any]) -> None:
        described = {
            (method.upper(), path, operation["operationId"])
            for path, operations in contract["paths"].items()
            for method, operation in operations.items()
        }
        served = {(route.method, PREFIX + route.path, route.documentation.operation_id) for route in ROUTES}
        assert described == served
        assert len({name for _, _, name in described}) == len(described)

    def test_path_parameters_are_described(self, contract: dict[str, Any]) -> None:
        for path, operations in contract["paths"].items():
            for operation in operations.values():
                named = [each["name"] for each in operation["parameters"] if each.get("in") == "path"]
                assert named == re.findall(r"\{(\w+)\}", path)

    def test_every_code_has_an_answer(self, contract: dict[str, Any]) -> None:
        told = {name for response in contract["components"]["responses"].values() for name in codes(response)}
        assert told == {code.value for code in Code}

    def test_additions_are_marked(self, contract: dict[str, Any]) -> None:
        schemas = contract["components"]["schemas"]
        marked = {
            (name, member)
            for name, schema in schemas.items()
            for member, value in schema["properties"].items()
            if value.get("x-addition")
        }
        fields = {"metadata", "external_id"}
        inputs = {*fields, "images", "variants"}
        assert marked == {
            *((name, field) for name in ("Product", "ProductRow") for field in fields),
            *((name, field) for name in ("CreateProduct", "UpdateProduct") for field in inputs),
            *((name, field) for name in ("Order", "OrderRow", "Customer", "CustomerRow") for field in fields),
            *((name, field) for name in ("CreateOrder", "UpdateOrder") for field in fields),
            ("Order", "payment_reference"),
            ("CreateOrder", "discount"),
            ("WebhookDelivery", "response_body"),
        }
        operations = [each for operations in contract["paths"].values() for each in operations.values()]
        added = {each["operationId"] for each in operations if each.get("x-addition")}
        assert added == {
            "listCategories",
            "listEvents",
            "listRequests",
            "getRequest",
            "listRefusals",
            "listOperations",
            "createCategory",
            "listWilayas",
            "getDeliveryRates",
            "setDeliveryRates",
            "resetSandbox",
            "replayWebhookDeliveries",
        }

    def test_is_readable(self) -> None:
        text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
        assert "عسل السدر الحر" in text
        assert not re.search(r"[&*]id\d", text)
        assert yaml.safe_load(text)["info"]["license"]["identifier"] == "Apache-2.0"


def references(value: Any) -> Iterator[str]:
    """Give every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def codes(response: dict[str, Any]) -> list[str]:
    """Return the error codes that an answer can have."""
    if "content" not in response:
        return []
    narrowed = response["content"]["application/json"]["schema"]["allOf"][1]
    return narrowed["properties"]["error"]["properties"]["code"]["enum"]
