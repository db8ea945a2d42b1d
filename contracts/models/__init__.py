"""Rows of what was promised."""

from contracts.models.agreement import Agreement, AgreementState, AgreementVersion
from contracts.models.signature import Signature
from contracts.models.standard import StandardTerms, TermsAcceptance

__all__ = [
    "Agreement",
    "AgreementState",
    "AgreementVersion",
    "Signature",
    "StandardTerms",
    "TermsAcceptance",
]
