"""Trains the forest of the example `sklearn_forest`: `python forest.py` in this folder, with scikit-learn installed.

Every fifth image is for testing, the rest for training; `forest_predictions.csv` has what scikit-learn says of the former: the class, then the
probability of each class.
"""
import gzip

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

with gzip.open("digits.csv.gz", "rt") as file:
    data = np.loadtxt(file, delimiter=",")
images, labels = data[:, :64] / 16, data[:, 64].astype(int)
test = np.arange(len(images)) % 5 == 4
forest = RandomForestClassifier(60, max_depth=9, random_state=0).fit(images[~test], labels[~test])
joblib.dump(forest, "forest.joblib", compress=("xz", 9))
with open("forest_predictions.csv", "w") as file:
    for label, row in zip(forest.predict(images[test]), forest.predict_proba(images[test])):
        file.write(",".join([str(label), *map(repr, map(float, row))]) + "\n")
