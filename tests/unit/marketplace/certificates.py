"""Authorities and certificates, made for one test."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs certificates for this machine."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(name))
        builder = builder.public_key(self.key.public_key()).serial_number(1)
        builder = builder.not_valid_before(now - timedelta(days=9))
        builder = builder.not_valid_after(now + timedelta(days=9))
        constraint = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(constraint, critical=True)
        self.path = folder / f"{name}.pem"
        signed = builder.sign(self.key, hashes.SHA256())
        self.path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def files_for(self, name: str, *, days: int = 1, host: str = HOST) -> dict[str, str]:
        """Return ENGINE_TLS for a holder of a certificate that ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(self.name))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=8))
        builder = builder.not_valid_after(now + timedelta(days=days))
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
        signed = builder.add_extension(names, critical=False).sign(self.key, hashes.SHA256())
        certificate, private = (self.folder / f"{name}.{end}" for end in ("crt", "key"))
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return {"certificate": str(certificate), "key": str(private), "authority": str(self.path)}
