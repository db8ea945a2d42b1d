"""The five steps of joining, and what each still needs. A pure table."""

from dataclasses import dataclass

# Files begin with these bytes, whatever their names say.
DOCUMENT_STARTS = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MOST_DOCUMENT_BYTES = 2_000_000
STEPS = ("organisation", "licence", "people", "settling", "terms")
LICENSED_CAPABILITIES = frozenset({"SELLER", "CARRIER"})


@dataclass(frozen=True)
class Joining:
    """What is known of an application."""

    capabilities: frozenset[str]
    licence_number: str
    has_document: bool
    people_settled: bool
    settling: str
    terms_accepted: bool
    submitted: bool

    @property
    def needs_licence(self) -> bool:
        """Tell whether the organisation must show a licence."""
        return bool(self.capabilities & LICENSED_CAPABILITIES)

    def done(self) -> frozenset[str]:
        """Return the steps that need nothing more."""
        licensed = bool(self.licence_number and self.has_document)
        facts = {
            "organisation": True,
            "licence": licensed or not self.needs_licence,
            "people": self.people_settled,
            "settling": bool(self.settling),
            "terms": self.terms_accepted,
        }
        return frozenset(step for step in STEPS if facts[step])

    def next_step(self) -> str:
        """Return the first open step; the last when none is open."""
        done = self.done()
        return next((step for step in STEPS if step not in done), STEPS[-1])

    @property
    def complete(self) -> bool:
        """Tell whether every step is done."""
        return self.done() == frozenset(STEPS)


def is_fit_document(content: bytes) -> bool:
    """Tell whether the bytes are a PDF, PNG or JPEG of at most two megabytes."""
    return len(content) <= MOST_DOCUMENT_BYTES and content.startswith(DOCUMENT_STARTS)
