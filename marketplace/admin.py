"""Opens the catalogue and the market for regulators and operators."""

from counter.watching import open_for_watching
from marketplace.models import (
    AuctionAward,
    AuctionIndication,
    AuctionOffer,
    AuctionOrder,
    AuctionRun,
    CapacityDay,
    CarrierLink,
    ChipModel,
    City,
    ConversionFactor,
    Execution,
    Halt,
    JournalBatch,
    LinkDay,
    LinkTrade,
    Listing,
    MarketEvent,
    NetworkMeasurement,
    Order,
    Pool,
    ReferencePrice,
    Site,
    Trade,
    TradingLimit,
    Zone,
)

open_for_watching(Site, Pool, ConversionFactor, ChipModel, Zone, City)
open_for_watching(NetworkMeasurement, CarrierLink, LinkDay, CapacityDay, ReferencePrice)
open_for_watching(Listing, Order, Execution, Trade, LinkTrade, Halt, MarketEvent)
open_for_watching(JournalBatch, TradingLimit)
open_for_watching(AuctionOrder, AuctionOffer, AuctionAward, AuctionIndication, AuctionRun)
