"""Which nodes a bid may use: each condition stands for itself."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exchange.clearing.arrays import arrays_of
from exchange.clearing.eligibility import CONDITIONS
from exchange.clearing.reading import book_of
from exchange.requirement import Place, Requirement, satisfies

YUAN = 1_000_000
NODES = [
    {"node": "a", "zone": "east", "family": "nvidia", "chip": "A100", "stack": "CUDA",
     "memory_gb": 80, "scale_up_gbs": 600, "rtt_us": {"city": 0}},
    {"node": "b", "zone": "west", "family": "ascend", "chip": "910B", "stack": "CANN",
     "memory_gb": 64, "scale_out_gbps": 200, "rtt_us": {"city": 9_000}},
    {"node": "c", "zone": "west", "family": "nvidia", "chip": "H20", "stack": "CUDA",
     "memory_gb": 96, "firmness": "SURPLUS"},
]  # fmt: skip
SOME = {
    "families_allowed": [["nvidia"], ["ascend", "nvidia"]],
    "families_excluded": [["nvidia"], ["ascend"]],
    "chips_allowed": [["A100", "910B"], ["H20"]],
    "stack": ["CUDA", "CANN"],
    "min_memory_gb": [64, 80, 100],
    "min_scale_up_gbs": [1, 700],
    "min_scale_out_gbps": [100],
    "max_rtt_us": [0, 5_000, 10_000],
    "firmness": [["FIRM"], ["SURPLUS"]],
    "zones_allowed": [["west"], ["east", "west"]],
}
conditions = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in SOME.items()}
)


def test_every_condition_is_tried() -> None:
    assert set(SOME) == set(CONDITIONS)


@given(conditions)
def test_a_bid_may_use_the_nodes_that_satisfy_all_its_conditions(asked: dict[str, Any]) -> None:
    order = {"order": 1, "kind": "BLOCK", "amount": 1, "limit_micros": YUAN, "unit": "DEVICES"}
    book = book_of(
        {
            "auction": "places",
            "hours": 1,
            "nodes": NODES,
            "orders": [{**order, "city": "city", "requires": asked}],
        }
    )

    arrays = arrays_of(book)

    wanted = Requirement(**{name: _as_asked(value) for name, value in asked.items()})
    nodes = [row for row, node in enumerate(book.nodes) if satisfies(wanted, _place(node))]
    assert arrays.places.mask_node.tolist() == nodes


def _as_asked(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _place(node: Any) -> Place:
    fields = ("family", "chip", "stack", "memory_gb", "scale_up_gbs", "scale_out_gbps", "zone")
    said = {name: getattr(node, name) for name in fields}
    rtt_us = node.rtt_us.get("city")
    return Place(
        **said, firmness=node.firmness, rtt_us=rtt_us, pue_thousandths=0, carbon_g_per_kwh=0
    )
