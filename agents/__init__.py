"""Agents: who asks models for replies."""
