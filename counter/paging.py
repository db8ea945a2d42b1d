"""Every list is paged."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.pagination import CursorPagination

ROWS_PER_PAGE = 50


class NewestFirst(CursorPagination):
    """API lists: newest first, by cursor, at most 500 rows a page."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 500


def page_of(
    request: HttpRequest, rows: "QuerySet[Any]", rows_per_page: int = ROWS_PER_PAGE
) -> "Page[Any]":
    """Return the page of `rows` that the request's `page` names, clamped to what exists."""
    return Paginator(rows, rows_per_page).get_page(request.GET.get("page"))
