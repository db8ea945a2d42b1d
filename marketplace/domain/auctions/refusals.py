"""Every no of the call auction, with its code and the field at fault."""

from exchange.refusal import Refused
from marketplace.domain.refusals import FieldRefused


class AuctionClosed(Refused):
    """The auction takes nothing before it opens, and nothing from its end on."""

    code = "E-AUCTION-11"
    field = "auction"
    status = 409
    sentence = "Auction %(auction)s takes no entries now. It is %(state)s."


class OnlyImprove(FieldRefused):
    """A change that would make an entry worse for the others, or a cancel, near the end."""

    code = "E-AUCTION-12"
    status = 409
    sentence = "From %(since)s on entries of %(auction)s may only be improved: %(field)s may not."


class EntryEnded(Refused):
    """A change or cancel of an entry that is over, or frozen with its book."""

    code = "E-AUCTION-13"
    status = 409
    sentence = "This entry is %(state)s and cannot be changed."


class TooManyEntries(Refused):
    """More orders or offers in one auction than a member may have."""

    code = "E-AUCTION-14"
    field = "auction"
    sentence = "A member has at most %(most)s entries in an auction."


class OtherAuction(FieldRefused):
    """A parent that stands in another auction, belongs to somebody else, or is over."""

    code = "E-AUCTION-15"
    field = "parent_id"
    sentence = "%(field)s names no order of yours that stands in this auction."


class RoundTripWithLink(FieldRefused):
    """A ceiling on the round trip beside a link: in an auction all links of a way are equal."""

    code = "E-AUCTION-16"
    field = "max_rtt_us"
    sentence = (
        "%(field)s: in an auction all links of a way are equal, however long. Leave out the round"
        " trip or the link, or buy on the continuous market."
    )


class BidMalformed(FieldRefused):
    """A bid or curve that the auction's format does not take."""

    code = "E-AUCTION-17"
    field = "bids"
    sentence = "%(field)s %(why)s."


class HasChildren(Refused):
    """A cancel of an order on which others depend."""

    code = "E-AUCTION-18"
    status = 409
    sentence = "Other orders of yours depend on this one. Cancel them first."


class SameOwner(Refused):
    """Both sides of one auction for one beneficial owner: it could trade with itself."""

    code = "E-AUCTION-19"
    field = "auction"
    status = 409
    sentence = (
        "In one auction a beneficial owner buys or sells, never both. Use the continuous market."
    )


class AwardMalformed(FieldRefused):
    """An award that does not fit together: no lots, or not a price an hour."""

    code = "E-AUCTION-20"
    field = "orders"
    sentence = "%(field)s does not fit the award."
