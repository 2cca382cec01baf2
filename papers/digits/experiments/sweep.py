"""Record the paper's runs: every model, training size and seed that is not recorded yet, on all cores.

python sweep.py [--seeds 20] [--jobs 2]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

import pressrun as pr
import train
from pressrun.errors import SourceNotFoundError


def recorded() -> set[tuple[str, int, int]]:
    """Give the model, size and seed of each finished run that has today's hyperparameters."""
    done: set[tuple[str, int, int]] = set()
    try:
        runs = pr.runs(where="tags.study == 'digits' and status == 'finished'")
    except SourceNotFoundError:
        return done  # nothing was ever recorded here
    for run in runs:
        model, n_train, seed = str(run.config["model"]), int(str(run.config["n_train"])), int(str(run.config["seed"]))
        if all(run.config.get(name) == value for name, value in train.HYPERPARAMETERS.get(model, {}).items()):
            done.add((model, n_train, seed))
    return done


def main() -> None:
    """Read the command line and record what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="seeds for each model and size (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    arguments = parser.parse_args()

    wanted = [(m, n, s) for n in train.SIZES for s in range(arguments.seeds) for m in train.MODELS]
    done = recorded()
    missing = [job for job in wanted if job not in done]
    print(f"{len(wanted)} runs wanted, {len(wanted) - len(missing)} recorded, {len(missing)} to do", flush=True)
    # One thread a process: the models are small, and libraries that spread over all cores get in each other's way.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(train.train, *job) for job in missing]
        for count, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if sys.stdout.isatty():
                print(f"\r{count}/{len(missing)} runs", end="\n" if count == len(missing) else "", flush=True)
            elif count % 20 == 0 or count == len(missing):
                print(f"{count}/{len(missing)} runs", flush=True)


if __name__ == "__main__":
    main()
