"""Short ways to say offers and wants."""

from typing import Any

from exchange.book import Offer, Want
from exchange.requirement import Place, Requirement

YUAN = 1_000_000
RICH = 10**15

H100 = Place(
    family="nvidia",
    chip="h100",
    stack="CUDA",
    memory_gb=80,
    scale_up_gbs=450,
    scale_out_gbps=400,
    zone="qingyang",
    pue_thousandths=1_180,
    carbon_g_per_kwh=420,
    firmness="FIRM",
    rtt_us=20_000,
)


def offer(number: int = 1, **facts: Any) -> Offer:
    """Eight H100 for ten hours from hour 100 on, at one yuan."""
    base: dict[str, Any] = {
        "listing_id": number,
        "arrival": number,
        "owner": "ada",
        "ask_micros": YUAN,
        "first_hour": 100,
        "free": (8,) * 10,
        "gflops_per_device": 1_000_000,
        "place": H100,
    }
    return Offer(**(base | facts))


def want(**facts: Any) -> Want:
    """Eight devices for two hours between hour 100 and 110, at most two yuan."""
    base: dict[str, Any] = {
        "order_id": 1,
        "arrival": 50,
        "owner": "ben",
        "requirement": Requirement(),
        "unit": "DEVICES",
        "amount": 8,
        "hours": 2,
        "first_hour": 100,
        "last_hour": 110,
        "limit_micros": 2 * YUAN,
        "purse_micros": RICH,
    }
    return Want(**(base | facts))
