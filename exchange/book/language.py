"""What commands are made of: their form, and the figures that may stand in them."""

from typing import Annotated

from msgspec import Meta, Struct

Positive = Annotated[int, Meta(gt=0, lt=2**62)]
Count = Annotated[int, Meta(ge=0, lt=2**62)]
# No window is longer: 400 days.
Hours = Annotated[int, Meta(gt=0, le=9_600)]
Words = tuple[str, ...]


# Commands refer to nothing that could refer back: the garbage collector need not look at them.
class Command(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """What all commands share: nothing but their form."""
