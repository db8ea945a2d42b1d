"""Ed25519 over the heads of reading chains; private keys live in files, never in the database."""

import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings


def verifies(public_key_hex: str, signature_hex: str, message: bytes) -> bool:
    """Tell whether the signature of the message is the key's."""
    try:
        _public_key(public_key_hex).verify(bytes.fromhex(signature_hex), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=16_384)
def _public_key(public_key_hex: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex))


def sign_for_site(site_code: str, message: bytes) -> tuple[str, str]:
    """Return public key and signature, in hex, with the key kept for a site of this house."""
    key, public_hex = _site_key(str(settings.VAR_DIR), site_code)
    return public_hex, key.sign(message).hex()


@lru_cache(maxsize=1024)
def _site_key(var_dir: str, site_code: str) -> tuple[Ed25519PrivateKey, str]:
    """Load the site's key, made at its first use; two processes agree on one file."""
    folder = Path(var_dir) / "site-keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{site_code}.key"
    if not path.exists():
        draft = folder / f".{site_code}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    return key, key.public_key().public_bytes_raw().hex()
