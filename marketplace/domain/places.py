"""Where the engine listens: a path on this machine, or host and port behind certificates."""

from dataclasses import dataclass

SCHEME = "tls://"
LONGEST_PATH = 100
HIGHEST_PORT = 65_535


class NotAPlace(ValueError):
    """What was named is neither a path of a socket nor tls://HOST:PORT."""


@dataclass(frozen=True)
class Place:
    """A path, or (with a port) a host that shows its certificate and asks for one."""

    name: str
    port: int = 0

    @property
    def is_path(self) -> bool:
        """Tell whether the place is a socket on this machine."""
        return not self.port

    def __str__(self) -> str:
        if self.is_path:
            return self.name
        return (
            f"{SCHEME}[{self.name}]:{self.port}"
            if ":" in self.name
            else (f"{SCHEME}{self.name}:{self.port}")
        )


def place_of(text: str) -> Place:
    """Return the place that the text names; refuses what is none."""
    text = text.strip()
    if text.startswith(SCHEME):
        return host_and_port(text.removeprefix(SCHEME))
    if not text or len(text) > LONGEST_PATH or "://" in text:
        message = f"{text!r} is no socket: a path of at most {LONGEST_PATH} characters, or "
        raise NotAPlace(message + f"{SCHEME}HOST:PORT")
    return Place(text)


def host_and_port(text: str) -> Place:
    """Return the place HOST:PORT; refuses what is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= HIGHEST_PORT:
        message = f"{text!r} is not HOST:PORT"
        raise NotAPlace(message)
    return Place(host.strip("[]"), int(port))


def places_of(text: str) -> tuple[Place, ...]:
    """Return the places of a comma-separated list, in the order in which they are tried."""
    return tuple(place_of(part) for part in text.split(",") if part.strip())
