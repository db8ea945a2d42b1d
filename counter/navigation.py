"""What the bar of a page shows, by role: one table, no code elsewhere decides."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """One word of the navigation; `views` are the addresses under which it is current."""

    view: str
    label: Text
    views: tuple[str, ...] = ()

    def holds(self, view_name: str) -> bool:
        """Tell whether the page at `view_name` belongs to this place."""
        return view_name == self.view or view_name in self.views


MARKET = Place("marketplace:market", _("Market"), ("marketplace:product",))
AUCTION = Place(
    "marketplace:auctions",
    _("Auction"),
    (
        "marketplace:auction",
        "marketplace:auction_example",
        "marketplace:auction_orders",
        "marketplace:auction_order",
        "marketplace:auction_lines",
        "marketplace:auction_line",
        "marketplace:new_auction_order",
        "marketplace:new_auction_offer",
        "marketplace:own_auction_order",
        "marketplace:own_auction_offer",
    ),
)
REQUEST = Place("marketplace:request", _("Request"))
ORDERS = Place(
    "marketplace:orders",
    _("Orders"),
    ("marketplace:order", "marketplace:change", "marketplace:cancel_all"),
)
LISTINGS = Place(
    "marketplace:listings",
    _("Listings"),
    ("marketplace:new_listing", "marketplace:listing", "marketplace:cancel_all"),
)
LINKS = Place(
    "marketplace:links",
    _("Links"),
    (
        *("marketplace:new_link", "marketplace:one_link"),
        *("delivery:link_deliveries", "delivery:link_delivery"),
    ),
)
CAPACITY = Place("marketplace:sites", _("Capacity"))
AGREEMENTS = Place("contracts:agreements", _("Agreements"), ("contracts:agreement",))
DELIVERY = Place(
    "delivery:deliveries",
    _("Delivery"),
    (
        *("delivery:delivery", "delivery:queue", "delivery:jobs", "delivery:job"),
        "delivery:sessions",
        *("delivery:disputes", "delivery:dispute"),
        *("delivery:link_deliveries", "delivery:link_delivery"),
    ),
)
WALLET = Place("billing:wallet", _("Wallet"), ("billing:statement", "billing:invoices"))
STATEMENT = Place("billing:statement", _("Statement"), ("billing:invoices",))
PAYOUTS = Place("billing:payouts", _("Payouts"))
API_KEYS = Place("accounts:credentials", _("API keys"))
CENTRES = Place("oversight:centres", _("Centres"), ("oversight:centre",))
INTERVENTIONS = Place(
    "oversight:interventions",
    _("Interventions"),
    ("oversight:intervention", "oversight:emergency", "oversight:propose"),
)
TRAIL = Place("desk:trail", _("Trail"))

PLACES: dict[str, tuple[Place, ...]] = {
    "": (MARKET, AUCTION, CENTRES, Place("desk:gallery", _("Components"))),
    "BUYER": (MARKET, REQUEST, AUCTION, ORDERS, AGREEMENTS, DELIVERY, WALLET),
    "SELLER": (
        Place(
            "desk:seller",
            _("Desk"),
            (
                *("delivery:idle", "delivery:idle_pool", "delivery:standing_rule"),
                "delivery:site_agents",
            ),
        ),
        CAPACITY,
        LISTINGS,
        AUCTION,
        AGREEMENTS,
        DELIVERY,
        PAYOUTS,
        MARKET,
    ),
    "BROKER": (MARKET, REQUEST, AUCTION, ORDERS, AGREEMENTS, DELIVERY, API_KEYS, STATEMENT),
    "CARRIER": (LINKS, AGREEMENTS, PAYOUTS, MARKET),
    "REGULATOR": (
        Place("oversight:national", _("National")),
        Place("oversight:registry", _("Registry"), ("oversight:projects", "oversight:import")),
        Place(
            "oversight:assessments",
            _("Assessments"),
            ("oversight:assessment", "oversight:what_if"),
        ),
        INTERVENTIONS,
        TRAIL,
        MARKET,
    ),
    "OPERATOR": (
        Place("accounts:admission", _("Admission")),
        Place("accounts:members", _("Members")),
        Place("accounts:roles", _("Roles")),
        Place(
            "marketplace:limits",
            _("Limits"),
            ("marketplace:limits_of", "marketplace:limits_everybody"),
        ),
        Place("delivery:connectors", _("Connectors"), ("delivery:site_agents",)),
        Place("delivery:disputes", _("Disputes"), ("delivery:dispute",)),
        INTERVENTIONS,
        TRAIL,
        MARKET,
    ),
}
DESK_LABELS: dict[str, Text] = {
    "BUYER": _("Buyer"),
    "SELLER": _("Seller"),
    "BROKER": _("Broker"),
    "CARRIER": _("Carrier"),
    "REGULATOR": _("Regulator"),
    "OPERATOR": _("Operator"),
}


def places_for(desk: str) -> tuple[Place, ...]:
    """Return the bar of a desk; strangers' bar for none or an unknown one."""
    return PLACES.get(desk, PLACES[""])
