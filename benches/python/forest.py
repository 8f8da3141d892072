"""What predicting costs a random forest of 200 trees in scikit-learn, and here, on one core each.

    cd benches && cargo build --release
    python3 -m venv target/venv && target/venv/bin/pip install -r python/requirements.txt
    target/venv/bin/python python/forest.py [rounds]

The forest learns the 1,797 handwritten digits that come with scikit-learn, and predicts all of them. A round is the median of 20 calls in
each program; the programs take turns.
"""

import os

# Before NumPy is loaded: one thread each.
os.environ["OMP_NUM_THREADS"] = "1"

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

RUST = pathlib.Path(__file__).resolve().parent.parent / "target/release/forest"
CALLS = 20


def median_ms(forest, images):
    times = []
    for _ in range(CALLS):
        before = time.process_time()
        forest.predict(images)
        times.append((time.process_time() - before) * 1e3)
    return statistics.median(times)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    images, labels = load_digits(return_X_y=True)
    forest = RandomForestClassifier(200, random_state=0).fit(images, labels)
    with tempfile.TemporaryDirectory() as folder:
        model, rows = os.path.join(folder, "forest.joblib"), os.path.join(folder, "images.npy")
        joblib.dump(forest, model)
        np.save(rows, images)
        ratios, ours, theirs = [], [], []
        for _ in range(rounds):
            theirs.append(median_ms(forest, images))
            output = subprocess.run([RUST, model, rows, str(CALLS)], check=True, capture_output=True, text=True).stdout.split()
            ours.append(float(output[0]))
            ratios.append(ours[-1] / theirs[-1])
            if list(map(int, output[1:])) != forest.predict(images).tolist():
                sys.exit("the predictions differ")
    print(f"200 trees, 1,797 images, one core; scikit-learn {sklearn.__version__}")
    print(f"vellum {statistics.median(ours):.1f} ms, scikit-learn {statistics.median(theirs):.1f} ms, ratio {statistics.median(ratios):.2f}")


main()
