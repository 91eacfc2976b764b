"""Can somebody at a command line ask whom to treat, and get the list and a page?"""

from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from tests.cli.conftest import Keepwell


@pytest.mark.slow
def test_whom_is_told_with_its_list_and_a_page(company: Keepwell, tmp_path: Path) -> None:
    """The verdict leads, the list has everybody in the group the table counts, the page and its picture lie where asked."""
    words = ("prove", "whom", "thanks", "-w", "shop", "--margin", "0.4", "--cost", "treated=2")
    said = company(*words, "--into", "page")
    assert said.code == 0, said.err
    found = company(*words, "--json").json
    assert f": {found['verdict']}." in said.out.splitlines()[0]
    listed = pd.read_csv(StringIO(company(*words, "--csv").out))
    counted = {row["group"]: row["customers"] for row in found["treatments"][0]["groups"]}
    assert listed["group"].value_counts().to_dict() == counted
    assert found["policy"]["gate_open"] == (found["verdict"] == "personalise")
    page = (tmp_path / "page" / "whom.html").read_text("utf-8")
    assert "treating the first share q adds" in page
    assert (tmp_path / "page" / "figures" / "whom-0.png").is_file()
    wrong = company("prove", "whom", "thanks", "-w", "shop", "--cost", "2")
    assert (wrong.code, "'2' is not ARM=MONEY" in wrong.err) == (2, True)
