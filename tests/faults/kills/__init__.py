"""Kills at every named point around a hand-over: one live hand-over or a clean failure each."""
