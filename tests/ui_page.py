"""The web app started as users start it, and its page in real headless Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
PATIENCE_S = 120
"""Longest that a job takes on a busy machine."""
SETTLED_S = 0.4
"""What menus take to open and close."""


@contextmanager
def app(*folders: Path, **environment: str) -> Iterator[str]:
    """The app at a free port; gives its address, and ends it like Ctrl-C does."""
    import signal

    process = subprocess.Popen(
        [sys.executable, "-m", "syncclip", "ui", *map(str, folders), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), address
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        process.stdout.close()


@contextmanager
def browser(*, language: str = "en-US", downloads: Path | None = None) -> Iterator[Any]:
    """Chromium without a window, which notes what it asks for and what goes wrong."""
    from selenium import webdriver
    from selenium.common.exceptions import SessionNotCreatedException

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                 f"--lang={language}"):  # fmt: skip
        options.add_argument(word)
    kept = {} if downloads is None else {"download.default_directory": str(downloads)}
    options.add_experimental_option("prefs", {"intl.accept_languages": language, **kept})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(str(CHROMEDRIVER))
    with suppress(SessionNotCreatedException):  # on a busy machine it may not come up in time
        driver = webdriver.Chrome(options=options, service=service)
    if "driver" not in locals():
        driver = webdriver.Chrome(options=options, service=service)
    driver.set_window_size(1400, 1000)
    driver.set_script_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """The page as a user works with it.

    Args:
        driver: The browser.
        address: Of the app.
    """

    def __init__(self, driver: Any, address: str) -> None:
        self.driver, self.address = driver, address
        self.open()

    def open(self) -> None:
        """Load the page anew."""
        self.driver.get(self.address)
        self.until("return document.querySelectorAll('button[role=tab]').length >= 3")
        time.sleep(2 * SETTLED_S)

    def until(self, script: str, timeout_s: float = 30) -> Any:
        """Wait for a script to give something true."""
        from selenium.common.exceptions import TimeoutException
        from selenium.webdriver.support.ui import WebDriverWait

        try:
            return WebDriverWait(self.driver, timeout_s, poll_frequency=0.1).until(
                lambda driver: driver.execute_script(script)
            )
        except TimeoutException as error:
            shown = self.driver.execute_script(
                "return document.querySelector('.sc-job')?.outerHTML"
            )
            raise AssertionError(
                f"not within {timeout_s} s: {script}; the job: {shown}; the console: {self.wrong()}"
            ) from error

    def one(self, selector: str) -> Any:
        """An element."""
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        """All elements of a kind."""
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """What an element says."""
        return self.driver.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? ''", selector
        )

    def click(self, selector: str) -> None:
        """Click, wherever it has been scrolled to."""
        self.driver.execute_script("document.querySelector(arguments[0]).click()", selector)

    def tab(self, number: int) -> None:
        """Open a tab, counted from 0."""
        self.all("button[role=tab]")[number].click()
        time.sleep(SETTLED_S)

    def choose(self, box: str, *names: str) -> None:
        """Choose or type into a list."""
        from selenium.webdriver.common.keys import Keys

        field = self.one(f"{box} input")
        for name in names:
            field.click()
            field.send_keys(Keys.CONTROL, "a")
            field.send_keys(Keys.NULL, name)
            time.sleep(SETTLED_S)
            field.send_keys(Keys.ENTER)
        field.send_keys(Keys.ESCAPE)
        self.driver.execute_script("document.activeElement.blur()")
        time.sleep(SETTLED_S)

    def job(self, button: str, timeout_s: float = PATIENCE_S) -> str:
        """Begin a job, wait for its end, and say how it ended."""
        self.begin(button)
        return self.ended(timeout_s)

    def begin(self, button: str) -> None:
        """Begin a job."""
        self.driver.execute_script(
            "const old = document.querySelector('.sc-job'); if (old) old.dataset.state = 'old'"
        )
        self.click(button)
        self.until("return (document.querySelector('.sc-job')?.dataset.state ?? 'old') !== 'old'")

    def ended(self, timeout_s: float = PATIENCE_S) -> str:
        """Wait for the job's end and for the lists that are drawn anew then; say how it ended."""
        state = "document.querySelector('.sc-job').dataset.state"
        self.until(f"return !['running', 'stopping', 'old'].includes({state})", timeout_s)
        time.sleep(SETTLED_S)
        return self.driver.execute_script(f"return {state}")

    def said(self) -> str:
        """What stands on the page as a warning."""
        return self.until("return document.querySelector('.toast-body')?.textContent")

    def asked(self) -> set[str]:
        """Addresses that the browser has asked for since the last time."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = (e for e in events if e["method"] == "Network.requestWillBeSent")
        return {event["params"]["request"]["url"] for event in sent}

    def wrong(self) -> list[str]:
        """What the browser's console complains about."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


def elsewhere(addresses: Sequence[str] | set[str], address: str) -> set[str]:
    """Those that another than the app would answer."""
    own = (address, "data:", "blob:", f"blob:{address}", "about:", "chrome:")
    return {each for each in addresses if not each.startswith(own)}
