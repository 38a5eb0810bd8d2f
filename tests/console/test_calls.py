"""Whom to call about a day that has changed, in which order, and what to say."""

from __future__ import annotations

from dataclasses import replace

from api.console.calls import Grouping, groups_of
from api.console.days import Sights
from api.console.dispatching import publish
from api.console.pages.calls import _load
from api.store.days import Person
from optimizer.formats.stop_facts import name_of_worker
from optimizer.redispatch.events import VisitAdded, VisitCancelled, WorkerIll
from tests.builders import HOUR, window
from tests.console.dispatching import current, tell
from tests.console.district import small_problem


def test_nobody_is_called_about_a_visit_that_came_and_went_untold(visitor, dispatcher, published):
    visit = replace(small_problem().visit_by_id["c2"], visit_id="urgent-9", windows=(window("10:00", "15:00"),))
    tell(dispatcher, published, VisitAdded(at_s=9 * HOUR, visit=visit))
    publish(dispatcher, published, "as it was", current(dispatcher, published))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    assert all("urgent-9" not in line for call in loaded.calls if call.person is Person.ELDER for line in call.news)


def test_elders_are_called_in_the_order_in_which_they_must_have_heard(dispatcher, published):
    tell(dispatcher, published, WorkerIll(at_s=8 * HOUR, worker_id="carer1"))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    workers, elders = groups_of(dispatcher.texts, loaded.sight.day, loaded.calls, Grouping.TIME)
    assert {call.person for call in workers.calls} == {Person.WORKER}
    times = [call.at_s for call in elders.calls]
    assert len(times) == 2 and times == sorted(times)
    assert next(call for call in elders.calls if call.person_id == "e1").phone == "010-5550-1234"


def test_worker_is_not_called_about_a_visit_that_went_and_came_again(dispatcher, published):
    tell(dispatcher, published, VisitCancelled(at_s=8 * HOUR, visit_id="c2"))
    publish(dispatcher, published, "as it was", current(dispatcher, published))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    lines = [line for call in loaded.calls if call.person is Person.WORKER for line in call.news]
    assert not any(line.startswith(("+ ", "− ")) for line in lines)


def test_worker_hears_where_the_new_visits_are(dispatcher, published):
    tell(dispatcher, published, WorkerIll(at_s=8 * HOUR, worker_id="courier"))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    (ill,) = (call for call in loaded.calls if call.person_id == "courier")
    assert len(ill.news) == 1 and all(name in ill.news[0] for name in ("王秀英", "李志强", "张桂兰"))
    visit = replace(
        small_problem().visit_by_id["m2"], visit_id="urgent-7", windows=(window("13:00", "15:00"),), demand={}
    )
    tell(dispatcher, published, VisitAdded(at_s=9 * HOUR, visit=visit))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    news = [line for call in loaded.calls if call.person is Person.WORKER for line in call.news]
    assert any(line.startswith("+ ") and line.endswith("李志强 meal · 椿树胡同2号") for line in news)


def test_elders_are_called_below_the_worker_who_comes_to_them(dispatcher, published):
    tell(dispatcher, published, WorkerIll(at_s=8 * HOUR, worker_id="carer1"))
    loaded = _load(dispatcher, Sights(), current(dispatcher, published))
    day = loaded.sight.day
    groups = groups_of(dispatcher.texts, day, loaded.calls, Grouping.WORKER)
    assert sum(len(group.calls) for group in groups) == len(loaded.calls)
    for group in groups:
        names = {name_of_worker(day.problem.worker_by_id[call.worker_id]) for call in group.calls if call.worker_id}
        assert group.heading.partition(" · ")[0] in names or (not names and group.heading == "Nobody comes any more")
