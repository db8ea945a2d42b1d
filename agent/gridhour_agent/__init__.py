"""The agent of a site behind a firewall: pulls work, hands over, meters, reports."""

VERSION = "0.1.0"
PROTOCOL = 1
