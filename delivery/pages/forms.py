"""The job door as a form: shape only; the action knows the rules."""

import secrets
import shlex
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.domain.jobs import (
    MAX_GROUP,
    MAX_PRIORITY,
    MAX_RETRIES,
    MAX_SAVES_IN_S,
    MAX_TIME_LIMIT_S,
    USUAL_PRIORITY,
)
from delivery.domain.serving import LEAST_PORT, MAX_PATH_CHARACTERS, MOST_PORT

OTHER_LINES = 8


def own_id(*, required: bool = True) -> forms.CharField:
    """Return a hidden field with an id that is new each time the form is shown."""
    fresh = partial(secrets.token_hex, 8)
    return forms.CharField(
        max_length=64, required=required, widget=forms.HiddenInput, initial=fresh
    )


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
    dataset = forms.CharField(label=_("Data that it reads"), max_length=40, required=False)
    client_job_id = own_id()

    def clean_command(self) -> list[str]:
        """Split the command as a shell would; refuse open quotes."""
        return _split(self.cleaned_data["command"])

    def clean_others(self) -> dict[str, list[str]]:
        """Return one command a stack; refuse lines without a stack."""
        return _variants(self.cleaned_data["others"])

    def variants(self, stack: str) -> dict[str, Any]:
        """Return all variants; the command is for the stack of the delivery's devices."""
        return {**self.cleaned_data["others"], stack: self.cleaned_data["command"]}


class ShellForm(forms.Form):
    """A session on one delivery, for whoever has the private half of the key."""

    public_key = forms.CharField(
        label=_("Public key"),
        # Long enough for a private key given by mistake: the refusal names it as what it is.
        max_length=20_000,
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "placeholder": "ssh-ed25519 AAAA… you@machine",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
    )
    devices = forms.IntegerField(label=_("Devices"), min_value=1, initial=1)
    time_limit_s = forms.IntegerField(
        label=_("Time limit"), min_value=1, max_value=MAX_TIME_LIMIT_S, initial=1_800
    )
    client_job_id = own_id(required=False)

    def forget_key(self) -> None:
        """Be shown again without what was given as a key: it may be a private one."""
        self.data = {**dict(self.data.items()), "public_key": ""}


class WorkForm(forms.Form):
    """Work for the whole queue: one command a stack, and what the job asks for."""

    name = forms.CharField(label=_("Name"), max_length=80)
    variants = forms.CharField(
        label=_("Commands, one a line, stack first"),
        max_length=24_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "CUDA: python3 train.py\nCANN: python3 train_npu.py"}
        ),
        help_text=_("CUDA, CANN, ROCM, DTK or CPU. The one that fits the devices runs."),
    )
    devices = forms.IntegerField(label=_("Devices"), min_value=1, initial=1)
    time_limit_s = forms.IntegerField(
        label=_("Time limit"), min_value=1, max_value=MAX_TIME_LIMIT_S, initial=60
    )
    min_memory_gb = forms.IntegerField(
        label=_("Memory a device, at least"), min_value=0, max_value=10_000, initial=0
    )
    team = forms.CharField(label=_("Team"), max_length=40, required=False)
    priority = forms.IntegerField(
        label=_("Priority"), min_value=0, max_value=MAX_PRIORITY, initial=USUAL_PRIORITY
    )
    place = forms.CharField(label=_("Where its data is"), max_length=60, required=False)
    dataset = forms.CharField(label=_("Data that it reads"), max_length=40, required=False)
    within_hours = forms.IntegerField(
        label=_("Done within"), min_value=1, max_value=720, required=False
    )
    max_retries = forms.IntegerField(
        label=_("Retries"), min_value=0, max_value=MAX_RETRIES, initial=0, required=False
    )
    saves_in_s = forms.IntegerField(
        label=_("Saves its state in"),
        min_value=0,
        max_value=MAX_SAVES_IN_S,
        initial=0,
        required=False,
    )
    kind = forms.ChoiceField(
        label=_("Jobs"),
        choices=[
            ("", _("one job")),
            ("ARRAY", _("an array: as they fit")),
            ("GANG", _("a gang: all at once or none")),
            ("SERVICE", _("a service: answers HTTP until it is stopped")),
        ],
        required=False,
    )
    size = forms.IntegerField(label=_("How many"), min_value=2, max_value=MAX_GROUP, required=False)
    port = forms.IntegerField(
        label=_("Port"), min_value=LEAST_PORT, max_value=MOST_PORT, required=False
    )
    health_path = forms.CharField(
        label=_("Health path"), max_length=MAX_PATH_CHARACTERS, initial="/", required=False
    )
    client_job_id = own_id()

    def clean_variants(self) -> dict[str, list[str]]:
        """Return one command a stack; refuse lines without a stack."""
        return _variants(self.cleaned_data["variants"])

    def clean(self) -> dict[str, Any]:
        """Ask how many jobs a group has, and where a service answers."""
        given = super().clean() or {}
        kind = given.get("kind")
        if kind == "SERVICE" and not given.get("port") and "port" not in self.errors:
            self.add_error("port", _("Say at which port it answers."))
        if kind in {"ARRAY", "GANG"} and not given.get("size") and "size" not in self.errors:
            self.add_error("size", _("Say how many jobs it has."))
        return given


def _variants(text: str) -> dict[str, list[str]]:
    variants: dict[str, list[str]] = {}
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines[:OTHER_LINES]:
        stack, colon, command = line.partition(":")
        if not colon or not command.strip():
            raise forms.ValidationError(_("Write the stack, a colon, and the command."))
        variants[stack.strip().upper()] = _split(command)
    return variants


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        raise forms.ValidationError(_("A quotation mark is not closed.")) from None
