"""Chinese words for the words of the model, as clerks write them in tables, and the coordinate systems of China."""

from __future__ import annotations

from enum import StrEnum

from optimizer.problem import ElderGroup, LinkKind, Network, StationKind, SupplierKind, WorkerKind
from optimizer.rules import CostTerm


class CoordinateSystem(StrEnum):
    """In which system a file states its longitudes and latitudes."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


CHINESE_WORDS: dict[StrEnum, str] = {
    StationKind.DISTRICT_CENTRE: "区级中心",
    StationKind.STREET_CENTRE: "街道中心",
    StationKind.STATION: "驿站",
    StationKind.CENTRAL_KITCHEN: "中央厨房",
    StationKind.DINING_POINT: "助餐点",
    StationKind.CARAVAN_BASE: "大篷车基地",
    SupplierKind.CARE_INSTITUTION: "养老机构",
    SupplierKind.RESTAURANT: "餐馆",
    SupplierKind.CATERING: "餐饮企业",
    SupplierKind.ELDER_CANTEEN: "老年食堂",
    ElderGroup.DESTITUTE: "特困",
    ElderGroup.MINIMUM_INCOME: "低保",
    ElderGroup.REGISTERED_POOR: "低收入",
    ElderGroup.DISABLED: "失能",
    ElderGroup.HALF_DISABLED: "半失能",
    ElderGroup.SEVERELY_HANDICAPPED: "重度残疾",
    ElderGroup.AGED_80_PLUS: "高龄",
    ElderGroup.LIVING_ALONE: "独居",
    ElderGroup.EMPTY_NEST: "空巢",
    ElderGroup.LEFT_BEHIND: "留守",
    ElderGroup.BEREAVED: "失独",
    ElderGroup.VETERAN: "优抚",
    WorkerKind.EMPLOYEE: "员工",
    WorkerKind.PROVIDER: "服务商",
    WorkerKind.VOLUNTEER: "志愿者",
    Network.FOOT: "步行",
    Network.BICYCLE: "骑行",
    Network.CAR: "机动车",
    LinkKind.SAME_START: "同时开始",
    LinkKind.GAP: "间隔",
    LinkKind.BEFORE: "先于",
    LinkKind.SAME_WORKER: "同一人",
    LinkKind.DIFFERENT_WORKER: "不同人",
    LinkKind.NOT_CONSECUTIVE_DAYS: "不连日",
    CoordinateSystem.WGS84: "国际坐标",
    CoordinateSystem.GCJ02: "火星坐标",
    CoordinateSystem.BD09: "百度坐标",
    CostTerm.UNSERVED: "未服务",
    CostTerm.FIXED: "固定费用",
    CostTerm.WORKED_TIME: "工时",
    CostTerm.OVERTIME: "加班",
    CostTerm.DISTANCE: "里程",
    CostTerm.VISITS: "服务次数",
    CostTerm.MEALS: "餐费",
    CostTerm.TRAVEL_TIME: "路途时间",
    CostTerm.WAITING: "等待",
    CostTerm.IDLE: "空闲",
    CostTerm.HIGHEST_IDLE: "最大空闲",
    CostTerm.LATENESS: "迟到",
    CostTerm.HIGHEST_LATENESS: "最大迟到",
    CostTerm.EARLINESS: "早到",
    CostTerm.FOOD_AGE: "餐食放置时间",
    CostTerm.NOT_PREFERRED: "非首选人员",
    CostTerm.NEW_WORKER: "新面孔",
    CostTerm.IMBALANCE: "负荷不均",
    CostTerm.MISSED_BREAK: "漏休",
    CostTerm.PROMISE_MOVED: "改约时间",
    CostTerm.PROMISE_WORKER: "改约人员",
}
"""Chinese word by word of the model."""
