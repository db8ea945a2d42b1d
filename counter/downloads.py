"""Files that people take away."""

from urllib.parse import quote

from django.http import HttpResponse


def as_download(name: str, content: bytes) -> HttpResponse:
    """Return a file to be saved under its last name, never shown: it may be anybody's work."""
    response = HttpResponse(content, content_type="application/octet-stream")
    last = quote(name.rpartition("/")[2])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{last}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
