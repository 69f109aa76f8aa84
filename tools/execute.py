"""Run the notebooks of the book side by side, and keep their outputs while nothing changes that they depend on.

jupyter-cache finds a notebook by its code cells alone; what else decides an output is `stale.py`'s business.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tqdm import tqdm

TIMEOUT = 120  # seconds for one cell


def execute(notebooks, cache_folder):
    """Run the notebooks that are not in the cache, one on each core, and put them there."""
    cache = get_cache(cache_folder)
    waiting = {path: nbformat.read(path, as_version=4) for path in notebooks}
    waiting = {path: notebook for path, notebook in waiting.items() if not _known(cache, notebook)}
    if not waiting:
        return
    longest_first = sorted(waiting, key=lambda path: ("keras" not in path.name, -path.stat().st_size))
    bar = tqdm(total=len(waiting), desc="Running the notebooks", unit="notebook", file=sys.stdout)
    with bar, ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(_run, waiting[path], path.parent): path for path in longest_first}
        for future in as_completed(running):
            path = running[future]
            try:
                notebook, seconds = future.result()
            except CellExecutionError as error:
                pool.shutdown(cancel_futures=True)
                sys.exit(f"\nA cell of {path.name} failed:\n\n{error}\n")
            bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            bar.set_postfix_str(f"{path.stem}: {seconds:.0f} s")
            bar.update()


def _known(cache, notebook):
    try:
        return cache.match_cache_notebook(notebook)
    except KeyError:
        return None


def _run(notebook, folder):
    started = time.monotonic()
    resources = {"metadata": {"path": str(folder)}}
    quiet = ["--log-level=ERROR", "--HistoryManager.hist_file=:memory:"]
    settings = {"kernel_name": "python3", "timeout": TIMEOUT, "extra_arguments": quiet, "resources": resources}
    NotebookClient(notebook, **settings, record_timing=False).execute()  # the times would enter the cache's key
    return notebook, time.monotonic() - started
