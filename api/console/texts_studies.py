"""The sentences of studies, in Chinese and in English."""

from __future__ import annotations

STUDY_TEXTS: dict[str, tuple[str, str]] = {
    "studies.hint": (
        "在同一天的数据上逐一试算多个方案，报告差别有多大、有多可靠。在这里提问，"
        "或上传研究文件（.yaml、.json 或 .xlsx）。",
        "The same day is planned under many variants, and the report tells what differs and how sure that is. Ask "
        "here, or upload a study file (.yaml, .json or .xlsx).",
    ),
    "studies.choose": ("选择研究文件，或拖到这里", "Choose a study file, or drop it here"),
    "studies.none": ("还没有研究", "No studies yet"),
    "studies.progress": ("进度", "Progress"),
    "studies.plans": ("已完成 {done} / {all} 个方案", "{done} of {all} plans made"),
    "studies.report": ("打开报告", "Open the report"),
    "studies.stop": ("停止", "Stop"),
    "studies.resume": ("继续", "Resume"),
    "study_state.queued": ("排队中", "Waiting"),
    "study_state.running": ("进行中", "Under way"),
    "study_state.done": ("完成", "Done"),
    "study_state.stopped": ("已停止", "Stopped"),
    "study_state.failed": ("失败", "Failed"),
    # the form
    "studies.new": ("提一个问题", "Ask what if"),
    "studies.no_problem": (
        "还没有数据。请先在“新方案”里上传或载入一天。",
        "There is no day yet. Upload or load one under New plan first.",
    ),
    "studies.name": ("名称", "Name"),
    "studies.of": ("{problem}：如果……", "{problem}: what if"),
    "studies.problem": ("数据", "Day"),
    "studies.vary": ("请至少选择一项变化。", "Choose at least one thing to vary."),
    "studies.nothing": ("没有任何变化可比较。", "nothing is varied."),
    "studies.every": ("所选各项的每种组合都会试算。", "Every combination of what is chosen is planned."),
    "studies.demand": ("老人", "Elders"),
    "studies.workers": ("人员", "Workers"),
    "studies.who": ("哪些人员", "Which workers"),
    "studies.everybody": ("全部", "Everybody"),
    "studies.stations": ("驿站", "Stations"),
    "studies.close": ("关闭驿站（逐个）", "Close stations, one by one"),
    "studies.without": ("关闭 {station}", "Without {station}"),
    "studies.new_station": ("新设驿站", "New station"),
    "studies.like": ("参照驿站", "Like station"),
    "studies.place": ("新站位置：经度, 纬度", "Place of a new station: lon, lat"),
    "studies.place_hint": ("例如 116.3722, 39.9131", "Write for example 116.3722, 39.9131."),
    "studies.no_place": ("“{text}”不是经纬度。", "{text!r} is not a longitude and a latitude."),
    "studies.speed": ("车速", "Speed"),
    "studies.windows": ("时间窗", "Windows"),
    "studies.wider": ("前后各放宽 {minutes} 分钟", "{minutes} min wider each way"),
    "studies.promises": ("各项承诺的代价", "Price of promises"),
    "studies.seeds": ("重复次数", "Seeds"),
    "studies.seconds": ("每个方案（秒）", "Seconds a plan"),
    "studies.size": (
        "共 {plans} 个方案，最多约 {minutes} 分钟。",
        "{plans} plans, {minutes} min at most.",
    ),
    "studies.order": ("开始研究", "Start the study"),
    "studies.save": ("存为文件", "Save as a file"),
    "promise.continuity": ("连续：熟悉的人", "Continuity: a known face"),
    "promise.fairness": ("公平：负荷均衡", "Fairness: equal loads"),
    "promise.hot-meal": ("热餐：在途时限", "Hot meals: time on board"),
    "promise.stability": ("稳定：告知不变", "Stability: what was announced"),
}
