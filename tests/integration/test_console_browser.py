"""The console in headless Chromium: signed in by the link, looked at, a message sent from the form, and sent again.

With ISCPY_SCREENSHOTS=FOLDER every page is kept there as a picture, to be looked at.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from consoles import OPERATION, PROCESS, PRODUCTION
from isc.py.console.web.app import Console
from isc.py.console.web.serving import bound, server_of
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.exceptions import MessageFailedError
from isc.py.iscpython_c.context import free
from isc.py.msg import ExecutionRequest, Request
from isc.py.objectscript import dictionary
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
TOKEN = "the-token-of-this-test"
_NOT_YET = (NoSuchElementException, StaleElementReferenceException)

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromium-driver are not installed: sh .ci/peers.sh installs them"
)


@dataclass
class Browser:
    driver: webdriver.Chrome
    base: str
    director: Director

    def open(self, path: str) -> None:
        self.driver.get(f"{self.base}{path}")
        assert self.driver.get_log("browser") == []  # type: ignore[no-untyped-call]  # nothing was refused or failed

    def text(self, selector: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def click(self, selector: str) -> None:
        WebDriverWait(self.driver, 60, ignored_exceptions=_NOT_YET).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, selector)
        ).click()

    def fill(self, selector: str, text: str) -> None:
        field = self.driver.find_element(By.CSS_SELECTOR, selector)
        field.clear()
        field.send_keys(text)

    def wait_for(self, selector: str, text: str = "") -> str:
        """The text of an element, once it is there and says `text`: a click may have left this page, or not yet."""

        def shown(driver: webdriver.Chrome) -> str:
            found = driver.find_element(By.CSS_SELECTOR, selector).text
            return found if text in found else ""

        return WebDriverWait(self.driver, 60, ignored_exceptions=_NOT_YET).until(shown)

    def wait_for_address(self, path: str) -> None:
        """Wait until a page is there."""
        WebDriverWait(self.driver, 60).until(lambda driver: driver.current_url == f"{self.base}{path}")

    def picture(self, name: str) -> None:
        folder = os.environ.get("ISCPY_SCREENSHOTS")
        if folder:
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    dictionary.reset()
    free()
    (folder / "p.cls").write_text(PRODUCTION)
    (folder / "q.cls").write_text(PROCESS)
    open_namespace(folder).load_path(folder)
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1360,900",
    ):
        options.add_argument(argument)
    with Director("t.Production", folder) as director:
        director.send_sync("t.Process", Request(), 30)
        taken = bound(0)
        port = taken.getsockname()[1]
        console = Console(folder, TOKEN, port)
        server = server_of(console)
        thread = threading.Thread(target=server.run, args=([taken],))
        thread.start()
        service = Service(str(DRIVER), log_output=subprocess.DEVNULL)
        driver = webdriver.Chrome(options=options, service=service)
        try:
            made = Browser(driver, f"http://127.0.0.1:{port}", director)
            made.open(f"/login?token={TOKEN}")
            yield made
        finally:
            driver.quit()
            server.should_exit = True
            thread.join()
            console.source.close()
            taken.close()
    open_namespace(folder).close()
    dictionary.reset()


def test_the_link_signs_in_and_leaves_no_token_in_the_address(browser: Browser) -> None:
    assert browser.driver.current_url == f"{browser.base}/"
    assert browser.text("h1") == "t.Production"
    assert "running" in browser.text(".state")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "svg.production .box")) == 3
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "svg.production .edge")) == 1
    browser.picture("production")


def test_the_pages_lead_to_each_other(browser: Browser) -> None:
    browser.open("/")
    browser.click("svg.production a[href='/items/t.Process']")
    browser.wait_for("h1", "t.Process")
    browser.picture("item")
    browser.click("tbody a[href^='/sessions/']")
    browser.wait_for("h1", "Session 1")
    browser.wait_for("svg.sequence", "over to Python")
    browser.picture("session")
    browser.click("svg.sequence a[href='/messages/2']")
    browser.wait_for("h1", "Message 2")
    assert "x = 1" in browser.text("table.properties")
    browser.picture("message")
    browser.open("/messages?value=Code%3Dx+%3D+1")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "tbody tr")) == 1
    browser.picture("messages")


def test_a_message_is_sent_from_the_form_of_its_class_and_what_it_says_stays_text(browser: Browser) -> None:
    browser.open("/test")
    Select(browser.driver.find_element(By.ID, "target")).select_by_visible_text(OPERATION)
    browser.fill("#class", "isc.py.msg.ExecutionRequest")
    browser.click("#show-form")
    browser.fill("textarea[name='p.Code']", "page = '<script>document.title = 1</script><b id=bold>x</b>'\nprint(page)")
    browser.fill("input[name='p.Variables']", "page")
    Select(browser.driver.find_element(By.NAME, "p.Serialization")).select_by_visible_text("Repr")
    browser.picture("form")
    browser.click("#send")
    browser.wait_for("#answer h2", "isc.py.msg.ExecutionResponse")
    assert "<script>document.title = 1</script>" in browser.text("#answer table")
    browser.picture("answer")
    browser.click("#answer a.button")
    browser.wait_for("svg.sequence", "<script>")
    assert browser.driver.find_elements(By.ID, "bold") == []
    assert browser.driver.title.startswith("Session")


def test_a_message_that_failed_is_edited_and_sent_again(browser: Browser) -> None:
    browser.open(f"/test?target={OPERATION}&class=isc.py.msg.ExecutionRequest")
    browser.fill("textarea[name='p.Code']", "y = 1 / 0")
    browser.fill("input[name='p.Variables']", "y")
    browser.click("#send")
    browser.wait_for("#answer .problem", "ZeroDivisionError")
    browser.picture("failed")
    browser.click("#answer a.button")
    browser.click("svg.sequence a[href^='/messages/']")
    browser.wait_for(".page-head .status", "Error")
    browser.picture("error")
    browser.click("a.button[href^='/test?from=']")
    browser.wait_for("textarea", "y = 1 / 0")
    browser.fill("textarea[name='p.Code']", "y = 1 / 2")
    browser.click("#send")
    browser.wait_for("#answer table", "0.5")


def test_resend_is_one_click(browser: Browser) -> None:
    browser.open("/messages/2")
    before = len(browser.director.bank.sessions(1000))
    browser.click("form.actions button")
    browser.wait_for("h1", "Session")
    assert len(browser.director.bank.sessions(1000)) == before + 1


def test_live_shows_what_has_changed_without_a_reload(browser: Browser) -> None:
    browser.open("/")
    browser.driver.execute_script("window.kept = 'yes'")  # type: ignore[no-untyped-call]
    shown = browser.text(".numbers b")
    browser.click("#live-switch")
    browser.director.send_sync("t.Process", Request(), 30)
    WebDriverWait(browser.driver, 60, ignored_exceptions=_NOT_YET).until(lambda _: browser.text(".numbers b") != shown)
    assert browser.driver.execute_script("return window.kept") == "yes"  # type: ignore[no-untyped-call]
    browser.click("#live-switch")


@pytest.mark.parametrize("width", [400, 1360])
def test_no_page_is_wider_than_its_window(browser: Browser, width: int) -> None:
    with pytest.raises(MessageFailedError):
        browser.director.send_sync(OPERATION, ExecutionRequest(Code=f"raise ValueError('{'x' * 400}')"), 60)
    (failed,) = browser.director.bank.messages(status="Error")[-1:]
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[no-untyped-call]
    try:
        pages = ["/", "/messages", "/sessions", "/events", "/test?class=isc.py.msg.ExecutionRequest"]
        for path in [*pages, f"/items/{OPERATION}", f"/messages/{failed.id}", f"/sessions/{failed.session}"]:
            browser.open(path)
            html = "document.documentElement"
            over = browser.driver.execute_script(f"return {html}.scrollWidth - {html}.clientWidth")  # type: ignore[no-untyped-call]
            assert over <= 0, path
            browser.picture(f"{path.strip('/').partition('?')[0].replace('/', '-') or 'first'}-{width}")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})  # type: ignore[no-untyped-call]


def test_a_live_page_stays_where_it_was_scrolled_to_and_opened(browser: Browser) -> None:
    code = "note = 1\n" * 200
    sent = browser.director.send_async(OPERATION, ExecutionRequest(Code=code))
    browser.director.wait(sent, 60)
    browser.open(f"/messages/{sent}")
    run = browser.driver.execute_script
    run("document.querySelector('details').open = true")  # type: ignore[no-untyped-call]
    run("document.querySelector('pre.value').scrollTo(0, 120)")  # type: ignore[no-untyped-call]
    run("window.main = document.querySelector('main')")  # type: ignore[no-untyped-call]
    browser.click("#live-switch")
    WebDriverWait(browser.driver, 60).until(lambda _: run("return window.main !== document.querySelector('main')"))  # type: ignore[no-untyped-call]
    assert run("return document.querySelector('details').open") is True  # type: ignore[no-untyped-call]
    assert run("return document.querySelector('pre.value').scrollTop") == 120  # type: ignore[no-untyped-call]
    assert browser.text("#live-told") == "live"
    browser.click("#live-switch")


def test_sign_out_ends_the_session(browser: Browser) -> None:
    browser.open("/")
    browser.click(".top form button")
    browser.wait_for_address("/login")
    browser.open("/messages")
    assert browser.driver.current_url == f"{browser.base}/login"
    browser.picture("login")
    browser.fill("input[name=token]", TOKEN)
    browser.click("button")
    browser.wait_for("h1", "t.Production")
