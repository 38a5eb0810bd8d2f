"""What judge, readers of files and service say, in the visitor's language: they speak English, and of ids.

Sentences of the judge have a pattern each, by which names and amounts are taken over; issues of files have the law that
is broken and its cure by their code, and the values that the English sentence names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from api.console.texts import ScreenLanguage
from api.errors import Refusal
from optimizer.errors import Issue
from optimizer.formats.stop_facts import name_of_station, name_of_visit, name_of_worker
from optimizer.plan import Violation
from optimizer.problem import Problem
from optimizer.rules import RULES

_QUOTED = re.compile(r"'([^']*)'")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_VALUE = re.compile(r"'[^']*'|\d{1,2}:\d{2}(?::\d{2})?(?:[-–]\d{1,2}:\d{2}(?::\d{2})?)?|-?\d+(?:\.\d+)?")
_DID_YOU_MEAN = re.compile(r"[Dd]id you mean '?(.+?)'?\?")

_LONG_MIN = 120

VIOLATIONS: Mapping[str, str] = {
    "the hard term {term} must be zero, but is {amount}.": "硬性项 {term} 须为零，实为 {amount}。",
    "starts at {clocks} by its different workers.": "几位人员的开始时间不一：{clocks}。",
    "must start at the same time, but start at {clocks}.": "须同时开始，实为 {clocks}。",
    "start {gap_s} s apart; allowed are at least {least_s} s, at most {most_s} s.": (
        "开始相隔 {gap_s}，应在 {least_s} 至 {most_s} 之间。"
    ),
    "start {gap_s} s apart; allowed are at least {least_s} s.": "开始相隔 {gap_s}，至少应隔 {least_s}。",
    "overlap: the first ends at {end}, the second starts at {start}.": "前一项 {end} 才结束，后一项 {start} 就开始。",
    "must share a worker, but do not.": "须由同一人员承担。",
    "must not share a worker, but share {names}.": "须由不同人员承担，却都有 {names}。",
    "fall on days {first} and {second}; a day must lie between them.": (
        "在第 {first} 天和第 {second} 天，中间须隔一天。"
    ),
    "must be served together, but only {name} is.": "须一并安排，现只安排了 {name}。",
    "has the stops {kinds}: it must begin with a start and end with an end.": (
        "路线须以出发开头、返回结尾，实为 {kinds}。"
    ),
    "cannot be reached by {mode} from the stop before.": "从上一站用 {mode} 到不了。",
    "is reached at {arrival}, but by {mode} not before {earliest}.": "写 {arrival} 到达，用 {mode} 最早 {earliest}。",
    "lasts {long_s} s, but worker {worker} needs {needed_s} s.": "写 {long_s}，{worker} 需要 {needed_s}。",
    "starts at {start}, outside {windows}.": "{start} 开始，不在 {windows} 之内。",
    "has {count} routes, but at most one is allowed.": "有 {count} 条路线，只能有一条。",
    "leaves at {leaves}, before its start at {start}.": "{leaves} 出发，早于班次开始 {start}。",
    "returns at {returns}, after its end at {end}.": "{returns} 返回，晚于班次结束 {end}。",
    "works {worked_s} s, more than the {limit_s} s allowed.": "工时 {worked_s}，超过上限 {limit_s}。",
    "lacks its mandatory break {name}.": "缺少必须的休息 {name}。",
    "takes break {name} {count} times.": "休息 {name} 安排了 {count} 次。",
    "travels {far} m, but its vehicle goes {limit} m at most.": "行驶 {far} 米，车辆最多 {limit} 米。",
    "loads {count} times, but at most {limit} are allowed.": "装餐 {count} 次，最多 {limit} 次。",
    "is printed at {printed}, but lies at {place}.": "位置写成 {printed}，实为 {place}。",
    "has arrival, start, end and departure {clocks}: they must follow each other.": (
        "到达、开始、结束、离开为 {clocks}，先后不对。"
    ),
    "prints travel (s), distance (m) and wait (s) {shown}; they are {derived}.": (
        "路途秒数、米数、等候秒数写成 {shown}，实为 {derived}。"
    ),
    "lasts {long_s} s instead of {right_s} s.": "时长 {long_s}，应为 {right_s}。",
    "takes {used} of {name}, but the vehicle has {has}.": "占用 {name} {used}，车上只有 {has}。",
    "is supplied by {station}; only {allowed} may.": "由 {station} 供餐，只能由 {allowed} 供餐。",
    "lies {far} m from {station}, whose radius is {radius} m.": "距 {station} {far} 米，超出其半径 {radius} 米。",
    "by {time} station {station} has handed out more {meal} portions ({out}) than have come in ({stock}).": (
        "到 {time}，{station} 已发出 {meal} {out} 份，只有 {stock} 份。"
    ),
    "lasts {long_s} s, but takes {needed_s} s.": "时长 {long_s}，需要 {needed_s}。",
    "has its goods loaded at {loaded}, before they are ready at {ready}.": "{loaded} 装货，{ready} 才备好。",
    "is served {age_s} s after loading; {limit_s} s are allowed.": "装餐后 {age_s} 送到，上限 {limit_s}。",
    "needs {portions} portions of {meal}, but the trip has {left} left.": (
        "需要 {meal} {portions} 份，这一趟只剩 {left} 份。"
    ),
    "has {count} stops by {workers} workers, but needs one by each of {needed}.": (
        "由 {workers} 人上门 {count} 次，应由 {needed} 人各一次。"
    ),
    "is listed as unassigned {count} times.": "在未安排中列了 {count} 次。",
    "needs {skill} at level {level}, but worker {worker} has level {has}.": (
        "需要 {skill} {level} 级，{worker} 为 {has} 级。"
    ),
    "is given by worker {worker}, whom elder {elder} refuses.": "由 {worker} 上门，{elder} 不接受此人。",
    "needs a worker of reliability {share}, but {worker} has {has}.": "需要可靠度 {share}，{worker} 为 {has}。",
    "is given by {serving}, but pinned to {pinned}.": "由 {serving} 上门，已锁定为 {pinned}。",
    "starts at {start}, but is pinned to {pin}.": "{start} 开始，已锁定为 {pin}。",
    "elder {elder} meets the new workers {names}; at most {limit} different workers, {known} of them known.": (
        "{elder} 将见到新人员 {names}；最多 {limit} 位不同人员，其中 {known} 位已见过。"
    ),
}
"""Patterns of the judge's sentences and their Chinese; amounts ending in ``_s`` are seconds, written in minutes."""

ISSUES: Mapping[str, tuple[str, str]] = {
    # of files
    "not-found": ("找不到这个文件或文件夹", "请检查名称"),
    "not-a-source": ("不是可读的数据文件", "请上传工作簿、CSV 压缩包或 JSON"),
    "not-readable": ("文件损坏、有密码或打不开", "请另存一份再上传"),
    "not-text": ("文本表格中有不是文字的内容", "请以 UTF-8 另存"),
    "too-large": ("文件、表格或单元格数量过大", "请分成几份"),
    "unsafe-archive": ("压缩包内容不安全", "请只打包表格，不加密"),
    "missing-table": ("缺少必需的表", "请补上这张表"),
    "duplicate-table": ("同一张表出现两次", "请删去一张"),
    "unknown-table": ("不认识的表名，不会读取", "请改正表名或删去"),
    "empty-table": ("表中没有表头或没有数据", "请填写"),
    "missing-column": ("缺少必需的列", "请补上这一列"),
    "duplicate-column": ("两列含义相同", "请删去一列"),
    "unknown-column": ("不认识的列名，不会读取", "请改正列名或删去"),
    "ragged-row": ("这一行的单元格比表头多", "请删去多余的单元格"),
    "missing-cell": ("必填单元格为空", "请填写"),
    "bad-cell": ("单元格内容不符合要求", "请按表头说明改正"),
    "id-duplicate": ("编号重复", "请改成不同的编号"),
    "unknown-parent": ("所属的驿站、人员或班次不存在", "请改正编号，或补上那一行"),
    "shift-stated-twice": ("同一人员的班次写在两处", "请只留一处"),
    "no-first-date": ("有日期却没有首日", "请填写首日"),
    "cannot-be-stated": ("这个值无法写进表格", "请改用 JSON"),
    "bad-place": ("要素没有位置，或图层没有坐标系", "请补上"),
    "not-json": ("不是有效的 JSON", "请检查格式"),
    "unknown-key": ("不认识的键", "请改正或删去"),
    "missing-key": ("缺少必需的键", "请补上"),
    "duplicate-key": ("同一个键出现两次", "请删去一个"),
    "bad-value": ("值的类型不对或超出范围", "请改正"),
    "not-finite": ("数字不是有限值", "请改成普通数字"),
    "schema-version": ("文件是另一版本的格式", "请用当前版本导出"),
    "bad-row": ("这一行不符合要求", "请改正"),
    "missing-section": ("缺少必需的段落", "请补上"),
    "unknown-section": ("不认识的段落", "请删去"),
    "duplicate-section": ("同一段落出现两次", "请删去一个"),
    "unknown-family": ("不认识的算例类型", "请改用其他文件"),
    "bad-route": ("路线不可能属于这个算例", "请改正"),
    "date-outside-horizon": ("日期早于首日", "请改正日期"),
    # of problems
    "id-empty": ("编号为空", "请填写编号"),
    "unknown-station": ("没有这个驿站", "请改正编号，或补上驿站"),
    "unknown-elder": ("没有这位老人", "请改正编号，或补上老人"),
    "unknown-worker": ("没有这位人员", "请改正编号，或补上人员"),
    "unknown-visit": ("没有这项服务", "请改正编号，或补上服务"),
    "unknown-meal-type": ("没有列出这种餐", "请改正名称，或列入餐种"),
    "unknown-mode": ("没有这种交通方式", "请改正名称，或补上交通方式"),
    "unknown-service": ("服务目录中没有这一项", "请改正名称，或列入目录"),
    "horizon-empty": ("计划期没有一天", "天数至少为 1"),
    "unknown-time-zone": ("不是 IANA 时区", "例如 Asia/Shanghai"),
    "coordinates-invalid": ("经纬度超出范围", "经度 -180 到 180，纬度 -90 到 90；看是否写反"),
    "quantity-too-small": ("时长、距离、数量和价格不能为负，百分比至少为 1", "请改正"),
    "share-invalid": ("比例应在 0 到 1 之间", "请改正"),
    "speed-invalid": ("速度应大于 0", "请改正"),
    "peak-invalid": ("高峰时段颠倒、跨天或重叠", "请改正"),
    "window-reversed": ("时段的结束早于开始", "请对调两个时间"),
    "window-outside-horizon": ("时段不在计划期内", "请改正日期"),
    "soft-outside-window": ("宽限时间不在时段之内，或颠倒", "请改正"),
    "visit-without-window": ("服务没有时段", "至少给一个时段"),
    "visit-without-place": ("服务既没有位置也没有老人", "请给其中一个"),
    "num-workers-invalid": ("所需人数不对", "至少 1 人，不超过现有人员"),
    "shared-demand": ("带餐的服务只能由一人完成", "人数改为 1"),
    "supply-run-without-demand": ("送货没有餐份", "请填写餐份"),
    "supply-run-to-itself": ("送货的来源和去处是同一驿站", "请改正"),
    "pin-forbidden": ("锁定了老人不接受的人员", "请改派或取消锁定"),
    "pin-outside-windows": ("锁定的时间不在时段之内", "请改正时间或时段"),
    "shift-reversed": ("班次的结束早于开始", "请对调两个时间"),
    "shift-outside-horizon": ("班次不在计划期内", "请改正日期"),
    "shifts-overlap": ("同一人员的班次重叠", "请错开"),
    "soft-outside-shift": ("宽限结束不在班次之内", "请改正"),
    "break-reversed": ("休息的最晚开始早于最早开始", "请对调两个时间"),
    "break-outside-shift": ("班次内排不下这个休息", "请缩短或移动休息"),
    "breaks-clash": ("两个必须的休息互相冲突", "请错开"),
    "link-to-itself": ("关联的是同一项服务", "请改正"),
    "gap-reversed": ("最大间隔小于最小间隔", "请对调"),
    "link-contradiction": ("同时要求同一人员和不同人员", "请删去一个"),
    "link-cycle": ("先后要求成环", "请删去其中一个"),
    "place-without-travel": ("路途时间表中没有这个位置", "请补上"),
    "mode-without-travel": ("路途时间表中没有这种交通方式", "请补上"),
    "visit-unservable": ("没有足够的人员能做这项服务", "请看技能、可靠度、意愿、班次、路途和载量"),
    "visit-without-supplier": ("可及的驿站都不供应所需的餐种", "请增加供应，或放宽半径"),
    "supply-short": ("备餐少于需求", "请加备餐份"),
    "diet-mismatch": ("餐种与老人的饮食不符", "请改餐种"),
    "limit-without-demand": ("备好时间和在途时限只用于带餐的服务", "请删去"),
    "worker-without-shift": ("人员没有班次", "请补上班次"),
    "unknown-shift": ("人员没有这个班次", "请改正"),
    "unknown-break": ("班次没有这个休息", "请改正"),
    "step-id": ("步骤与其编号不符", "请改正"),
}
"""By code the law that is broken, and the cure."""


REFUSALS: Mapping[str, str] = {
    "busy": "服务正忙，请再试一次。",
    "changed-meanwhile": "别人刚刚改过，请重新打开后再改。",
    "internal": "服务内部错误，请联系管理员。",
    "name-taken": "名称已被占用。",
    "not-allowed": "您的权限不够。",
    "not-found": "找不到，可能已被删除。",
    "not-ready": "方案尚未完成、有违规，或情况已变，请重新查看。",
    "queue-full": "排队的任务已满，请稍后再试。",
    "too-large": "内容过大，请分成几份。",
    "too-many-requests": "请求过多，请稍后再试。",
    "travel": "无法取得路途时间。",
    "unsupported-media-type": "不能读取这种文件。",
}
"""What a refusal says by its code, where it names no single faults."""
NUM_FAULTS = 4
"""So many faults are told at once."""


def fault_text(language: ScreenLanguage, refusal: Refusal) -> str:
    """Why something was refused, and the cure."""
    if refusal.issues:
        lines = [" ".join(issue_texts(language, issue)) for issue in refusal.issues[:NUM_FAULTS]]
        more = len(refusal.issues) - len(lines)
        return "\n".join([*lines, f"+ {more}"] if more else lines)
    return REFUSALS.get(refusal.code, refusal.detail) if language == "zh" else refusal.detail


def violation_text(language: ScreenLanguage, problem: Problem, violation: Violation) -> str:
    """What the judge says of a violation, with names for ids; what it is about and the cure are left out."""
    message = violation.message.removesuffix(RULES[violation.rule].hint).rstrip()
    for pattern, english, chinese in _patterns():
        if match := pattern.search(message):
            values = {name: _written(language, problem, name, value) for name, value in match.groupdict().items()}
            return (chinese if language == "zh" else english).format(**values)
    return message


def issue_texts(language: ScreenLanguage, issue: Issue) -> tuple[str, str]:
    """What is wrong, with its values, and the cure; as the issue has them where its code is not known."""
    if language == "en" or issue.code not in ISSUES or _CHINESE.search(issue.message):
        return issue.message, issue.hint
    law, cure = ISSUES[issue.code]
    values = "、".join(dict.fromkeys(value.strip("'") for value in _VALUE.findall(issue.message)))
    guess = _DID_YOU_MEAN.search(issue.hint)
    return f"{law}（{values}）" if values else law, f"是不是 {guess[1]}？" if guess else f"{cure}。"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Each sentence as a regular expression, and in both languages to be filled in."""
    return tuple(
        (re.compile("".join(_pieces(english)) + "$"), english.replace("_s} s", "_s}"), chinese)
        for english, chinese in VIOLATIONS.items()
    )


def _pieces(english: str) -> Iterator[str]:
    """The parts of a regular expression: what is said as it is, and any text in the place of a name."""
    for number, part in enumerate(_PLACEHOLDER.split(english)):
        yield f"(?P<{part}>.+?)" if number % 2 else re.escape(part)


def _written(language: ScreenLanguage, problem: Problem, name: str, value: str) -> str:
    """A value as people write it: seconds in minutes, workers and elders by name, nothing in quotes."""
    if name.endswith("_s") and value.isdigit():
        return _duration(language, int(value))
    return _QUOTED.sub(lambda match: _name_of(problem, match[1]), value)


def _duration(language: ScreenLanguage, duration_s: int) -> str:
    """Minutes, and hours where it is long."""
    minute, hour = ("分钟", "小时") if language == "zh" else ("min", "h")
    minutes = round(duration_s / 60)
    if minutes < _LONG_MIN:
        return f"{duration_s / 60:.1f}".removesuffix(".0") + f" {minute}"
    return f"{minutes // 60} {hour} {minutes % 60:02d} {minute}"


def _name_of(problem: Problem, name: str) -> str:
    if name in problem.worker_by_id:
        return name_of_worker(problem.worker_by_id[name])
    if name in problem.elder_by_id:
        return problem.elder_by_id[name].name or name
    if name in problem.visit_by_id:
        return name_of_visit(problem, problem.visit_by_id[name])
    return name_of_station(problem, name) if name in problem.station_by_id else name
