"""ADDRESS PASSWORD: take the pictures of the documentation anew, of the demo's desk that is being served there."""

import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PICTURES = {
    "today": ("success", "/today/", {"width": 1180, "height": 900}, "light"),
    "customer": ("rep", "", {"width": 1180, "height": 1240}, "light"),
    "board": ("manager", "/board/", {"width": 1180, "height": 1240}, "light"),
    "phone": ("rep", "/today/", {"width": 390, "height": 844}, "dark"),
}
"""Name -> as which role, which page ("" is the customer of the first line of Today), how large, by day or by night."""


def _taken(browser: Any, address: str, password: str, name: str) -> Path:
    role, path, size, scheme = PICTURES[name]
    page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=2)
    page.goto(f"{address}/sign-in/login/")
    page.get_by_label("E-mail address").fill(f"{role}@harbour-goods.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/today/*")
    page.goto(address + (path or page.locator("[data-row] .who").first.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    written = IMAGES / f"{name}.png"
    page.screenshot(path=written)
    page.close()
    return written


def main() -> None:
    """Take each, with as few colours as it needs."""
    address, password = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in PICTURES:
            written = _taken(browser, address.rstrip("/"), password, name)
            Image.open(written).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(written, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
