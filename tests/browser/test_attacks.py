"""Attacks through a browser: hostile text, another site's forms, a foreign name for loopback."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.house import House

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Page, Playwright

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>window.hurt = 1</script>",
    '"><img src=x onerror="window.hurt = 1">',
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    "</pre></bdi></section><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "<style>body { display: none }</style>",
    '<base href="http://127.0.0.1:9/">',
]


def watch(page: Page) -> list[str]:
    """Collect whatever runs, asks or complains on a page."""
    found: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        found.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: found.append(f"error {error}"))
    page.on("console", lambda line: found.append(f"console {line.text}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith("http://127.0.0.1") else found.append(request.url)
        ),
    )
    return found


def test_hostile_text_executes_nothing(page: Page, home: House) -> None:
    """In comment, strategy, symbol, id, reason and message: text, on every page and while live."""
    found = watch(page)
    signals = [
        home.send(**{field: text})["signal"]
        for text in HOSTILE
        for field in ("comment", "strategy", "symbol", "id")
    ]
    signals += [home.post(text.encode())["signal"] for text in HOSTILE]
    home.api("/api/halt", {"reason": HOSTILE[1]})
    page.wait_for_selector("#banner .banner")
    seen = page.inner_text("#banner")
    for signal in {signal for signal in signals if signal}:
        page.goto(f"{home.private}/signals/{signal}")
        page.wait_for_selector("#answer")
    page.goto(home.private)
    page.wait_for_selector(".live.on")

    assert 'onerror="window.hurt = 1"' in seen, "hostile text is shown, not dropped"
    assert [] == found
    assert page.evaluate("window.hurt") is None
    assert page.is_visible("#switch")


def test_our_own_pages_break_no_rule_of_theirs(page: Page, home: House) -> None:
    """Nothing of ours is blocked by the policy, and nothing is asked for elsewhere."""
    found = watch(page)
    answer = home.send()
    for path in ("/", f"/signals/{answer['signal']}", "/login", "/signals/unknown"):
        page.goto(home.private + path)
    page.goto(home.private)
    page.wait_for_selector(".live.on")

    refused = [line for line in found if "404" not in line]
    assert [] == refused


def test_the_policy_stops_what_slips_in(page: Page, home: House) -> None:
    """If markup did get into a page, the browser itself would not run it."""
    page.evaluate(
        """() => {
            const put = document.createElement("div");
            put.innerHTML = '<img src=x onerror="window.hurt = 1">';
            document.body.append(put);
            const script = document.createElement("script");
            script.textContent = "window.hurt = 2";
            document.body.append(script);
        }"""
    )
    home.send()
    page.wait_for_selector("#signals li")

    assert page.evaluate("window.hurt") is None


@contextmanager
def site(body: str) -> Generator[str]:
    """Serve one page under another origin of the same machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_form_of_another_site_does_nothing(page: Page, home: House) -> None:
    """The cookie goes along, because ports make no difference to it; the bridge refuses anyway."""
    csrf = page.get_attribute('#switch input[name="csrf"]', "value")
    form = f"""
        <form method="post" action="{home.private}/halt">
          <input name="csrf" value="{csrf}"><input name="reason" value="evil">
          <button id="go">Win a prize</button>
        </form>"""
    with site(form) as address:
        page.goto(address)
        with page.expect_response("**/halt") as told:
            page.click("#go")

    assert 403 == told.value.status
    assert [] == home.api("/api/status")["halts"]


def test_a_script_of_another_site_reads_and_does_nothing(page: Page, home: House) -> None:
    """Neither the state nor a halt is to be had by fetch, image or stream from elsewhere."""
    script = f"""
        <script>
        window.seen = [];
        const note = (what) => (answer) => window.seen.push(what + " " + answer.type);
        const no = (what) => () => window.seen.push(what + " failed");
        const all = [
          fetch("{home.private}/api/status", {{credentials: "include"}}).then(note("status"),
          no("status")), fetch("{home.private}/api/halt", {{method: "POST", credentials: "include",
          body: "{{}}",
            headers: {{"content-type": "text/plain"}}}}).then(note("halt"), no("halt")),
          fetch("{home.private}/halt", {{method: "POST", mode: "no-cors", credentials: "include",
            body: new URLSearchParams({{reason: "evil"}})}}).then(note("form"), no("form")),
        ];
        Promise.all(all).then(() => window.done = true);
        </script>"""
    with site(script) as address:
        page.goto(address)
        page.wait_for_function("window.done")
        seen = page.evaluate("window.seen")

    assert ["form", "halt failed", "status failed"] == sorted(
        line.replace("form opaque", "form").replace("form failed", "form") for line in seen
    )
    assert [] == home.api("/api/status")["halts"]


def test_no_other_site_puts_a_page_into_a_frame(page: Page, home: House) -> None:
    """The red button cannot be put under somebody's finger."""
    with site(f'<iframe src="{home.private}/"></iframe>') as address:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        inside = [frame.content() for frame in page.frames if frame is not page.main_frame]

    assert all("Raise the bridge" not in text for text in inside)


def test_a_foreign_name_for_loopback_gets_nothing(playwright: Playwright, home: House) -> None:
    """A page whose own name suddenly leads here (DNS rebinding) is not served."""
    from tests.browser.pictures import launch

    browser = launch(playwright, "--host-resolver-rules=MAP evil.example 127.0.0.1")
    page = browser.new_page()
    answer = page.goto(f"http://evil.example:{home.config.api.port}/")
    text = page.inner_text("body")
    browser.close()

    assert answer is not None and 421 == answer.status
    assert "host_unknown" in text


def test_the_cookie_is_out_of_reach(page: Page, context: BrowserContext, home: House) -> None:
    """No script sees it, and the token is nowhere in the page."""
    (cookie,) = context.cookies()

    assert "" == page.evaluate("document.cookie")
    assert (True, "Strict") == (cookie.get("httpOnly"), cookie.get("sameSite"))
    assert home.starter.api_token not in page.content() + str(cookie)
