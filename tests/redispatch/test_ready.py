"""A day kept ready: what is inserted into it is sound, costs what it says, and leaves a day that is ready again."""

from dataclasses import replace

import pytest

from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.errors import InputError
from optimizer.redispatch.diff import diff_plans
from optimizer.redispatch.events import VisitAdded
from optimizer.redispatch.params import RedispatchParams
from optimizer.redispatch.ready import ReadyDay
from optimizer.redispatch.windows import Span
from tests.builders import clock, make_route, make_visit, window
from tests.redispatch.test_redispatch import make_day, new_visit, two_routes, visit_at


def another(number, minutes, **changes):
    visit = make_visit(f"more-{number}", minutes, elder_id="e-v1", windows=(window("10:00", "16:00"),), **changes)
    return VisitAdded(at_s=clock("08:30"), visit=visit)


def ready_day(day=None):
    return ReadyDay(day or two_routes(), clock("08:30"))


def test_what_is_inserted_is_sound_at_its_price_and_told():
    ready = ready_day()
    result, _ = ready.inserted(new_visit())
    day = result.day
    assert check_plan(day.problem, day.travel, result.plan) == ()
    assert result.plan.cost == cost_of(day.problem, day.travel, result.plan)
    assert result.diff == diff_plans(day.problem, ready.day.plan, result.plan, told=ready.day.told)
    assert result.diff.worker_ids == ("a",)
    assert result.day.told["new"].worker_ids == ("a",)


def test_a_day_is_ready_again_after_every_visit():
    ready, served = ready_day(), set()
    for number, minutes in enumerate((12, -12, 25, -25, 5)):
        result, follow = ready.inserted(another(number, minutes))
        ready, served = follow(), served | {f"more-{number}"}
        assert served <= result.plan.draft.served_visit_ids
        assert ready.day.plan is result.plan
        assert check_plan(result.day.problem, result.day.travel, result.plan) == ()
        assert result.plan.cost == cost_of(result.day.problem, result.day.travel, result.plan)


def test_the_best_slot_within_the_budget_is_taken_and_none_beyond_it():
    tight = visit_at("v1", 30, "10:00", "10:20"), visit_at("v2", 31, "10:25", "10:40")
    day = make_day([*tight, visit_at("v3", -10)], make_route("a", "v1", "v2"), make_route("b", "v3"))
    result, _ = ready_day(day).inserted(new_visit(), RedispatchParams(max_elders_told=0, max_workers_told=1))
    assert len(result.diff.worker_ids) == 1
    assert set(result.diff.elder_ids) == {"e-new"}
    assert ready_day(day).inserted(new_visit(), RedispatchParams(max_workers_told=0)) is None


def test_what_no_gap_has_room_for_is_left_out_at_its_price_with_a_note():
    ready = ready_day()
    result, follow = ready.inserted(new_visit(skills={"nursing": 3}, windows=(window("10:00", "16:00"),)))
    day = result.day
    assert [item.visit_id for item in result.plan.unassigned] == ["new"]
    assert result.plan.routes == ready.day.plan.routes
    assert result.plan.cost == cost_of(day.problem, day.travel, result.plan)
    assert result.diff == diff_plans(day.problem, ready.day.plan, result.plan, told=ready.day.told)
    assert "visit 'new' fits nowhere between others" in result.notes[0]
    later, _ = follow().inserted(another(0, 12))
    assert later.plan.cost == cost_of(later.day.problem, later.day.travel, later.plan)
    assert [item.visit_id for item in later.plan.unassigned] == ["new"]
    assert later.plan == ReadyDay(day, clock("08:30")).inserted(another(0, 12))[0].plan


@pytest.mark.parametrize("why", ["two workers", "another freeze", "an elder away", "no place"])
def test_what_a_slot_cannot_decide_is_left_to_re_planning(why):
    day, event, params = two_routes(), new_visit(), RedispatchParams()
    if why == "two workers":
        event = new_visit(num_workers=2)
    elif why == "another freeze":
        params = RedispatchParams(freeze_s=0)
    elif why == "an elder away":
        day = replace(day, elder_absences={"e-new": (Span(from_s=0),)})
    else:
        event = new_visit(windows=(window("08:30", "08:31"),))
    assert ready_day(day).inserted(event, params) is None


def test_an_event_that_does_not_agree_with_the_day_is_refused():
    with pytest.raises(InputError, match="there is a visit 'v1' already"):
        ready_day().inserted(VisitAdded(at_s=clock("08:30"), visit=visit_at("v1", 10)))
