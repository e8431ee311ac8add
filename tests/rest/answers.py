"""What an answer of either surface must look like, said once."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.conftest import Shop

REQUEST_ID = re.compile(r"req_[0-9a-f]{16}")
TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def given(response: httpx.Response, status: int = 200) -> Any:
    """Return the `data` of a success whose envelope is as it must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["data", "meta"]
    _has_meta(response, body["meta"])
    return body["data"]


def refused(response: httpx.Response, status: int, code: str) -> Any:
    """Return the `error` of a refusal whose envelope is as it must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["error", "meta"]
    _has_meta(response, body["meta"])
    error = body["error"]
    assert list(error)[:2] == ["code", "message"]
    assert set(error) <= {"code", "message", "details", "required_scope", "retry_after"}
    assert error["code"] == code
    assert error["message"]
    return error


def refused_fields(response: httpx.Response, code: str = "bad_request", status: int = 400) -> list[str]:
    """Return the names of the fields that a refusal blames."""
    details = refused(response, status, code)["details"]
    assert all(list(detail) == ["field", "message"] and detail["message"] for detail in details)
    return [detail["field"] for detail in details]


def refused_query(answer: Mapping[str, Any], code: str) -> Any:
    """Return the first error of a GraphQL response that is well formed and has this code."""
    errors = answer["errors"]
    assert errors
    for error in errors:
        assert isinstance(error["message"], str)
        assert error["extensions"]["code"]
    assert errors[0]["extensions"]["code"] == code, errors
    assert REQUEST_ID.fullmatch(answer["extensions"]["meta"]["request_id"])
    return errors[0]


async def until_kept(shop: Shop, path: str) -> None:
    """Read until the answer comes from the cache: on a busy machine Valkey may be given up once in a while."""
    async with asyncio.timeout(10):
        while (await shop.get(path)).headers["x-cache"] != "HIT":
            pass


def _has_meta(response: httpx.Response, meta: Mapping[str, Any]) -> None:
    assert list(meta)[:2] == ["request_id", "api_version"]
    assert meta["api_version"] == "v1"
    assert REQUEST_ID.fullmatch(meta["request_id"])
    assert response.headers["x-request-id"] == meta["request_id"]
