"""Does the desk hold in a real browser, for every role, by day and by night, on a phone and by keyboard alone?"""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "admin": [
        "/today/?whose=all", "/customers/", "/customers/?q=a", "/customers/{customer}/", "/keep-decisions/", "/settings/",
        "/people/", "/people/invite/", "/audit/", "/data/", "/data/bring/", "/data/work/", "/measures/",
        "/measures/kept_share/?now=1", "/understanding/", "/understanding/segments/", "/understanding/trust/", "/board/", "/settings/api/",
        "/settings/tokens/", "/settings/webhooks/", "/promises/types/", "/touches/times/", "/board/gaps/team/",
    ],
    "success": [
        "/today/", "/promises/", "/promises/new/?customer={customer}", "/promises/expectations/", "/touches/", "/touches/new/?customer={customer}", "/renewals/?whose=all",
        "/plans/", "/meetings/", "/contacts/", "/interviews/", "/losses/", "/settings/", "/promises/kept/", "/touches/worth/",
        "/plans/of/{customer}/", "/plans/write/of/{customer}/", "/plans/review/of/{customer}/", "/meetings/of/{customer}/",
        "/meetings/new/of/{customer}/", "/contacts/of/{customer}/", "/interviews/of/{customer}/", "/meetings/calendar/", "/meetings/bring/",
    ],
}  # fmt: skip
"""Role -> pages looked at as that role; {customer} is one of theirs, the first a search answers with."""


class Desk(NamedTuple):
    """A desk that is being served."""

    address: str
    password: str


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _answers(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
        asked.request("GET", "/sign-in/login/")
        with asked.getresponse() as answer:
            return answer.status == 200
    return False


@pytest.fixture(scope="module")
def desk(demo_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The invented company's desk, served by its own command, with one person of each role."""
    folder, port = tmp_path_factory.mktemp("desk") / "company", _free_port()
    shutil.copytree(demo_company, folder)
    environment = {**os.environ, "KEEPWELL_COMPANY": str(folder)}
    people = "from pathlib import Path; from keepwell.web import serving; serving.prepare(Path({!r})); from keepwell.web import invented; print(invented.people()[1]); invented.quarter()"
    made = subprocess.run(
        [sys.executable, "-c", people.format(str(folder))], env=environment, check=True, capture_output=True, text=True
    )
    command = [sys.executable, "-m", "keepwell", "serve", str(folder), "--port", str(port)]
    with subprocess.Popen(command, env=environment, start_new_session=True) as serving:
        waiting = threading.Event()
        assert any(_answers(port) or waiting.wait(0.2) for _ in range(300)), "the desk does not answer"
        yield Desk(f"http://127.0.0.1:{port}", made.stdout.strip())
        os.killpg(serving.pid, signal.SIGTERM)


def _signed_in(chromium: Any, desk: Desk, role: str, **how: Any) -> tuple[Any, list[str]]:
    """A page of somebody who signed in, and everything it complained of or asked of others."""
    page = chromium.new_page(**how)
    heard: list[str] = []
    page.on("console", lambda message: None if _FOCUSED in message.text else heard.append(message.text))
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    page.on("request", lambda asked: None if asked.url.startswith((desk.address, "data:")) else heard.append(asked.url))
    page.goto(f"{desk.address}/sign-in/login/")
    page.get_by_label("E-mail address").fill(f"{role}@harbour-goods.example")
    page.get_by_label("Password", exact=True).fill(desk.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{desk.address}/**")
    return page, heard


_FOCUSED = "Autofocus processing was blocked"
"""What Chromium notes where a key is quicker than the page: the row one stands on keeps the focus, as it should."""

_SETTLED = "[data-key='d']"
"""In the rows of Today that can be settled: a promise is kept, a question is answered."""


@pytest.mark.parametrize("role", list(PAGES))
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_holds(chromium: Any, desk: Desk, role: str, width: int, scheme: str) -> None:
    """Nothing scrolls sideways, nothing is fetched elsewhere or complains, one h1, and axe finds nothing, wide by day and narrow by night."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    size = {"width": width, "height": 800}
    page, heard = _signed_in(chromium, desk, role, viewport=size, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{desk.address}/customers/?q=a")
    customer = page.locator("main a[href^='/customers/c']").first.get_attribute("href").split("/")[2]
    wrong = []
    for path in (template.format(customer=customer) for template in PAGES[role]):
        answer = page.goto(desk.address + path)
        wrong += [(path, answer.status)] if answer.status != 200 else []
        wrong += [(path, "scrolls")] if page.evaluate("document.documentElement.scrollWidth") > width else []
        wrong += [(path, "h1")] if page.locator("h1").count() != 1 else []
        found = axe.Axe().run(page).response["violations"]
        wrong += [(path, fault["id"], fault["nodes"][0]["html"]) for fault in found]
    assert wrong == []
    assert heard == []
    page.close()


def test_a_morning_by_keyboard(chromium: Any, desk: Desk) -> None:
    """J takes a row, d asks what came of it, Enter settles it without the page being loaded anew, u brings it back. On a promise d settles nobody else."""
    page, heard = _signed_in(chromium, desk, "rep")
    page.goto(f"{desk.address}/today/")
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == rows.first.locator(".who").inner_text()
    while not page.locator(".here [data-key='d']").count():
        page.keyboard.press("d")
        assert not page.locator("dialog[open]").count()
        page.keyboard.press("j")
    name = page.locator(".here .who").inner_text()
    page.keyboard.press("d")
    page.locator("dialog[open]").wait_for()
    assert name in page.locator("dialog[open] h2").inner_text()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator(".toast", has_text=name).wait_for()
    page.locator("[data-row] .who", has_text=name).wait_for(state="detached")
    page.keyboard.press("u")
    page.locator("[data-row] .who", has_text=name).first.wait_for()
    assert heard == []
    page.close()


def test_hands_stay_on_the_keyboard(chromium: Any, desk: Desk) -> None:
    """After x the next row has the focus and its part counts one less; after u the row that came back has it; c logs a call with it."""
    page, heard = _signed_in(chromium, desk, "rep")
    page.goto(f"{desk.address}/today/")
    parts = page.locator("main section", has=page.locator("[data-row]")).all()
    part = next(each for each in parts if 1 < each.locator("[data-row]").count() == each.locator(_SETTLED).count())
    names = part.locator("[data-row] .who")
    first, second, n = names.nth(0).inner_text(), names.nth(1).inner_text(), int(part.locator(".count").inner_text())
    names.nth(0).focus()
    page.keyboard.press("x")
    page.keyboard.type("not theirs")
    page.keyboard.press("Enter")
    page.locator("[data-row] .who", has_text=first).wait_for(state="detached")
    page.wait_for_function("name => document.activeElement.textContent === name", arg=second)
    assert part.locator(".count").text_content() == str(n - 1)
    page.keyboard.press("u")
    page.wait_for_function("name => document.activeElement.textContent === name", arg=first)
    assert part.locator(".count").inner_text() == str(n)
    page.keyboard.press("c")
    page.wait_for_url("**/touches/new/?customer=*&channel=call")
    assert heard == []
    page.close()


def test_the_next_step_is_a_key_away(chromium: Any, desk: Desk) -> None:
    """On a promise a leads to where it is kept."""
    page, heard = _signed_in(chromium, desk, "rep")
    page.goto(f"{desk.address}/today/")
    owed = page.locator("[data-row]", has=page.get_by_role("link", name="Keep it"))
    promised = owed.first.locator(".why a").first.get_attribute("href")
    owed.first.locator(".who").focus()
    page.keyboard.press("a")
    page.wait_for_url(f"{desk.address}{promised}")
    assert heard == []
    page.close()


def test_a_phone_snoozes_a_row(chromium: Any, desk: Desk) -> None:
    """On a phone a row is snoozed with a reason by touch; without a reason the form does not go."""
    page, heard = _signed_in(chromium, desk, "success", viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(f"{desk.address}/today/")
    row = page.locator("[data-row]", has=page.locator(_SETTLED), has_not=page.locator(".why a")).first
    name = row.locator(".who").inner_text()
    row.get_by_role("link", name="Snooze").tap()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name="Snooze").tap()
    assert dialog.is_visible()
    dialog.get_by_label("Why").fill("waiting for their board")
    dialog.get_by_role("button", name="Snooze").tap()
    page.locator(".toast", has_text=name).wait_for()
    page.reload()
    assert name not in page.locator("main").inner_text()
    assert heard == []
    page.close()


def test_a_row_is_settled_without_scripts(chromium: Any, desk: Desk) -> None:
    """Snooze leads to a page with the form; what was settled is listed, and brought back there."""
    page, _ = _signed_in(chromium, desk, "manager", java_script_enabled=False)
    page.goto(f"{desk.address}/today/?whose=all")
    row = page.locator("[data-row]", has=page.locator(_SETTLED), has_not=page.locator(".why a")).first
    name = row.locator(".who").inner_text()
    row.get_by_role("link", name="Snooze").click()
    page.get_by_label("Why").fill("waiting for their board")
    page.get_by_role("button", name="Snooze").click()
    page.get_by_role("link", name="You have dealt with").click()
    assert name in page.locator("main").inner_text()
    page.get_by_role("button", name="Bring it back").click()
    assert "Nothing you settled is hidden now." in page.locator("main").inner_text()
    page.close()


def test_what_a_script_would_do_is_shown_as_text(chromium: Any, desk: Desk) -> None:
    """Markup typed into the search is text on the page, and runs nothing."""
    page, heard = _signed_in(chromium, desk, "admin")
    typed = "<img src=x onerror=alert(1)>"
    page.get_by_role("searchbox").fill(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/?q=**")
    assert typed in page.locator("main").inner_text()
    assert heard == []
    page.close()
