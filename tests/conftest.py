"""What every test may use."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is not."""
    for above in Path(__file__).resolve().parents:
        folder = above / "shared" / "data"
        if folder.is_dir():
            return folder
    pytest.skip("the real data sets (shared/data beside the checkout) are not here")
