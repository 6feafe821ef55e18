"""`python -m dialoom.cli`: the `dialoom` program where its script is not on the PATH."""

from dialoom.cli.main import dialoom

if __name__ == "__main__":
    dialoom(prog_name="dialoom")
