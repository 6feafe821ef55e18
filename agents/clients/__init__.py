"""Model back ends, one a file."""
