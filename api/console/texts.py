"""Every sentence of the console, in Chinese and in English.

Words that sheets and the console share (rules, groups, kinds of stations) come from :mod:`optimizer.formats.words`.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.console.access import ScreenLanguage
from optimizer.formats.words import Words

TEXTS: dict[str, tuple[str, str]] = {
    "html.lang": ("zh-CN", "en"),
    "title": ("驿站调度台", "Yizhan dispatch"),
    "claim": ("助餐与上门服务，一张屏幕排好一天", "Meals and home visits of a district, planned on one screen"),
    "language.other": ("English", "中文"),
    "skip": ("跳到内容", "Skip to content"),
    # signing in
    "sign_in.key": ("密钥", "Key"),
    "sign_in.button": ("登录", "Sign in"),
    "sign_in.hint": (
        "密钥由管理员发放，决定您所在的区和权限。",
        "Your administrator hands out keys; they decide your district and role.",
    ),
    "sign_in.wrong": ("密钥不对，或已失效。", "The key is wrong or has run out."),
    "sign_in.too_often": ("尝试过多，请稍后再试。", "Too many attempts. Try again later."),
    "sign_out": ("退出", "Sign out"),
    "session.ended": ("登录已失效，请重新登录。", "Your session has ended. Sign in again."),
    # around every view
    "nav.label": ("视图", "Views"),
    "nav.today": ("今日", "Today"),
    "nav.unserved": ("未安排", "Unserved"),
    "nav.new": ("新方案", "New plan"),
    "nav.plans": ("全部方案", "Plans"),
    "nav.compare": ("比较", "Compare"),
    "nav.sheets": ("单据", "Sheets"),
    "district": ("{name} 区", "District {name}"),
    "plan": ("方案", "Plan"),
    "look.large": ("大字", "Large text"),
    "look.normal": ("标准字号", "Normal text"),
    "role.viewer": ("查看员", "Viewer"),
    "role.dispatcher": ("调度员", "Dispatcher"),
    "role.planner": ("规划员", "Planner"),
    "role.admin": ("管理员", "Administrator"),
    "pseudonyms": ("您看到的是化名和大致位置", "You see pseudonyms and approximate places"),
    "needs_role": ("需要“{role}”权限", "Needs the role {role}"),
    "fault": ("出错：{detail}", "Error: {detail}"),
    "not_found": ("没有这个方案", "There is no such plan"),
    "no_plans": ("还没有方案。请从“新方案”开始。", "There is no plan yet. Begin with “New plan”."),
    "back": ("返回", "Back"),
    "close": ("关闭", "Close"),
    "cancel": ("取消", "Cancel"),
    "loading": ("载入中…", "Loading…"),
    # states
    "state.served": ("按时", "On time"),
    "state.late": ("晚到", "Late"),
    "state.risk": ("餐温将超限", "Hot-meal limit near"),
    "state.unassigned": ("未安排", "Not served"),
    "plan_state.queued": ("排队中", "Waiting"),
    "plan_state.solving": ("求解中", "Being made"),
    "plan_state.done": ("完成", "Done"),
    "plan_state.failed": ("失败", "Failed"),
    "plan_state.cancelled": ("已取消", "Cancelled"),
    "origin.solve": ("新排", "New"),
    "origin.what-if": ("假设", "What-if"),
    "origin.edit": ("手工改", "Edited"),
    "origin.dispatch": ("当日调度", "Dispatched"),
    "status.complete": ("必办服务全部安排", "All mandatory visits served"),
    "status.incomplete": ("有必办服务未安排", "Mandatory visits not served"),
    "status.invalid": ("有违规，不可执行", "Breaks rules"),
    "accepted": ("执行中", "In force"),
    # key figures
    "kpi.served": ("已安排", "Served"),
    "kpi.on_time": ("准点率", "On time"),
    "kpi.food_age": ("送餐用时 P95", "Meal on board P95"),
    "kpi.food_over": ("送餐超 2 小时", "Meals over 2 h"),
    "kpi.gini": ("工时差异（基尼）", "Workload Gini"),
    "kpi.sync": ("双人互等", "Wait for partner"),
    "kpi.known": ("熟人上门", "Known worker"),
    "kpi.travel": ("路途占比", "Travel share"),
    "kpi.workers": ("出勤人员", "Workers out"),
    "kpi.portions": ("餐份", "Portions"),
    "kpi.distance": ("里程", "Distance"),
    "kpi.overtime": ("加班", "Overtime"),
    "kpi.cost": ("总成本", "Total cost"),
    "kpi.per_visit": ("每次人工", "Pay per visit"),
    "kpi.gap": ("距下界", "Above bound"),
    "kpi.unmet": ("加权未满足", "Weighted unmet"),
    "kpi.no_target": ("无目标值", "no target"),
    "kpi.target": ("目标 {target}", "target {target}"),
    "kpi.missed": ("未达标", "target missed"),
    "kpi.met": ("达标", "target met"),
    "unit.minutes": ("{value} 分", "{value} min"),
    "unit.hours": ("{value} 小时", "{value} h"),
    "unit.km": ("{value} 公里", "{value} km"),
    # today
    "today.map": ("地图", "Map"),
    "today.time_line": ("时间线", "Time line"),
    "today.table": ("服务列表", "Visits"),
    "today.alerts": ("提醒", "Alerts"),
    "today.details": ("详情", "Details"),
    "today.search": ("姓名、拼音、首字母、电话后几位", "Name, pinyin, initials, last digits of the phone"),
    "today.clear": ("取消选择", "Clear selection"),
    "today.nothing": (
        "点地图、时间线或列表中的任何一项，这里显示详情。",
        "Click anything on the map, time line or list; it is shown everywhere.",
    ),
    "today.fit": ("全图", "Fit"),
    "today.play": ("播放", "Play"),
    "today.pause": ("暂停", "Pause"),
    "today.now": ("现在", "Now"),
    "today.time": ("时刻", "Time"),
    "today.day": ("日期", "Day"),
    "today.bigger": ("放大时间线", "Larger time line"),
    "today.layers": ("图层", "Layers"),
    "layer.streets": ("街道", "Streets"),
    "layer.routes": ("路线", "Routes"),
    "layer.elders": ("老人", "Elders"),
    "layer.stations": ("驿站", "Stations"),
    "layer.workers": ("人员", "Workers"),
    "layer.groups": ("重点人群", "Priority groups"),
    "group.any": ("全部人群", "All groups"),
    "alert.none": ("没有提醒：全部按时、全部安排。", "No alerts: everybody is served, and on time."),
    "alert.top": ("优先对象未安排", "Priority visit not served"),
    "alert.unassigned": ("未安排", "Not served"),
    "alert.late": ("晚到 {minutes} 分钟", "{minutes} min late"),
    "alert.risk": (
        "装餐后 {minutes} 分钟送到，限 {limit} 分钟",
        "Handed over {minutes} min after loading; limit {limit} min",
    ),
    "alert.more": ("另有 {count} 条，见列表", "{count} more, in the list"),
    "column.time": ("时间", "Time"),
    "column.who": ("老人", "Elder"),
    "column.service": ("服务", "Service"),
    "column.worker": ("人员", "Worker"),
    "column.window": ("时段", "Window"),
    "column.state": ("状态", "State"),
    "column.priority": ("优先", "Prio."),
    "column.community": ("社区", "Community"),
    "bar.travel": ("路途", "Travel"),
    "bar.wait": ("等候", "Wait"),
    "bar.visit": ("上门", "Visit"),
    "bar.break": ("休息", "Break"),
    "bar.load": ("装餐", "Load"),
    "bar.shift": ("班次", "Shift"),
    "bar.window": ("承诺时段", "Promised window"),
    "bar.link": ("关联服务", "Linked visits"),
    "detail.visits": ("服务", "Visits"),
    "detail.groups": ("人群", "Groups"),
    "detail.phone": ("电话", "Phone"),
    "detail.address": ("住址", "Address"),
    "detail.floor": ("{floor} 层，{lift}", "Floor {floor}, {lift}"),
    "detail.lift": ("有电梯", "lift"),
    "detail.no_lift": ("无电梯", "no lift"),
    "detail.shift": ("班次", "Shift"),
    "detail.route": ("行程", "Route"),
    "detail.vehicle": ("交通", "Moves by"),
    "detail.skills": ("技能", "Skills"),
    "detail.portions": ("餐份", "Portions"),
    "detail.note": ("备注", "Note"),
    "detail.window": ("时段", "Window"),
    "detail.worker": ("人员", "Worker"),
    "detail.on_board": ("装餐后 {minutes} 分钟送到", "{minutes} min after loading"),
    "detail.why": ("为什么未安排", "Why not served"),
    "detail.figures": (
        "{visits} 次上门，{km} 公里，路途 {travel} 分，等候 {wait} 分",
        "{visits} visits, {km} km, {travel} min under way, {wait} min waiting",
    ),
    "detail.off": ("未出勤", "Not out today"),
    "detail.show": ("选中", "Show"),
    "reason.workers": ("{count} 人", "{count} workers"),
    # a plan in the making
    "making.title": ("正在排方案：{state}", "Making the plan: {state}"),
    "making.stop": ("立即停止，采用目前最好的方案", "Stop now and take the best plan so far"),
    "phase.compiling the search, once on this machine": ("首次使用，正在编译搜索程序", "Compiling the search, once"),
    "phase.start": ("排初始路线", "First routes"),
    "phase.search": ("优化路线", "Improving routes"),
    "phase.improve": ("优化路线", "Improving routes"),
    "phase.fill gaps": ("填补空档", "Filling gaps"),
    "phase.explain": ("查明未安排的原因", "Explaining unserved visits"),
    "stop.start": ("出发", "Start"),
    "stop.end": ("返回", "Return"),
    "stop.load": ("装餐 {station}", "Load at {station}"),
    "stop.break": ("休息", "Break"),
}
"""Chinese and English by key."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language by key."""

    language: ScreenLanguage

    def __getitem__(self, key: str) -> str:
        return TEXTS[key][0 if self.language == "zh" else 1]

    def text(self, key: str, **values: object) -> str:
        """The sentence for `key` with its ``{placeholders}`` filled in."""
        return self[key].format(**values)

    def of(self, kind: str, value: str) -> str:
        """The word for `value` of some `kind` (``"state"``, ``"rule"``), or `value` itself where there is none."""
        key = f"{kind}.{value}"
        return self[key] if key in TEXTS else Words(self.language).of(kind, value)

    def part(self, prefix: str) -> dict[str, str]:
        """All sentences whose key begins with `prefix` and a dot, by the rest of the key."""
        return {key.removeprefix(f"{prefix}."): self[key] for key in TEXTS if key.startswith(f"{prefix}.")}
