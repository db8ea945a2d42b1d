"""Addresses of the desk's pages."""

from django.urls import path

from desk.pages.gallery import gallery
from desk.pages.home import home
from desk.pages.preferences import preferences
from desk.pages.search import search
from desk.pages.seller import list_proposal, seller_desk
from desk.pages.trail import trade_trail, trail_index

app_name = "desk"
urlpatterns = [
    path("", home, name="home"),
    path("gallery/", gallery, name="gallery"),
    path("preferences/", preferences, name="preferences"),
    path("search/", search, name="search"),
    path("desk/", seller_desk, name="seller"),
    path("desk/list/", list_proposal, name="list_proposal"),
    path("trail/", trail_index, name="trail"),
    path("trail/<int:trade_id>/", trade_trail, name="trade_trail"),
]
