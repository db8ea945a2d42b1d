"""Kinds of sites that come with the agent."""
