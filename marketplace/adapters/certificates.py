"""Who is who between machines: both sides show a certificate of the same authority."""

import ssl

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def our_side(*, serving: bool) -> ssl.SSLContext:
    """Return how this machine shows its certificate and asks for the other's.

    Refuses to begin without certificate, key and authority: there is no half of it.
    """
    named = settings.ENGINE_TLS
    missing = [name for name, path in named.items() if not path]
    if missing:
        names = ", ".join(f"ENGINE_TLS_{name.upper()}" for name in missing)
        message = f"tls:// needs certificate, key and authority: {names} not set"
        raise ImproperlyConfigured(message)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if serving else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(named["authority"])
    context.load_cert_chain(named["certificate"], named["key"])
    return context
