import time
from tests.support.otlp import ask
from tests.browser.test_overview import *

@pytest.mark.parametrize("n", range(4))
def test_dbg(start_flowglass, browsers, n):
    run = start_flowglass(settings="[refresh]\nvital_seconds = 1.0\n")
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    waits(browser, Overview.ERROR_RATE, "0 of 1 spans")
    keys(browser, ".")
    waits(browser, Shell.LIVE_WORD, "Paused")
    browser.driver.execute_script("""
window.log = [];
const plain = window.fetch;
window.fetch = async (...given) => {
    const out = await plain(...given);
    if (String(given[0]).includes('_dash-update')) {
       const body = given[1] && given[1].body; const clone = out.clone(); clone.text().then(t => window.log.push([Date.now(), String(body).slice(0, 900), t.slice(0, 300), t.includes('1 of 2')]));
    }
    return out;
};
document.addEventListener('keydown', e => window.log.push(['key', e.key, document.activeElement.outerHTML.slice(0,80)]), true);
""")
    send(run.otlp, [span("reserve", error="out of stock")])
    keys(browser, "r")
    end = time.time() + 15
    while time.time() < end and "1 of 2" not in shown(browser, Overview.ERROR_RATE):
        time.sleep(0.2)
    ok = "1 of 2" in shown(browser, Overview.ERROR_RATE)
    if not ok:
        print("TEXT", shown(browser, Overview.ERROR_RATE))
        for line in browser.driver.execute_script("return window.log"): print(line)
        print("ACTIVE", browser.driver.execute_script("return document.activeElement.outerHTML.slice(0,200)"))
        print(run.status())
        print(ask(f"{run.page}/api/v1/traces").body[:600])
        print("".join(run.lines[-20:]))
    assert ok
