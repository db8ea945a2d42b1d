"""Pictures that the server draws: steps of colour, heat maps, the tile map, line charts.

Pure: figures in, shapes out. Templates print them as SVG attributes and classes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

STEPS = 8


def step_of(value: int, low: int, high: int) -> int:
    """Return which of the eight steps from `low` to `high` the value falls in."""
    if high <= low:
        return 0
    return max(0, min(STEPS - 1, (value - low) * STEPS // (high - low)))


@dataclass(frozen=True)
class Cell:
    """One cell of a heat map.

    `reason` says why it cannot be (striped), `mark` what is odd about it (dotted).
    """

    text: str
    step: int = 0
    href: str = ""
    best: bool = False
    chosen: bool = False
    reason: str = ""
    mark: str = ""


@dataclass(frozen=True)
class HeatRow:
    """A row of a heat map: `small` follows the label in bold (the day's number)."""

    label: str
    cells: tuple[Cell, ...]
    small: str = ""


@dataclass(frozen=True)
class Tile:
    """A province on the tile map. `step` is 'none' where there is no figure."""

    code: str
    name: str
    column: int
    row: int
    text: str = "–"
    step: str = "none"
    href: str = ""
    said: str = ""
    cluster: bool = False
    near: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Province:
    """Where a province lies on the grid of eight columns, and its two names."""

    code: str
    column: int
    row: int
    name_zh: str
    name: str


PROVINCES = tuple(
    Province(code, column, row, zh, name)
    for code, column, row, zh, name in (
        ("HL", 8, 1, "黑龙江", "Heilongjiang"),
        ("NM", 5, 2, "内蒙古", "Nei Mongol"),
        ("BJ", 6, 2, "北京", "Beijing"),
        ("LN", 7, 2, "辽宁", "Liaoning"),
        ("JL", 8, 2, "吉林", "Jilin"),
        ("XJ", 1, 3, "新疆", "Xinjiang"),
        ("GS", 2, 3, "甘肃", "Gansu"),
        ("NX", 3, 3, "宁夏", "Ningxia"),
        ("SN", 4, 3, "陕西", "Shaanxi"),
        ("SX", 5, 3, "山西", "Shanxi"),
        ("HE", 6, 3, "河北", "Hebei"),
        ("TJ", 7, 3, "天津", "Tianjin"),
        ("XZ", 1, 4, "西藏", "Xizang"),
        ("QH", 2, 4, "青海", "Qinghai"),
        ("SC", 3, 4, "四川", "Sichuan"),
        ("CQ", 4, 4, "重庆", "Chongqing"),
        ("HA", 5, 4, "河南", "Henan"),
        ("SD", 6, 4, "山东", "Shandong"),
        ("JS", 7, 4, "江苏", "Jiangsu"),
        ("SH", 8, 4, "上海", "Shanghai"),
        ("YN", 3, 5, "云南", "Yunnan"),
        ("GZ", 4, 5, "贵州", "Guizhou"),
        ("HB", 5, 5, "湖北", "Hubei"),
        ("AH", 6, 5, "安徽", "Anhui"),
        ("ZJ", 7, 5, "浙江", "Zhejiang"),
        ("GX", 4, 6, "广西", "Guangxi"),
        ("HN", 5, 6, "湖南", "Hunan"),
        ("JX", 6, 6, "江西", "Jiangxi"),
        ("FJ", 7, 6, "福建", "Fujian"),
        ("TW", 8, 6, "台湾", "Taiwan"),
        ("GD", 5, 7, "广东", "Guangdong"),
        ("HK", 6, 7, "香港", "Hong Kong"),
        ("HI", 4, 8, "海南", "Hainan"),
        ("MO", 5, 8, "澳门", "Macao"),
    )
)


@dataclass(frozen=True)
class ProvinceFigure:
    """What the map prints for one province: the value, its text, and what else is said."""

    value: int
    text: str
    href: str = ""
    said: str = ""
    cluster: bool = False
    near: bool = False
    chosen: bool = False


def tile_map(figures: Mapping[str, ProvinceFigure], *, chinese: bool) -> list[Tile]:
    """Return the 34 tiles with their steps from the least to the greatest value."""
    values = [figure.value for figure in figures.values()]
    low, high = (min(values), max(values) + 1) if values else (0, 1)
    tiles = []
    for place in PROVINCES:
        name = place.name_zh if chinese else place.name
        code = place.name_zh if chinese else place.code
        figure = figures.get(place.code)
        if figure is None:
            tiles.append(Tile(code, name, place.column, place.row))
            continue
        tiles.append(
            Tile(
                code,
                name,
                place.column,
                place.row,
                figure.text,
                str(step_of(figure.value, low, high)),
                figure.href,
                figure.said,
                figure.cluster,
                figure.near,
                figure.chosen,
            )
        )
    return tiles


@dataclass(frozen=True)
class Rung:
    """A level of the order book's ladder; `share` is its part of the greatest level, 0–100."""

    price: str
    quantity: str
    share: int

    @property
    def rest(self) -> int:
        """Return where a bar that grows from the right begins."""
        return 100 - self.share


def rungs(levels: Iterable[tuple[str, str, int]]) -> list[Rung]:
    """Return ladder rows from (price text, quantity text, size), bars in parts of the greatest."""
    rows = list(levels)
    greatest = max((size for _, _, size in rows), default=0) or 1
    return [Rung(price, quantity, size * 100 // greatest) for price, quantity, size in rows]


@dataclass(frozen=True)
class SieveRow:
    """A condition and what survives it; `share` is the part of the first row, 0–100."""

    label: str
    text: str
    share: int
    note: str = ""


@dataclass(frozen=True)
class StepRow:
    """A step of a story: state 'done', 'now' or 'next'."""

    state: str
    title: str
    note: str = ""


def shares(values: Sequence[int]) -> list[int]:
    """Return each value in whole percent of the greatest."""
    greatest = max(values, default=0) or 1
    return [value * 100 // greatest for value in values]
