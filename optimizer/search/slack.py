"""How far a route can give way: latest starts, segments and slacks, for constant-time tests of moves.

Latest starts after Savelsbergh (1992), segments after Vidal, Crainic, Gendreau & Prins (2013), Comput. Oper. Res.
40:475-489. :mod:`optimizer.search.insertion` tests a move by them without timing the route anew.
"""

from __future__ import annotations

from optimizer.search.arrays import END, FAR_S, LOAD, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.ways import last_start_by


@compiled
def join(d1, e1, l1, way_s, d2, e2, l2):
    """The segment of two segments with a way between them: duration, earliest and latest departure (no time warp)."""
    delta_s = d1 + way_s
    wait_s = max(e2 - delta_s - l1, 0)
    return d1 + d2 + way_s + wait_s, max(e2 - delta_s, e1) - wait_s, min(l2 - delta_s, l1)


@compiled
def _segment_of(inst, shift, slot):
    """A stop as a segment, in the window it now starts in."""
    if slot.kind == END:
        return 0, shift.start_s, shift.end_s
    early_s = 0
    late_s = FAR_S
    if slot.num_windows == 1:
        early_s = slot.first_s
        late_s = slot.last_s
    elif slot.num_windows > 1:
        node = inst.nodes[slot.token]
        for row in range(node.window_from, node.window_to):
            if slot.start_s <= inst.windows[row, 1]:
                early_s = inst.windows[row, 0]
                late_s = inst.windows[row, 1]
                break
    if slot.kind == LOAD:
        early_s = max(early_s, slot.ready_rest_s)
    return slot.service_s, early_s, late_s


@compiled
def look_back(inst, st, route, num_slots, first, last):
    """Latest starts, segments and slacks of a sound route, whose slots ``first .. last`` are new or newly timed."""
    shift = inst.shifts[route]
    slots = st.slots
    if last >= num_slots - 1:
        end = slots[route, num_slots - 1]
        end.latest_s = shift.end_s
        end.late_slack_s = FAR_S
        end.late_rate = 0.0
        end.on_board_slack_s = FAR_S
        if shift.soft_end_s < FAR_S and shift.overtime_cents_per_s > 0:
            end.late_slack_s = max(0, shift.soft_end_s - end.start_s)
            end.late_rate = shift.overtime_cents_per_s
        end.after_d, end.after_e, end.after_l = 0, shift.start_s, shift.end_s
    for position in range(min(last, num_slots - 2), -1, -1):
        slot = slots[route, position]
        after = slots[route, position + 1]
        bound_s = after.latest_s - after.way_s - slot.service_s
        if slot.num_windows == 0:
            latest_s = bound_s
        elif slot.num_windows == 1:
            latest_s = min(bound_s, slot.last_s)
        else:
            latest_s = last_start_by(inst, inst.nodes[slot.token], bound_s)
        if shift.is_timed:
            d, e, late = _segment_of(inst, shift, slot)
            slot.after_d, slot.after_e, slot.after_l = join(
                d, e, late, after.way_s, after.after_d, after.after_e, after.after_l
            )
        elif inst.is_plain and position < first and latest_s == slot.latest_s:
            return
        slot.latest_s = latest_s
        if not inst.is_plain:
            _slacken(inst, st, route, slot, after)
    if shift.is_timed:
        _look_forward(inst, st, route, num_slots, first)


@compiled
def _slacken(inst, st, route, slot, after):
    """Room for delays behind a slot: of lateness, of food, and of visits tied to this one."""
    wait_s = after.start_s - slot.free_s - after.way_s
    slot.late_slack_s = min(FAR_S, after.late_slack_s + wait_s)
    slot.late_rate = after.late_rate
    slot.on_board_slack_s = after.on_board_slack_s
    if slot.kind == LOAD:
        slot.on_board_slack_s = FAR_S
    elif slot.kind == VISIT:
        node = inst.nodes[slot.token]
        if node.late_cents_per_s > 0:
            for row in range(node.window_from, node.window_to):
                if slot.start_s <= inst.windows[row, 1]:
                    slot.late_slack_s = min(slot.late_slack_s, max(0, inst.windows[row, 3] - slot.start_s))
                    slot.late_rate += node.late_cents_per_s
                    break
        if node.has_demand:
            slot.on_board_slack_s = min(slot.on_board_slack_s, node.max_on_board_s - slot.elapsed_s)
        if slot.group >= 0:
            if st.pinned_s[slot.token] >= 0:
                slot.latest_s = st.pinned_s[slot.token]
            slot.free_latest_s = slot.latest_s
            _slacken_tied(inst, st, route, slot, node)


@compiled
def _slacken_tied(inst, st, route, slot, node):
    """A visit can give way as far as those can that are tied to it, as they stood when their routes were last timed."""
    for row in range(node.tie_from, node.tie_to):
        other = inst.ties[row, 0]
        if st.route_of[other] < 0 or st.route_of[other] == route:
            continue
        there = st.slots[st.route_of[other], st.position_of[other]]
        least_s = inst.ties[row, 1] + inst.ties[row, 2] * slot.service_s
        slot.latest_s = max(slot.start_s, min(slot.latest_s, there.free_latest_s - least_s))
        if there.late_rate > 0:
            slack_s = there.start_s - slot.start_s - least_s + there.late_slack_s
            slot.late_slack_s = max(0, min(slot.late_slack_s, slack_s))
            slot.late_rate += there.late_rate


@compiled
def _look_forward(inst, st, route, num_slots, first):
    """Segments from the start to each stop, from slot `first` on."""
    shift = inst.shifts[route]
    slots = st.slots
    head = slots[route, 0]
    head.before_d, head.before_e, head.before_l = 0, shift.start_s, shift.end_s
    for position in range(max(1, first), num_slots):
        before = slots[route, position - 1]
        slot = slots[route, position]
        d, e, last = _segment_of(inst, shift, slot)
        slot.before_d, slot.before_e, slot.before_l = join(
            before.before_d, before.before_e, before.before_l, slot.way_s, d, e, last
        )
