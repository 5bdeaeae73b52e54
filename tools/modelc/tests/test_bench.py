"""`npm run modelc -- bench` ends with one sentence and exit code 2 when its browser fails. None is opened here."""

import os
import subprocess
from pathlib import Path

import pytest

from modelc.commands import main

BROWSER = Path(__file__).resolve().parents[1] / "browser"
# In Playwright's place: a browser whose page fails as asked.
PLAYWRIGHT = """
class TimeoutError extends Error {}
export const errors = { TimeoutError };
const page = {
  on: () => undefined,
  goto: async () => undefined,
  waitForFunction: async () => {
    throw process.env.FAILS === 'late' ? new TimeoutError('Timeout.') : new Error('Target crashed\\n  - log');
  },
};
export const chromium = {
  launchPersistentContext: async () => ({ newPage: async () => page, close: async () => undefined }),
};
"""
RESOLVE = """
export const resolve = (name, context, next) =>
  name === '@playwright/test'
    ? { url: new URL('playwright.mjs', import.meta.url).href, shortCircuit: true }
    : next(name, context);
"""
REGISTER = "import { register } from 'node:module';\nregister('./resolve.mjs', import.meta.url);\n"


def bench(*node_options, **environment):
    command = ["node", *node_options, str(BROWSER / "bench.mjs"), "--rounds", "1", "--short"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)
    assert done.returncode == 2, done.stderr
    [sentence] = done.stderr.strip().splitlines()
    return sentence


def test_a_browser_that_cannot_start(tmp_path):
    sentence = bench(HEARTH_CHROMIUM=str(tmp_path / "none"))
    assert sentence.startswith("Chromium could not be started: install Chromium or Chrome, or set HEARTH_CHROMIUM")


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("late", "bench.html was not done within 20 minutes."),
        ("gone", "The browser ended before bench.html was done (Target crashed)."),
    ],
)
def test_a_page_that_gives_up(fails, said, tmp_path):
    for name, text in (("playwright", PLAYWRIGHT), ("resolve", RESOLVE), ("register", REGISTER)):
        (tmp_path / f"{name}.mjs").write_text(text)
    assert bench("--import", str(tmp_path / "register.mjs"), FAILS=fails, HEARTH_CHROMIUM="none") == said


def test_bench_is_listed(capfd, refused):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "bench" in capfd.readouterr().out
    assert "npm run modelc -- bench" in refused("bench")
