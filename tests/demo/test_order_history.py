"""The plan of a demo shop's orders, at any hour of the day."""

from datetime import UTC, datetime, timedelta

import pytest

from app.demo.order_history import order_steps
from app.demo.orders import PASTS
from graph.order_states import STATUSES, TRANSITIONS

MIDNIGHT = datetime(2026, 11, 28, 0, 0, 30, tzinfo=UTC)
HOURS = [MIDNIGHT + timedelta(minutes=30 * half) for half in range(48)]


@pytest.mark.parametrize("kind", PASTS)
def test_whatever_the_hour_there_are_orders_of_every_status(kind: str) -> None:
    for now in HOURS:
        last = {step.order: step.status for step in order_steps("a", now, *PASTS[kind]["a"])}
        assert set(last.values()) == set(STATUSES), now


def test_orders_become_more_and_some_are_of_the_last_hours() -> None:
    for now in HOURS:
        placed = [step.at for step in order_steps("a", now, 110, 90) if step.status == "pending"]
        assert len(placed) == 110
        assert timedelta(days=88) < now - placed[0] < timedelta(days=92)
        assert sum(at > now - timedelta(hours=5) for at in placed) >= 5
        by_third = [sum((now - at) // timedelta(days=31) == back for at in placed) for back in (2, 1, 0)]
        assert by_third == sorted(by_third)
        assert by_third[0] >= 15


def test_each_step_is_one_that_orders_may_take_after_the_one_before_and_none_is_yet_to_come() -> None:
    for now in HOURS[::7]:
        before: dict[int, str] = {}
        steps = order_steps("a", now, 110, 90)
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert steps[-1].at < now
        for step in steps:
            last = before.get(step.order)
            assert step.status == "pending" if last is None else step.status in TRANSITIONS[last]
            before[step.order] = step.status
        assert list(dict.fromkeys(step.order for step in steps)) == sorted(before)


def test_what_is_old_is_done_and_the_same_clock_makes_the_same_plan() -> None:
    now = HOURS[21]
    steps = order_steps("a", now, 110, 90)
    assert steps == order_steps("a", now, 110, 90)
    last = {step.order: step.status for step in steps}
    old = {step.order for step in steps if step.status == "pending" and step.at < now - timedelta(days=25)}
    assert len(old) > 40
    assert {last[order] for order in old} == {"delivered", "returned", "cancelled"}


def test_the_shop_works_by_day() -> None:
    steps = [step for step in order_steps("a", HOURS[0], 110, 90) if step.status != "pending"]
    assert len(steps) > 200
    # From nine to seven in Algiers, an hour ahead of UTC.
    assert {step.at.hour for step in steps} <= set(range(8, 18))
