"""What does python -m keepwell do? The same as the command keepwell."""

from keepwell.cli import run

if __name__ == "__main__":
    run()
