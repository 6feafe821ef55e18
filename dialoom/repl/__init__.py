"""The persona debugger."""
