#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `muster sim report` in a real browser, headless and without a network: no error, the slider moves hosts and traffic,
the charts have something in them, and a click on an event goes to its time."""
import json
import sys

from emulator_support import skip
from sim_support import ROOT, SWARM, Workshop, check, require

WALK = """[scenario]
name = "walk <b>&</b>"
duration = "60s"
[medium]
kind = "geometric"
profile = "wifi"
range = "200m"
[[host]]
name = "camp"
position = [0, 0]
users = ["alice"]
[[host]]
name = "post"
position = [150, 0]
users = ["bob"]
[[host]]
name = "patrol"
route = [[0, 20], [600, 20]]
speed = "20m/s"
users = ["carol"]
[[event]]
at = "10s"
do = "message"
from = "alice"
to = "carol"
text = "where are you"
[[event]]
at = "12s"
do = "call"
from = "alice"
to = "bob"
talk = "10s"
[[event]]
at = "30s"
do = "kill"
hosts = ["post"]
"""


def browser():
    try:
        from selenium import webdriver
    except ImportError:
        skip("Selenium is missing for /usr/bin/python3; apt-get install python3-selenium")
    from selenium.webdriver.chrome.service import Service
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1300,2200",
                     "--disable-background-networking", "--no-first-run"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Page:
    def __init__(self, driver, path):
        self.driver = driver
        driver.get_log("performance")
        driver.get(f"file://{path}")
        check(f"{path.name}: it is ready", self.js("return document.body.dataset.ready") == "yes")
        errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        check(f"{path.name}: the browser has nothing to complain of", not errors, errors[:2] or "")
        messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        urls = {message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"}
        check(f"{path.name}: it asks for nothing but itself", all(url.startswith(("file://", "data:")) for url in urls), len(urls))

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def slide(self, share):
        self.js("const s = document.getElementById('time'); s.value = arguments[0] * 1000; s.dispatchEvent(new Event('input'));", share)

    def hosts(self):
        return self.js("return Object.fromEntries([...document.querySelectorAll('#map [data-host]')]"
                       ".map((dot) => [dot.dataset.host, [dot.getAttribute('transform'), dot.firstChild.getAttribute('fill')]]))")

    def count(self, selector):
        return self.js("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).textContent", selector)


def walking(shop, driver):
    shop.write("walk.toml", WALK)
    shop.sim("run", "walk.toml", "--timeline", "walk.timeline", "--out", "walk.jsonl")
    shop.sim("report", "walk.jsonl", "-o", "walk.html")
    page = Page(driver, shop.path / "walk.html")
    check("names are shown as they are, not as markup", page.text("h1") == "walk <b>&</b>", page.text("h1"))
    page.slide(0.1)
    early = page.hosts()
    page.slide(0.45)
    late = page.hosts()
    check("the slider moves who walks", early["patrol"][0] != late["patrol"][0], f"{early['patrol'][0]} -> {late['patrol'][0]}")
    check("and nobody else", early["camp"][0] == late["camp"][0] and early["post"][0] == late["post"][0])
    page.slide(0.25)
    check("the call is on the map while it goes on", page.count("#map .call") == 1, page.text("#state"))
    check("there are links between neighbours", page.count("#map .link") >= 1)
    page.slide(0.9)
    check("it is gone afterwards", page.count("#map .call") == 0)
    check("who is off is hollow", page.hosts()["post"][1] == "none")
    for chart in ("latency", "setup", "progress", "airtime", "strips"):
        check(f"the chart '{chart}' has something in it", page.count(f"#{chart} path, #{chart} rect") >= 1)
    page.js("document.querySelector('#events button').click()")
    check("a click on an event goes to its time", page.text("#clock") == "0:10.0", page.text("#clock"))
    page.js("document.getElementById('play').click()")
    check("it plays", page.text("#play") == "Stop")
    page.js("document.getElementById('play').click()")
    driver.save_screenshot(str(shop.path / "walk.png"))
    check("it can be looked at", (shop.path / "walk.png").stat().st_size > 20_000)


def many(shop, driver):
    shop.sim("run", SWARM, "--seeds", "0:12", "--out", "many.jsonl")
    shop.sim("report", "many.jsonl", "-o", "many.html")
    page = Page(driver, shop.path / "many.html")
    check("every run has its dot", page.count("#dots circle") == 12)
    seen = page.js("return ['stage', 'groups', 'charts', 'many'].filter((id) => document.getElementById(id).offsetParent !== null)")
    check("only what there is is shown", seen == ["many"], seen)
    check("without a timeline there is no map, and it says so", "--timeline" in page.text("#hint"))


def refused(shop):
    whole = (shop.path / "walk.timeline").read_text().splitlines(keepends=True)
    shop.write("short.timeline", "".join(whole[:-3]))
    done = shop.sim("report", "short.timeline", "-o", "short.html", code=1)
    check("a timeline cut short is refused in one line", "cut short" in done.stderr and done.stderr.count("\n") == 1, done.stderr.strip())
    shop.write("torn.timeline", "".join(whole[:5]) + whole[5][:7])
    done = shop.sim("report", "torn.timeline", code=1)
    check("so is a torn one, with its line", "torn.timeline:6:" in done.stderr, done.stderr.strip())
    done = shop.sim("report", ROOT / "README.md", code=2)
    check("so is what is none", "there is no run" in done.stderr, done.stderr.strip().splitlines()[-1])


def main():
    require(("chromium", "chromium"), ("chromedriver", "chromium-driver"))
    with Workshop() as shop:
        driver = browser()
        try:
            walking(shop, driver)
            many(shop, driver)
        finally:
            driver.quit()
        refused(shop)
    return 0


sys.exit(main())
