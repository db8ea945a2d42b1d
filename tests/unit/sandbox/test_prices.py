"""Price lists become asks for the chips that we trade."""

from pathlib import Path

import pytest

from sandbox.market.generated import generated_jobs
from sandbox.market.prices import PricedOffer, ask_of, chip_of, read_prices


@pytest.mark.parametrize(
    ("spelling", "chip"),
    [
        ("NVIDIA Tesla V100", "v100-sxm-32"),
        ("H100 HGX (80GB)", "h100-sxm"),
        ("A100-80-PCIe", "a100-sxm-80"),
        ("A100-40", "a100-sxm-40"),
        ("NVIDIA T4 Tensor Core", "t4"),
        ("NVIDIA A10G", "a10g"),
        ("L40S", "l40s"),
        ("L40", None),
        ("RTX A6000", None),
        ("K80", None),
    ],
)
def test_a_price_lists_spelling_finds_the_chip_that_we_trade(
    spelling: str, chip: str | None
) -> None:
    assert chip_of(spelling) == chip


def test_dollars_become_yuan_on_the_tick() -> None:
    assert ask_of("1.3377", "USD") == 9_490_000
    assert ask_of("6.5", "CNY") == 6_500_000
    assert ask_of("0.0001", "USD") == 10_000


def test_lines_for_other_chips_are_counted_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "listing_id,gpu_model,count,price_per_gpu_hour,currency\n"
        "a,H100,8,2.00,USD\nb,Abacus,1,1.00,USD\nc,T4,,,USD\n"
    )

    offers, passed_over = read_prices(path)

    assert offers == [PricedOffer("a", "h100-sxm", 8, 14_200_000)]
    assert passed_over == 2


def test_generated_demand_is_the_same_each_time_and_mostly_single_devices() -> None:
    jobs = generated_jobs(2000)

    assert jobs == generated_jobs(2000)
    assert jobs != generated_jobs(2000, seed=8)
    assert sum(job.devices == 1 for job in jobs) > 1800
    assert all(0 <= job.submit_s < 86_400 and job.duration_s >= 1 for job in jobs)
    assert jobs == sorted(jobs, key=lambda job: job.submit_s)
