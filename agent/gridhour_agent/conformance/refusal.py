"""How the reference platform says no, and checks what was signed."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class No(Exception):
    """A refusal: status and code."""

    def __init__(self, status: int, code: str) -> None:
        """Keep both."""
        self.status, self.code = status, code
        super().__init__(f"{status} {code}")


def signed(public_key: str, signature: str, message: bytes) -> bool:
    """Tell whether the signature of the message is the key's."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature), message
        )
    except (InvalidSignature, ValueError):
        return False
    return True
