"""Requests by the thousand that schemathesis makes of `openapi.yaml`, sent to a real server, with every check on."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from tests.contract.conftest import ROOT, Target
from tests.contract.hooks import SCRIPTS, answers, rows, scripts

LEAST_SUCCESSES = 20
PRODUCTS = 16
# Rounds of scenarios, each with a seed of its own; more of them until every way of a product has been gone.
ROUNDS = 3
MOST_ROUNDS = 20
SCENARIOS = 14
STEPS = 8
FOLLOWED = {
    ("createProduct", "getProduct"),
    ("createProduct", "updateProduct"),
    ("getProduct", "updateProduct"),
    ("updateProduct", "getProduct"),
    ("getProduct", "deleteProduct"),
}
# An operation, the product that it was about, and the status.
Step = tuple[str, int | None, int]

configuration = SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
schema = schemathesis.openapi.from_path(ROOT / "openapi.yaml", config=configuration)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """The connection of the generated requests; the hooks have one of their own."""
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def stocked(target: Target) -> Target:
    """The server, with something in the store."""
    rows.connect(target.base_url, target.next_store(), PRODUCTS)
    return target


@schema.parametrize()
def test_operation(case: Case, stocked: Target, session: requests.Session) -> None:
    case.call_and_validate(**stocked.call(session))


def _rounds(followed: Counter[tuple[str, str]]) -> Iterator[int]:
    """Give the numbers of the rounds, until every way has been gone."""
    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and followed.keys() >= FOLLOWED:
            return
        yield number


def test_lives_of_products(target: Target, session: requests.Session) -> None:
    """Scenarios along the links: what one answer names, the next requests read, change and delete."""
    followed: Counter[tuple[str, str]] = Counter()
    failures: list[FailureGroup] = []

    # Among all operations, those of products would hardly meet.
    class Scenario(schema.include(tag="Products").as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # Hypothesis wants the same steps to have the same outcome: each scenario begins in a store of its own.
            rows.connect(target.base_url, target.next_store(), 1)
            self.steps: list[Step] = []

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:  # noqa: ARG002
            return target.call(session)

        def after_call(self, response: Response, case: Case) -> None:
            super().after_call(response, case)
            self.steps.append(_step(response, case))
            if self.steps[-1][0::2] == ("deleteProduct", 200):
                _assert_gone(target, session, case.path_parameters)

        def validate_response(self, response: Response, case: Case, *arguments: Any, **options: Any) -> None:
            try:
                super().validate_response(response, case, *arguments, **options)
            except FailureGroup as failure:
                failures.append(failure)
                raise

        def teardown(self) -> None:
            followed.update(_followed(self.steps))

    settings = hypothesis.settings(
        schema.config.get_hypothesis_settings(phase="stateful"),
        phases=[hypothesis.Phase.generate],
        max_examples=SCENARIOS,
        stateful_step_count=STEPS,
    )
    for number in _rounds(followed):
        # Ids and times differ from run to run, and Hypothesis gives a round up where that makes a difference to it.
        with suppress(FlakyStrategyDefinition):
            hypothesis.seed(configuration.seed + number)(Scenario).run(settings=settings)
        if failures:
            raise failures[0]
    assert followed.keys() >= FOLLOWED, followed


def _step(response: Response, case: Case) -> Step:
    name = case.operation.definition.raw["operationId"]
    identifier = case.path_parameters.get("product_id")
    if name == "createProduct" and response.status_code == 201:
        identifier = response.json()["data"]["id"]
    return name, identifier, response.status_code


def _assert_gone(target: Target, session: requests.Session, product: dict[str, Any]) -> None:
    """What was deleted is not found by the very next request."""
    case = schema["/v1/products/{product_id}"]["GET"].Case(path_parameters=product)
    assert case.call_and_validate(**target.call(session)).status_code == 404


def _followed(steps: list[Step]) -> Iterator[tuple[str, str]]:
    """Give what succeeded right after what with the same product; what failed is named with its status."""
    lives: dict[int, list[str]] = {}
    for name, identifier, status in steps:
        if identifier is not None:
            lives.setdefault(identifier, []).append(name if status < 400 else f"{name} {status}")
    for life in lives.values():
        yield from pairwise(life)


def test_every_operation_succeeded_often(contract: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The run above proves nothing of an operation that it never got an answer from."""
    operations = [operation["operationId"] for path in contract["paths"].values() for operation in path.values()]
    lines = [f"{sum(answers.values())} generated requests"]
    for name in operations:
        statuses = sorted((status, count) for (operation, status), count in answers.items() if operation == name)
        lines.append(f"  {name}: " + ", ".join(f"{status} × {count}" for status, count in statuses))
    with capsys.disabled():
        sys.stdout.write("\n".join(("", *lines, "")))
    successes = {
        name: sum(count for (operation, status), count in answers.items() if operation == name and 200 <= status < 300)
        for name in operations
    }
    assert min(successes.values()) >= LEAST_SUCCESSES, successes


def test_languages_of_the_merchants() -> None:
    assert all(scripts[script] >= LEAST_SUCCESSES for script in SCRIPTS), scripts
