"""What a bid needs in a node: may it be there, how many devices, what it is worth."""

from collections.abc import Iterator, Mapping, Sequence

from exchange.verifying.book import GFLOPS_PER_PFLOPS, Bid, Node, Requires


def unmet(bid: Bid, node: Node) -> str:
    """Name the first condition of the bid that the node does not meet; empty when all are."""
    return next(_unmet(bid, node), "")


def _unmet(bid: Bid, node: Node) -> Iterator[str]:
    requires = bid.requires
    if not _family_fits(requires, node.family):
        yield "family"
    if requires.chips_allowed and node.chip not in requires.chips_allowed:
        yield "chip"
    if requires.stack and node.stack != requires.stack:
        yield "stack"
    yield from _too_small(requires, node)
    if requires.firmness and node.firmness not in requires.firmness:
        yield "firmness"
    if requires.zones_allowed and node.zone not in requires.zones_allowed:
        yield "zone"
    if requires.max_rtt_us is not None and not _near(node, bid.city, requires.max_rtt_us):
        yield "rtt"
    if bid.pflops and rated(bid, node) == 0:
        yield "workload_class"


def _family_fits(requires: Requires, family: str) -> bool:
    allowed = not requires.families_allowed or family in requires.families_allowed
    return allowed and family not in requires.families_excluded


def _too_small(requires: Requires, node: Node) -> Iterator[str]:
    if node.memory_gb < requires.min_memory_gb:
        yield "memory"
    if node.scale_up_gbs < requires.min_scale_up_gbs:
        yield "scale_up"
    if node.scale_out_gbps < requires.min_scale_out_gbps:
        yield "scale_out"


def _near(node: Node, city: str, most_us: int) -> bool:
    """A round trip that nobody measured is not near."""
    return city in node.rtt_us and node.rtt_us[city] <= most_us


def rated(bid: Bid, node: Node) -> int:
    """Return what one device of the node counts in the bid's unit; 0 where it counts nothing."""
    if not bid.pflops:
        return 1
    if not node.gflops:
        return GFLOPS_PER_PFLOPS
    return node.gflops.get(bid.workload_class, 0)


def lot(bid: Bid, node: Node) -> int:
    """Return the devices that go together: a whole node where scale-up is asked for."""
    return max(1, node.devices_per_node) if bid.requires.min_scale_up_gbs else 1


def devices_for(bid: Bid, node: Node, amount: int) -> int:
    """Return the whole devices (and whole nodes) that give the amount."""
    together = lot(bid, node)
    devices = -(-amount // rated(bid, node))
    return -(-devices // together) * together


def worth(bid: Bid, credited: Sequence[int]) -> int:
    """Return the value in micros of what is credited to each part of the bid."""
    whole = GFLOPS_PER_PFLOPS if bid.pflops else 1
    return sum(
        limit * amount // whole for (limit, _), amount in zip(bid.parts, credited, strict=True)
    )


def block_worth(bid: Bid) -> int:
    """Return the value of a block, gang or profile: it is worth what was wanted, no more."""
    return worth(bid, (sum(bid.wanted),))


def credits_of(bid: Bid, delivered: Mapping[int, int]) -> list[int]:
    """Credit what came in each hour to the parts of a divisible bid, highest limit first."""
    credited = [0] * len(bid.parts)
    for hour in sorted(delivered):
        rest = delivered[hour]
        for at, (_, amount) in enumerate(bid.parts):
            part = min(rest, amount, amount * bid.hours - credited[at])
            credited[at] += part
            rest -= part
    return credited
