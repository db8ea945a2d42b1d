"""Command lists of the book's figures: whole numbers from fixed seeds, the same for every peer."""

import random

SELL, BUY, CANCEL = 0, 1, 2

# One product, price-time: (kind, price or the order to cancel, quantity, id).
Plain = tuple[int, int, int, int]
# With requirements: (kind, id, chip, memory, rtt, first hour, last hour, price, quantity).
Required = tuple[int, int, int, int, int, int, int, int, int]

PLAIN_OPERATIONS = 20_000
CHIPS = 8
MEMORIES_GB = (40, 80, 141, 192)
RTTS_MS = tuple(range(5, 101, 6))
RESTING = 20_000
REQUIRED_OPERATIONS = 10_000


def plain(count: int = PLAIN_OPERATIONS, seed: int = 5) -> list[Plain]:
    """Return 45 % sells, 45 % buys around one price, and 10 % cancels of earlier ones."""
    chance = random.Random(seed)
    sent: list[int] = []
    operations: list[Plain] = []
    for number in range(1, count + 1):
        if len(sent) > 200 and chance.random() < 0.1:
            operations.append((CANCEL, chance.choice(sent[-2_000:]), 0, number))
            continue
        side = chance.choice((SELL, BUY))
        price = max(1, 1_000 + round(chance.gauss(0, 15)))
        operations.append((side, price, chance.randint(1, 20), number))
        sent.append(number)
    return operations


def required(
    resting: int = RESTING, count: int = REQUIRED_OPERATIONS, seed: int = 3
) -> tuple[list[Required], list[Required]]:
    """Return the listings that rest, then 50 % buys at once, 40 % sells and 10 % cancels.

    The shape of the trial in `order-path.md`: eight chips; memory at least, round trip at
    most, window contained, price at most. Hours are ten of the trial's slots, so that a
    listing has 10 to 50 of them, each with a capacity of its own.
    """
    chance = random.Random(seed)
    first = [_listing(chance, number) for number in range(1, resting + 1)]
    live = [row[1] for row in first]
    operations: list[Required] = []
    for number in range(resting + 1, resting + count + 1):
        part = chance.random()
        if part < 0.1:
            operations.append((CANCEL, chance.choice(live[-4_000:]), 0, 0, 0, 0, 0, 0, 0))
        elif part < 0.5:
            operations.append(_listing(chance, number))
            live.append(number)
        else:
            operations.append(_order(chance, number))
    return first, operations


def _listing(chance: random.Random, number: int) -> Required:
    begin = chance.randint(0, 40)
    return (
        SELL,
        number,
        chance.randrange(CHIPS),
        chance.choice(MEMORIES_GB),
        chance.choice(RTTS_MS),
        begin,
        begin + chance.randint(10, 50),
        chance.randint(100, 200),
        chance.randint(1, 40),
    )


def _order(chance: random.Random, number: int) -> Required:
    begin = chance.randint(0, 50)
    return (
        BUY,
        number,
        chance.randrange(CHIPS),
        chance.choice(MEMORIES_GB[:3]),
        chance.randint(20, 200),
        begin,
        begin + chance.randint(1, 10),
        chance.randint(110, 200),
        chance.randint(1, 20),
    )
