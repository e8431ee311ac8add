"""Requests by the thousand that schemathesis makes of `openapi.yaml`, sent to a real server, with every check on."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis import Case, Response
from schemathesis.config import SchemathesisConfig

from tests.contract.conftest import ROOT, Target
from tests.contract.hooks import answers, rows, scripts

LEAST_SUCCESSES = 20
PRODUCTS = 16
SCENARIOS = 12
STEPS = 8
Step = tuple[str, dict[str, Any], int]

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


def test_lives_of_products(target: Target, session: requests.Session) -> None:
    """Scenarios along the links: what one answer names, the next requests read, change and delete."""
    followed: Counter[tuple[str, str]] = Counter()

    class Scenario(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # Hypothesis wants the same steps to have the same outcome: each scenario begins in a store of its own.
            rows.connect(target.base_url, target.next_store(), 1)
            self.steps: list[Step] = []

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return target.call(session)

        def after_call(self, response: Response, case: Case) -> None:
            super().after_call(response, case)
            name = case.operation.definition.raw["operationId"]
            identifier = case.path_parameters.get("product_id")
            if name == "createProduct" and response.status_code == 201:
                identifier = response.json()["data"]["id"]
            self.steps.append((name, identifier, response.status_code))

        def teardown(self) -> None:
            followed.update(_followed(self.steps))

    settings = hypothesis.settings(
        schema.config.get_hypothesis_settings(phase="stateful"),
        phases=[hypothesis.Phase.generate],
        max_examples=SCENARIOS,
        stateful_step_count=STEPS,
    )
    hypothesis.seed(configuration.seed)(Scenario).run(settings=settings)
    print(followed)


def _followed(steps: list[Step]) -> Iterator[tuple[str, str]]:
    """Give what succeeded right after what with the same product; what failed is named with its status."""
    lives: dict[int, list[str]] = {}
    for name, identifier, status in steps:
        if identifier is not None:
            lives.setdefault(identifier, []).append(name if status < 400 else f"{name} {status}")
    for life in lives.values():
        yield from pairwise(life)


def test_every_operation_succeeded_often(capsys: pytest.CaptureFixture[str]) -> None:
    total = sum(answers.values())
    with capsys.disabled():
        print(f"\n{total} generated requests")
        for name in sorted({name for name, _ in answers}):
            print(name, {status: count for (n, status), count in sorted(answers.items()) if n == name})
        print(scripts)
