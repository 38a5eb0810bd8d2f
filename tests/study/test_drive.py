from __future__ import annotations

import pytest

from optimizer.errors import InputError
from optimizer.study.changes import AnnouncePlan
from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.changes.stations import RemoveStation
from optimizer.study.changes.workers import ScaleWorkers
from optimizer.study.drive import kept_results, run_study
from optimizer.study.runs import Run, World, jobs_of
from optimizer.study.study import AS_IS, Curve, Promise, Search
from tests.builders import make_problem, make_visit
from tests.study.worlds import here, make_study, make_worlds

STUDY = make_study(
    changes={"more": (ScaleDemand(percent=150),), "fewer": (ScaleWorkers(skills=("meal",), add=-2),)},
    grid={"demand": (AS_IS, "more"), "staff": (AS_IS, "fewer")},
)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, run_study(STUDY, make_worlds(STUDY), folder, here)


def counting(asked_of):
    """A backend that notes which variants it was asked for."""

    def backend(asked, worlds):
        asked_of.extend((job.variant.name, job.seed) for job, _ in asked)
        return here(asked, worlds)

    return backend


def test_every_variant_has_a_run_for_every_seed(outcome):
    _, results = outcome
    assert list(results.runs) == [(name, seed) for seed in (1, 2) for name in (AS_IS, "fewer", "more", "more · fewer")]
    assert results.faults == ()


def test_figures_are_those_of_the_changed_problem(outcome):
    _, results = outcome
    figures = {name: results.runs[name, 1].outcome.figures for name in (AS_IS, "more", "fewer")}
    assert [figures[name]["num_visits"] for name in figures] == [21, 32, 21]
    assert [figures[name]["num_workers"] for name in figures] == [4, 4, 2]


def test_done_study_asks_nobody(outcome):
    folder, results = outcome
    asked = []
    assert run_study(STUDY, make_worlds(STUDY), folder, counting(asked)) == results
    assert asked == []


def test_stopped_study_continues_where_it_was(tmp_path, outcome):
    def interrupted(asked, worlds):
        for number, run in enumerate(here(asked, worlds)):
            if number == 3:
                raise KeyboardInterrupt
            yield run

    with pytest.raises(KeyboardInterrupt):
        run_study(STUDY, make_worlds(STUDY), tmp_path, interrupted)
    assert len(kept_results(STUDY, make_worlds(STUDY), tmp_path).runs) == 3
    asked = []
    results = run_study(STUDY, make_worlds(STUDY), tmp_path, counting(asked))
    assert len(asked) == 5
    assert figures_of(results) == figures_of(outcome[1])


def figures_of(results):
    return {key: run.outcome.figures for key, run in results.runs.items()}


def test_broken_file_is_done_again(tmp_path):
    study = make_study(seeds=(1,))
    run_study(study, make_worlds(study), tmp_path, here)
    (path,) = (tmp_path / "runs").iterdir()
    path.write_bytes(path.read_bytes()[:100])
    asked = []
    run_study(study, make_worlds(study), tmp_path, counting(asked))
    assert asked == [(AS_IS, 1)]


def test_nothing_but_whole_files_is_left(outcome):
    folder, results = outcome
    assert {path.name for path in (folder / "runs").iterdir()} == {
        f"{run.run_id}.json" for run in results.runs.values()
    }


def test_variants_that_change_the_same_are_planned_once(tmp_path):
    study = make_study(changes={"more": (ScaleDemand(percent=110),)}, variants={"one": ("more",), "two": ("more",)})
    asked = []
    results = run_study(study, make_worlds(study), tmp_path, counting(asked))
    assert [name for name, _ in asked] == [AS_IS, "one"] * 2
    assert results.runs["two", 1].variant == "two"


def test_runs_depend_on_what_they_are_made_of():
    def ids_of(study, problem=None):
        worlds = make_worlds(study) if problem is None else dict.fromkeys(study.seeds, World(problem=problem))
        return {job.run_id for job in jobs_of(study, worlds)}

    same = ids_of(STUDY)
    assert same == ids_of(make_study(name="other", changes=STUDY.changes, grid=STUDY.grid))
    assert same.isdisjoint(ids_of(make_study(changes=STUDY.changes, grid=STUDY.grid, search=Search(step_limit=1))))
    assert same.isdisjoint(ids_of(make_study(changes=STUDY.changes, grid=STUDY.grid, seeds=(3,))))
    empty = make_study()
    assert ids_of(empty).isdisjoint(ids_of(empty, make_problem([make_visit()])))


def test_names_of_no_world_stop_the_study_before_anything_is_planned(tmp_path):
    study = make_study(
        changes={
            "close": (RemoveStation(station_id="s9"),),
            "more": (ScaleDemand(percent=110, communities=("Wset",)),),
        },
        variants={"a": ("close",), "b": ("more", "close")},
    )
    asked = []
    with pytest.raises(InputError) as caught:
        run_study(study, make_worlds(study), tmp_path, counting(asked))
    assert [(issue.path, issue.hint) for issue in caught.value.issues] == [
        ("changes.close[0].station_id", "There are s1, s2."),
        ("changes.more[0].communities", "Did you mean 'West'?"),
    ]
    assert asked == []


def test_station_that_an_earlier_change_adds_is_known(tmp_path):
    from optimizer.study.changes.stations import AddStation, MoveStation
    from tests.builders import at

    study = make_study(
        seeds=(1,),
        changes={
            "two": (AddStation(station_id="s3", like="s1", place=at(5)), MoveStation(station_id="s3", place=at(9)))
        },
        variants={"two": ("two",)},
    )
    results = run_study(study, make_worlds(study), tmp_path, here)
    assert results.runs["two", 1].outcome.figures["num_stations"] == 3


def test_fault_of_a_run_is_told_and_tried_again(tmp_path):
    study = make_study(changes={"more": (ScaleDemand(percent=110),)}, variants={"more": ("more",)}, seeds=(1,))

    def failing(asked, worlds):
        for job, _ in asked:
            yield Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed, fault="no power")

    results = run_study(study, make_worlds(study), tmp_path, failing)
    assert [run.fault for run in results.faults] == ["no power", "no power"]
    assert run_study(study, make_worlds(study), tmp_path, here).faults == ()


def test_announced_plan_is_that_of_the_base(tmp_path):
    study = make_study(
        changes={"ill": (ScaleWorkers(skills=("meal",), percent=0),)},
        curves={"stable": Curve(promise=Promise.STABILITY, values=(100,), under=("ill",))},
        seeds=(1,),
    )
    results = run_study(study, make_worlds(study), tmp_path, here)
    run = results.runs["stable 100", 1]
    assert run.fault == ""
    assert run.outcome.figures["promises_kept_share"] == 0, "no courier is left, and the check hangs on its meal"
    assert results.runs[AS_IS, 1].outcome.figures["promises_kept_share"] is None


def test_undisturbed_announcement_is_kept(tmp_path):
    study = make_study(changes={"told": (AnnouncePlan(),)}, variants={"told": ("told",)}, seeds=(1,))
    results = run_study(study, make_worlds(study), tmp_path, here)
    assert results.runs["told", 1].outcome.figures["promises_kept_share"] == 1


def test_where_nothing_could_be_announced_is_told(tmp_path):
    study = make_study(changes={"told": (AnnouncePlan(),)}, variants={"told": ("told",)}, seeds=(1,))

    def failing(asked, worlds):
        return (Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed, fault="no power") for job, _ in asked)

    results = run_study(study, make_worlds(study), tmp_path, failing)
    assert results.runs["told", 1].fault == "the plan to be announced could not be made: no power"


def test_cost_is_by_the_bases_prices(tmp_path):
    from optimizer.study.changes import ChangeWeights

    free = ChangeWeights(cents={"new_worker_cents": 0})
    study = make_study(changes={"free": (free,)}, variants={"free": ("free",)}, seeds=(1,))
    results = run_study(study, make_worlds(study), tmp_path, here)
    by_name = {name: results.runs[name, 1].outcome.cents_by_term for name in (AS_IS, "free")}
    assert by_name["free"] == by_name[AS_IS]
    assert by_name["free"]["new-worker"] > 0


def test_steps_count_up_to_all(tmp_path):
    steps = []
    run_study(STUDY, make_worlds(STUDY), tmp_path, here, lambda step: steps.append((step.num_done, step.num_jobs)))
    assert steps == [(number, 8) for number in range(9)]
