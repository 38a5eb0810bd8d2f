"""Every command on a good day, and the ways that lead from one command to the next."""

import csv
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import openpyxl
import pytest

from optimizer.cli.write import FILE_NAMES
from optimizer.formats.json import problem_from_json
from scenarios import SCENARIOS
from tests.cli.shell import done, run

COMMANDS = ["scenarios", "scenario", "template", "validate", "solve", "demo", "check", "explain", "convert"]


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path, tree):
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


# Help


def test_without_a_command_the_help_is_shown():
    shown = done()
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_eighty_columns(command):
    shown = done(command, "--help")
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_version():
    assert done("--version") == f"yizhan {version('yizhan')}\n"


def test_scenarios_lists_every_scenario_with_its_purpose():
    shown = " ".join(done("scenarios").split())
    assert all(f"{info.name} {info.purpose}" in shown for info in SCENARIOS.values())


# Problems


def test_scenario_writes_tables_that_validate(here):
    assert "7 visits, 3 workers written to d" in done("scenario", "tiny", "-o", "d")
    assert {"elders.csv", "visits.csv", "workers.csv"} <= {path.name for path in (here / "d").iterdir()}
    assert done("validate", "d") == "valid: 7 visits, 3 workers, 0 warnings\n"


def test_scenario_writes_a_workbook(here):
    done("scenario", "tiny", "-o", "d", "--workbook")
    assert "7 visits" in done("validate", here / "d" / "tiny.xlsx")


def test_scenario_takes_an_empty_folder_that_is_there(here):
    (here / "d").mkdir()
    done("scenario", "tiny", "-o", "d")
    assert (here / "d" / "visits.csv").exists()


def test_validate_shows_warnings_and_goes_on(tiny_outcome, here):
    done("convert", tiny_outcome / "tiny", "d")
    edit(here / "d" / "elders.csv", lambda rows: [{**row, "cat": "Mimi"} for row in rows])
    shown = done("validate", "d")
    assert "warning elders.csv:1:cat" in shown
    assert "valid: 7 visits, 3 workers, 1 warning\n" in shown


def test_convert_around_every_format_gives_the_same_problem(tiny_outcome, here):
    ways = ["a.json", "b.xlsx", "c", "d.zip", "e.json"]
    for source, target in zip([tiny_outcome / "tiny", *ways], ways, strict=False):
        assert done("convert", source, target) == f"{target} written\n"
    assert (here / "a.json").read_bytes() == (here / "e.json").read_bytes()


def test_convert_makes_the_folders_on_the_way(tiny_outcome, here):
    done("convert", tiny_outcome / "tiny", "new/problem.json")
    assert problem_from_json((here / "new" / "problem.json").read_bytes()).name == "tiny"


def test_a_filled_template_is_planned(here):
    assert "yizhan solve day.xlsx" in done("template", "day.xlsx")
    book = openpyxl.load_workbook(here / "day.xlsx")
    fill(book["老人"], {"老人编号": "E1", "姓名": "王秀英", "经度": 116.37, "纬度": 39.91})
    fill(
        book["服务需求"],
        {"需求编号": "V1", "老人编号": "E1", "服务项目": "助浴", "时间窗": "09:00-11:00", "服务时长(分钟)": 40},
    )
    fill(book["站点"], {"站点编号": "S1", "经度": 116.371, "纬度": 39.911})
    fill(book["服务人员"], {"人员编号": "W1", "所属站点编号": "S1", "班次时间": "08:00-12:00"})
    book.save(here / "day.xlsx")
    done("solve", "day.xlsx", "-o", "plan", "--step-limit", 0)
    assert served_visit_ids(read_json(here / "plan" / "plan.json")) == {"V1"}


def test_a_template_may_be_in_english(here):
    done("template", "day.xlsx", "--language", "en")
    assert openpyxl.load_workbook(here / "day.xlsx").sheetnames[1:4] == ["settings", "stations", "waves"]


def fill(sheet, value_by_header):
    """Fill in the row below the example."""
    headers = [cell.value for cell in sheet[1]]
    for header, value in value_by_header.items():
        sheet.cell(3, headers.index(header) + 1, value)


def edit(path, change):
    """Read a CSV table, put its rows (dictionaries) through `change`, and write it back."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def served_visit_ids(plan):
    return {stop["visit_id"] for route in plan["routes"] for stop in route["stops"] if stop["kind"] == "visit"}


# Plans


def total_of(shown):
    """The total in a printed table of costs."""
    (total,) = re.findall(r"total\W+([\d,.]+)", shown)
    return total


def test_solve_writes_everything_and_tells_it(tiny_outcome):
    shown = done("solve", tiny_outcome / "tiny", "-o", "out", "--step-limit", 0)
    assert "tiny: complete" in shown
    assert "7 of 7" in shown
    assert "no violation" in shown
    assert {path.name for path in (tiny_outcome / "out").iterdir()} == set(FILE_NAMES)


def test_solve_leaves_nothing_but_its_folder(here):
    done("solve", "tiny", "-o", "new/out", "--step-limit", 0)
    assert [path.name for path in here.iterdir()] == ["new"]
    assert [path.name for path in (here / "new").iterdir()] == ["out"]


def test_solve_removes_sheets_that_the_new_plan_has_not(here, tiny_outcome):
    done("convert", tiny_outcome / "tiny", "d")
    out = here / "out"
    done("solve", "d", "-o", "out", "--step-limit", 0)
    (out / "notes.txt").touch()
    edit(here / "d" / "visits.csv", lambda rows: [row for row in rows if row["visit_id"] == "check-zhang"])
    (here / "d" / "links.csv").unlink()
    done("solve", "d", "-o", "out", "--step-limit", 0)
    assert {path.name for path in out.iterdir()} == set(FILE_NAMES) - {"labels.pdf", "kitchen_sheet.pdf"} | {
        "notes.txt"
    }


def test_what_solve_writes_can_be_solved_and_checked(tiny_outcome, here):
    out = tiny_outcome / "out"
    again = done("solve", out / "problem.json", "-o", "again", "--step-limit", 0)
    checked = done("check", out / "problem.json", out / "plan.json")
    assert total_of(again) == total_of(checked)


def test_step_limit_and_seed_give_the_same_plan(here):
    plans = []
    for folder in ("one", "two"):
        done("solve", "tiny", "-o", folder, "--step-limit", 3, "--seed", 5, "--workers", 1)
        plan = read_json(here / folder / "plan.json")
        del plan["provenance"]["first_plan_s"], plan["provenance"]["duration_s"]
        plans.append(plan)
    assert plans[0] == plans[1]
    assert plans[0]["provenance"]["seed"] == 5


def test_solve_writes_in_english(here):
    done("solve", "tiny", "-o", "out", "--step-limit", 0, "--language", "en")
    assert '"language":"en"' in (here / "out" / "map.html").read_text(encoding="utf-8")


def test_solve_travels_by_a_given_matrix(here):
    places = problem_from_json_of("tiny", here).places
    rows = [
        (f"{a.lon},{a.lat}", f"{b.lon},{b.lat}", 0 if a == b else 60, 0 if a == b else 500)
        for a in places
        for b in places
    ]
    with (here / "times.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("from", "to", "duration_s", "distance_m"), *rows])
    done("solve", "tiny", "-o", "out", "--step-limit", 0, "--matrix", "times.csv")
    plan = read_json(here / "out" / "plan.json")
    travelled = {stop.get("travel_duration_s", 0) for route in plan["routes"] for stop in route["stops"]}
    assert travelled == {0, 60}


def problem_from_json_of(src, here):
    done("convert", src, "problem.json")
    return problem_from_json((here / "problem.json").read_bytes())


def test_demo_plans_the_district(here, monkeypatch):
    asked = []
    monkeypatch.setattr("optimizer.__main__._plan_and_write", lambda *arguments: asked.append(arguments))
    shown = done("demo", "--time-limit", "2m", "--language", "both")
    assert "yizhan serve" in shown
    ((src, _, params, output, language),) = asked
    assert (src, params.time_limit_s, str(output), language) == ("xicheng-day", 120.0, "out/demo", "both")
    assert "out/demo/map.html" in shown


def test_a_day_edited_by_hand_is_planned_checked_and_explained(here):
    done("scenario", "tiny", "-o", "d")
    elder = {"elder_id": "zhao", "name": "赵玉兰", "lon": "116.372", "lat": "39.917", "diet": "normal"}
    edit(here / "d" / "elders.csv", lambda rows: [dict(row, worker_history="") for row in rows] + [elder])
    edit(here / "d" / "visits.csv", lambda rows: [*rows, dict(rows[1], visit_id="lunch-zhao", elder_id="zhao")])
    edit(here / "d" / "waves.csv", lambda rows: [dict(rows[0], portions="lunch:3; lunch-diabetic:1; lunch-halal:1")])
    for table in ("workers.csv", "shifts.csv"):
        edit(here / "d" / table, lambda rows: [row for row in rows if row["worker_id"] != "nurse"])
    validated = done("validate", "d")
    assert "warning visits.csv:6: only 1 of 2 workers needed can do visit 'bath-li'" in validated
    assert "valid: 8 visits, 2 workers" in validated

    planned = done("solve", "d", "-o", "out", "--step-limit", 0)
    assert "bath-li is not served" in planned
    assert "lunch-zhao" in served_visit_ids(read_json(here / "out" / "plan.json"))

    checked = done("check", "d", "out/plan.json")
    assert "tiny: incomplete" in checked
    assert total_of(checked) == total_of(planned)

    told = " ".join(done("explain", "d", "out/plan.json", "nurse-wang").split())
    assert "why Rule 'skill' keeps visit 'nurse-wang' from 2 workers: the worker has every skill" in told
    assert "cure Teach worker 'courier' skill 'nursing' at level 1. (+" in told


# Judging by hand


def stop_of(plan, visit_id):
    return next(stop for route in plan["routes"] for stop in route["stops"] if stop.get("visit_id") == visit_id)


def moved_by_hand(tiny_outcome, here):
    """The plan with the check visit of worker 'carer' served five hours later, all else as printed."""
    plan = read_json(tiny_outcome / "out" / "plan.json")
    stop_of(plan, "check-zhang").update(arrival="15:30", start="15:30", end="15:50", departure="15:50")
    return write_json(here / "moved.json", plan)


def test_check_tells_every_rule_that_a_hand_made_plan_breaks(tiny_outcome, here):
    result = run("check", "tiny", moved_by_hand(tiny_outcome, here))
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert any(line.startswith("time-window") and "check-zhang" in line for line in lines)
    assert any(line.startswith("travel") for line in lines)
    assert lines[-1] == f"{len(lines) - 1} violations"


def test_check_writes_a_broken_plan_as_invalid(tiny_outcome, here):
    result = run("check", "tiny", moved_by_hand(tiny_outcome, here), "-o", "judged.json")
    assert result.exit_code == 3
    assert read_json(here / "judged.json")["status"] == "invalid"


def test_explain_tells_the_violations_of_a_broken_plan(tiny_outcome, here):
    result = run("explain", "tiny", moved_by_hand(tiny_outcome, here))
    assert result.exit_code == 3
    assert "time-window" in result.stderr
    assert "Only a plan that keeps every rule can be explained" in result.stderr


def test_check_prices_what_the_stops_say_not_what_was_printed(tiny_outcome, here):
    plan = read_json(tiny_outcome / "out" / "plan.json")
    honest = done("check", "tiny", tiny_outcome / "out" / "plan.json")
    plan["cost"] = {"cents_by_term": {"distance": 1}}
    plan["status"] = "incomplete"
    lying = done("check", "tiny", write_json(here / "plan.json", plan))
    assert "tiny: complete" in lying
    assert total_of(lying) == total_of(honest)


def test_check_gives_a_draft_its_times(here):
    visit = {"kind": "visit", "visit_id": "check-zhang"}
    draft = {"routes": [{"worker_id": "carer", "shift_id": "day", "steps": [visit]}]}
    shown = done("check", "tiny", write_json(here / "draft.json", draft), "-o", "plan.json")
    assert "tiny: incomplete" in shown
    assert "1 of 7" in shown
    timed = read_json(here / "plan.json")
    assert stop_of(timed, "check-zhang")["start"] == "09:00"
    assert total_of(done("check", "tiny", "plan.json")) == total_of(shown)


def test_a_draft_that_breaks_rules_is_told_so(here):
    visit = {"kind": "visit", "visit_id": "nurse-wang"}
    draft = {"routes": [{"worker_id": "courier", "shift_id": "day", "steps": [visit]}]}
    result = run("check", "tiny", write_json(here / "draft.json", draft))
    assert result.exit_code == 3
    assert "skill" in result.stdout


def test_an_empty_draft_serves_nobody(here):
    assert "0 of 7" in done("check", "tiny", write_json(here / "draft.json", {"routes": []}))


def test_explain_of_a_complete_plan_has_nothing_to_tell(tiny_outcome):
    assert done("explain", "tiny", tiny_outcome / "out" / "plan.json") == "every visit is served\n"


# The real process

INTERRUPTED = """
import os, signal, threading
from optimizer.cli import planning
from optimizer.__main__ import app_main

solve = planning.solve
pending = [threading.Timer(4, lambda: os.killpg(0, signal.SIGINT))]

def interrupted(*arguments, on_progress, **options):
    def tell(state):
        on_progress(state)
        if state.phase == "start" and pending:
            pending.pop().start()
    return solve(*arguments, on_progress=tell, **options)

if __name__ == "__main__":
    planning.solve = interrupted
    app_main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups to interrupt")
def test_ctrl_c_keeps_the_best_plan(here):
    script = here / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, script, "solve", "xicheng-day", "--size", "0.3", "-o", "out", "--time-limit", "1h"],
        capture_output=True,
        text=True,
        check=False,
        cwd=here,
        start_new_session=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == "Stopping; the best plan so far is kept. Ctrl-C again gives it up.\n"
    assert "no violation" in ended.stdout
    assert (here / "out" / "plan.json").exists()


def test_output_to_a_log_has_no_control_characters_and_one_line_per_fault(here):
    ended = subprocess.run(
        [sys.executable, "-m", "optimizer", "solve", "tiny", "-o", "out", "--step-limit", "0"],
        capture_output=True,
        check=True,
        cwd=here,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert ended.stderr == b""
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", ended.stdout)
    assert max(len(line) for line in ended.stdout.splitlines()) <= 80
