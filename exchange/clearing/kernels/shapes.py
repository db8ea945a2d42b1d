"""The arrays that the loops share: cells, supply, bids and where they may run."""

from typing import Any, NamedTuple

Array = Any  # of numpy: whole numbers unless said otherwise

DIVISIBLE, BLOCK, GANG = 0, 1, 2
NOWHERE = 1 << 60


class Supply(NamedTuple):
    """What stands in each cell (row x hour), in merit order; rows are nodes, then arcs."""

    hours: int
    ptr: Array  # by cell: its steps
    ask: Array  # by step: what the search counts a device for (start-up cost spread over it)
    part: Array  # by step: its row in the parts
    cum: Array  # by step: devices up to and with it
    cost: Array  # by step: what those cost
    cap: Array  # by cell: all devices
    free_ptr: Array  # by node: its offers, cheapest first
    free_offer: Array  # the offers
    offer_ask: Array  # by offer: its highest step
    offer_first: Array
    offer_end: Array
    offer_size: Array


class Bids(NamedTuple):
    """Bids, each a block of segments or a divisible part; those of an order stand together."""

    order: Array
    way: Array  # which alternative of the order
    kind: Array
    first: Array
    last: Array  # end of the window, exclusive
    hours: Array
    value: Array  # of the whole amount, micros
    limit: Array  # DIVISIBLE: micros for a device-hour, or for a PFLOPS-hour
    amount: Array  # DIVISIBLE: devices or GFLOPS in each hour
    scale: Array  # 1 for DEVICES, a million for PFLOPS
    need: Array  # DIVISIBLE: least credited amount x hours
    mask: Array
    work: Array
    whole: Array  # devices in whole nodes
    city: Array
    gbps: Array
    link_len: Array  # of all its hours: index among the lengths; 0 without a link
    moved_gb: Array
    seg_ptr: Array
    seg_off: Array
    seg_len: Array  # index among the lengths
    seg_hours: Array
    seg_amount: Array
    fit: Array  # which fit tables: 0, or those of gangs with certain ceilings
    purse: Array  # by order: what it may pay at most, net
    order_ptr: Array  # by order: its bids


class Places(NamedTuple):
    """Which nodes a bid may use and what a device counts for there."""

    mask_ptr: Array
    mask_node: Array
    rate: Array  # by class of work and node
    step: Array  # by node: devices of a whole node
    arc: Array  # by city and node: row of the arc, or -1
    per_gb: Array  # by row
    fit: Array  # by fit table, length, row, start: most devices free throughout
