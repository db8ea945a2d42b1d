"""Opens agreements and signatures for regulators and operators."""

from contracts.models import (
    Agreement,
    AgreementVersion,
    Signature,
    StandardTerms,
    TermsAcceptance,
)
from counter.watching import open_for_watching

open_for_watching(Agreement, AgreementVersion, Signature, StandardTerms, TermsAcceptance)
