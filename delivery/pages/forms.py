"""The job door as a form: shape only; the action knows the rules."""

import shlex
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.domain.jobs import MAX_TIME_LIMIT_S

OTHER_LINES = 8


class JobForm(forms.Form):
    """A command for the delivery's own stack, and others for other chips."""

    name = forms.CharField(label=_("Name"), max_length=80)
    command = forms.CharField(label=_("Command"), max_length=8_000)
    others = forms.CharField(
        label=_("Variants for other stacks"),
        required=False,
        max_length=16_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "CANN: python3 train.py --npu"}),
        help_text=_("One a line, stack first. They run where these devices do not."),
    )
    devices = forms.IntegerField(label=_("Devices"), min_value=1, initial=1)
    time_limit_s = forms.IntegerField(
        label=_("Time limit"), min_value=1, max_value=MAX_TIME_LIMIT_S, initial=60
    )
    client_job_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean_command(self) -> list[str]:
        """Split the command as a shell would; refuse open quotes."""
        return _split(self.cleaned_data["command"])

    def clean_others(self) -> dict[str, list[str]]:
        """Return one command a stack; refuse lines without a stack."""
        variants: dict[str, list[str]] = {}
        lines = [line for line in self.cleaned_data["others"].splitlines() if line.strip()]
        for line in lines[:OTHER_LINES]:
            stack, colon, command = line.partition(":")
            if not colon or not command.strip():
                raise forms.ValidationError(_("Write the stack, a colon, and the command."))
            variants[stack.strip().upper()] = _split(command)
        return variants

    def variants(self, stack: str) -> dict[str, Any]:
        """Return all variants; the command is for the stack of the delivery's devices."""
        return {**self.cleaned_data["others"], stack: self.cleaned_data["command"]}


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        raise forms.ValidationError(_("A quotation mark is not closed.")) from None
