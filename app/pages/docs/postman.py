"""A Postman collection (format 2.1) of the operations, made of the same document as `openapi.yaml`."""

import json
from functools import lru_cache
from typing import Any, Final

from app.pages.docs.contents import ADDRESS
from app.pages.docs.contract import Operation, contract, operations, resolved
from app.pages.docs.samples import indented

SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
# Postman makes a new one for each request.
NEW_KEY: Final = "{{$guid}}"
# Signs what a public key writes, in Postman's own language: the body is the text that is sent.
SIGN: Final = """\
const body = pm.variables.replaceIn(pm.request.body.raw || "");
const nonce = CryptoJS.lib.WordArray.random(16).toString();
const timestamp = String(Math.floor(Date.now() / 1000));
const keyId = pm.variables.get("public_key_id");
const message = [keyId, nonce, timestamp, CryptoJS.SHA256(body).toString()].join("\\n");
pm.request.body.update(body);
pm.request.headers.upsert({ key: "X-DZ-Nonce", value: nonce });
pm.request.headers.upsert({ key: "X-DZ-Timestamp", value: timestamp });
pm.request.headers.upsert({
  key: "X-DZ-Signature",
  value: CryptoJS.HmacSHA256(message, pm.variables.get("public_signing_secret")).toString(),
});"""


@lru_cache(maxsize=8)
def collection(base_url: str) -> bytes:
    """Return the collection, for a server of this address."""
    document = contract()
    folders = [
        {
            "name": tag["name"],
            "description": tag["description"],
            "item": [_item(each) for each in operations().values() if tag["name"] in each.described["tags"]],
        }
        for tag in document["tags"]
    ]
    made = {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{platform_key}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": base_url or ADDRESS},
            {"key": "platform_key", "value": "dzpk_test_<key_id>.<secret>"},
            {"key": "public_key_id", "value": "dzpub_test_<key_id>"},
            {"key": "public_signing_secret", "value": ""},
        ],
        "item": folders,
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _item(operation: Operation) -> dict[str, Any]:
    described = operation.described
    item: dict[str, Any] = {"name": described["summary"], "request": _request(operation), "response": []}
    if _is_signed(described):
        item["event"] = [
            {"listen": "prerequest", "script": {"type": "text/javascript", "exec": SIGN.splitlines()}},
        ]
    return item


def _request(operation: Operation) -> dict[str, Any]:
    described = operation.described
    parameters = [resolved(each) for each in described["parameters"]]
    path = operation.path.replace("{", ":").replace("}", "")
    query = [
        {"key": each["name"], "value": "", "description": each["description"], "disabled": True}
        for each in parameters
        if each["in"] == "query"
    ]
    variables = [
        {"key": each["name"], "value": str(each.get("example", "")), "description": each["description"]}
        for each in parameters
        if each["in"] == "path"
    ]
    headers = []
    if operation.method != "GET":
        headers.append({"key": "Idempotency-Key", "value": NEW_KEY})
    if _is_signed(described):
        headers.append({"key": "Authorization", "value": "DZ-Public {{public_key_id}}"})
    request: dict[str, Any] = {
        "method": operation.method,
        "description": described["description"],
        "header": headers,
        "url": {
            "raw": f"{{{{base_url}}}}{path}",
            "host": ["{{base_url}}"],
            "path": path.strip("/").split("/"),
            "query": query,
            "variable": variables,
        },
    }
    if "requestBody" in described:
        examples = described["requestBody"]["content"]["application/json"]["examples"]
        raw = indented(next(iter(examples.values()))["value"])
        headers.append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    if described["security"] != [{"platformKey": []}]:
        request["auth"] = {"type": "noauth"}
    return request


def _is_signed(described: dict[str, Any]) -> bool:
    return bool(described["security"] == [{"publicKey": []}])
