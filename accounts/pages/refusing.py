"""A refusal becomes the error of the field that it names."""

from django import forms

from counter.problems import sentence_of
from exchange.refusal import Refused


def show(form: forms.Form, refusal: Refused) -> None:
    """Add the refusal to the form, at its field where the form has it."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, f"{sentence_of(refusal)} ({refusal.code})")
