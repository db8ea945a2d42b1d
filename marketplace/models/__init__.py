"""Rows of the marketplace."""

from marketplace.models.auction import Auction, AuctionFile, AuctionRun, AuctionSalt
from marketplace.models.auction_award import AuctionAward
from marketplace.models.auction_entry import AuctionOffer, AuctionOrder
from marketplace.models.auction_indication import AuctionIndication
from marketplace.models.auction_link import AuctionLink, AuctionLinkAward
from marketplace.models.capacity import CapacityDay
from marketplace.models.chip import ChipModel
from marketplace.models.event import MarketEvent
from marketplace.models.halt import Halt
from marketplace.models.journal import BookSnapshot, CommandRecord, JournalBatch
from marketplace.models.limit import TradingLimit
from marketplace.models.link import CarrierLink, LinkDay, LinkTrade
from marketplace.models.listing import Listing
from marketplace.models.network import NetworkMeasurement
from marketplace.models.order import Order
from marketplace.models.place import City, Zone
from marketplace.models.pool import ConversionFactor, Pool
from marketplace.models.reference import ReferencePrice
from marketplace.models.sequence import MarketSequence
from marketplace.models.site import Site
from marketplace.models.switch import CancelSwitch
from marketplace.models.trade import Execution, Trade

__all__ = [
    "Auction",
    "AuctionAward",
    "AuctionFile",
    "AuctionIndication",
    "AuctionLink",
    "AuctionLinkAward",
    "AuctionOffer",
    "AuctionOrder",
    "AuctionRun",
    "AuctionSalt",
    "BookSnapshot",
    "CancelSwitch",
    "CapacityDay",
    "CarrierLink",
    "ChipModel",
    "City",
    "CommandRecord",
    "ConversionFactor",
    "Execution",
    "Halt",
    "JournalBatch",
    "LinkDay",
    "LinkTrade",
    "Listing",
    "MarketEvent",
    "MarketSequence",
    "NetworkMeasurement",
    "Order",
    "Pool",
    "ReferencePrice",
    "Site",
    "Trade",
    "TradingLimit",
    "Zone",
]
