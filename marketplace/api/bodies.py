"""What programs send at the door of orders: decoded once, strictly, straight to structs."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from marketplace.domain.order_request import Instant, OrderRequest

BIG = 2**63 - 1
# What fits a column: the rules say which of these numbers mean something.
Number = Annotated[int, Meta(ge=-BIG, le=BIG)]


class OrderBody(OrderRequest, frozen=True, kw_only=True):
    """An order and its sender's own id, flat."""

    client_order_id: str

    def to_request(self) -> OrderRequest:
        """Return the order without the id: its fields come first."""
        return OrderRequest(*msgspec.structs.astuple(self)[: len(OrderRequest.__struct_fields__)])


class EndBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of something open; all of it may be left out."""

    client_id: str = ""


class ReplaceBody(EndBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of an order; absent or null leaves it."""

    version: Number
    amount: Number | None = None
    limit_micros: Number | None = None
    budget_micros: Number | None = None
    expires_at: Instant | None = None


class Placing(OrderBody, frozen=True, kw_only=True, tag_field="do", tag="place_order"):
    """A new order among other entries."""


class Cancelling(EndBody, frozen=True, kw_only=True, tag_field="do", tag="cancel_order"):
    """The end of an order among other entries."""

    order_id: Number


class Replacing(ReplaceBody, frozen=True, kw_only=True, tag_field="do", tag="replace_order"):
    """A change of an order among other entries."""

    order_id: Number


class CancellingAll(EndBody, frozen=True, kw_only=True, tag_field="do", tag="cancel_all"):
    """The end of everything among other entries."""


Entering = Placing | Cancelling | Replacing | CancellingAll


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """Either new orders, or entries that each name what they do."""

    orders: list[OrderBody] | UnsetType = UNSET
    entries: list[Entering] | UnsetType = UNSET


class RawBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """The same, one by one: for a batch in which something cannot be read."""

    orders: list[msgspec.Raw] | UnsetType = UNSET
    entries: list[msgspec.Raw] | UnsetType = UNSET


read_order = msgspec.json.Decoder(OrderBody).decode
read_end = msgspec.json.Decoder(EndBody).decode
read_change = msgspec.json.Decoder(ReplaceBody).decode
read_entry = msgspec.json.Decoder(Entering).decode
read_batch = msgspec.json.Decoder(Batch).decode
read_raw_batch = msgspec.json.Decoder(RawBatch).decode
