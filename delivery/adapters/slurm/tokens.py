"""Tokens for slurmrestd: signed with the cluster's key, or asked of a command of the centre."""

import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from jwcrypto.common import JWException, base64url_encode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.options import SlurmOptions

LIFE_S = 600
RENEW_BEFORE_S = 120
COMMAND_LIMIT_S = 20


@dataclass
class Tokens:
    """One token a user, used until it is nearly over. The key is read for each new one."""

    options: SlurmOptions
    _known: dict[str, tuple[float, str]] = field(default_factory=dict)

    def of(self, user: str) -> str:
        """Return a token that lets us act as the user; ConnectorFailed when there is none."""
        until, token = self._known.get(user, (0.0, ""))
        if time.monotonic() < until:
            return token
        token = self._asked(user) if self.options.token_command else self._signed(user)
        self._known[user] = (time.monotonic() + LIFE_S - RENEW_BEFORE_S, token)
        return token

    def _signed(self, user: str) -> str:
        try:
            secret = Path(self.options.jwt_key_file).read_bytes()
            key = JWK(kty="oct", k=base64url_encode(secret))
            issued = time.time_ns() // 1_000_000_000
            claims = {"iat": issued, "exp": issued + LIFE_S, "sun": user}
            signed = JWS(json.dumps(claims))
            signed.add_signature(key, protected=json.dumps({"alg": "HS256", "typ": "JWT"}))
            token: str = signed.serialize(compact=True)
        except (OSError, JWException) as failure:
            msg = f"no token for {user}: {type(failure).__name__}"
            raise ConnectorFailed(msg) from failure
        return token

    def _asked(self, user: str) -> str:
        """Ask the centre's own command, which decides for whom it gives tokens."""
        argv = [part.replace("{user}", user) for part in self.options.token_command]
        try:
            done = subprocess.run(  # noqa: S603  the operator's own configuration
                argv, capture_output=True, text=True, check=True, timeout=COMMAND_LIMIT_S
            )
        except (OSError, subprocess.SubprocessError) as failure:
            msg = f"no token for {user}: {type(failure).__name__}"
            raise ConnectorFailed(msg) from failure
        # `scontrol token` prints SLURM_JWT=...; other commands the token alone.
        return done.stdout.strip().removeprefix("SLURM_JWT=")
