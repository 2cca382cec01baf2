"""Train one classifier on scikit-learn's handwritten digits and record it as a run.

    python train.py --model svm --n-train 300 --seed 7

The seed alone decides which images are for training, validation and test, so runs of different models with the same
seed and size saw the same images and can be compared in pairs.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import pressrun as pr

MODELS = ("logreg", "svm", "forest", "mlp")
SIZES = (100, 300, 1000)
N_TEST, N_VALIDATION = 500, 200
EPOCHS = 60

#: Common values, fixed before the first run and the same at every training size: nothing here was tuned.
HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "logreg": {"C": 1.0, "max_iter": 2000},
    "svm": {"C": 10.0, "gamma": "scale", "kernel": "rbf"},
    "forest": {"n_estimators": 300, "max_features": "sqrt"},
    "mlp": {"hidden": 128, "learning_rate": 0.001, "batch_size": 32, "alpha": 0.0001, "epochs": EPOCHS},
}


@dataclass(frozen=True)
class Split:
    """Pixels in [0, 1] of shape (n, 64), labels 0 to 9, and each image's index in the whole data set."""

    x: np.ndarray
    y: np.ndarray
    index: np.ndarray


def splits(n_train: int, seed: int) -> dict[str, Split]:
    """Draw disjoint, stratified training, validation and test images."""
    digits = load_digits()
    x, y = digits.data / 16.0, digits.target

    def draw(images: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        left, drawn = train_test_split(images, test_size=size, stratify=y[images], random_state=seed)
        return left, drawn

    rest, test = draw(np.arange(len(y)), N_TEST)
    rest, validation = draw(rest, N_VALIDATION)
    _, train = draw(rest, n_train)
    chosen = {"train": train, "validation": validation, "test": test}
    return {name: Split(x[images], y[images], images) for name, images in chosen.items()}


def fit(model: str, data: dict[str, Split], seed: int, run: pr.ActiveRun) -> Any:
    """Fit a model of one family with its fixed hyperparameters."""
    parameters = HYPERPARAMETERS[model]
    train = data["train"]
    if model == "mlp":
        return fit_mlp(data, seed, run)
    if model == "logreg":
        return LogisticRegression(**parameters).fit(train.x, train.y)
    if model == "svm":
        return SVC(**parameters, random_state=seed).fit(train.x, train.y)
    return RandomForestClassifier(**parameters, random_state=seed).fit(train.x, train.y)


def fit_mlp(data: dict[str, Split], seed: int, run: pr.ActiveRun) -> MLPClassifier:
    """Fit the network epoch by epoch, logging its loss and its accuracy on the validation images."""
    parameters = HYPERPARAMETERS["mlp"]
    net = MLPClassifier(
        hidden_layer_sizes=(parameters["hidden"],),
        learning_rate_init=parameters["learning_rate"],
        batch_size=min(parameters["batch_size"], len(data["train"].y)),
        alpha=parameters["alpha"],
        random_state=seed,
    )
    classes = np.arange(10)
    for epoch in range(1, parameters["epochs"] + 1):
        net.partial_fit(data["train"].x, data["train"].y, classes=classes)
        accuracy = accuracy_score(data["validation"].y, net.predict(data["validation"].x))
        run.log({"train/loss": net.loss_, "val/acc": accuracy}, step=epoch)
    return net


def confidence(classifier: Any, x: np.ndarray) -> np.ndarray:
    """Give each prediction's probability, or its margin over the runner-up where a model has no probabilities."""
    if hasattr(classifier, "predict_proba"):
        return np.asarray(classifier.predict_proba(x).max(axis=1))
    scores = np.sort(classifier.decision_function(x), axis=1)
    return np.asarray(scores[:, -1] - scores[:, -2])


def train(model: str, n_train: int, seed: int) -> float:
    """Record one run and give its accuracy on the test images."""
    config = {"model": model, "n_train": n_train, "seed": seed, **HYPERPARAMETERS[model]}
    with pr.start_run(name=f"{model}-{n_train}-{seed}", config=config, tags={"study": "digits"}) as run:
        source = Path(sklearn.__file__).parent / "datasets" / "data" / "digits.csv.gz"
        run.use_data("digits", version="UCI optical digits, test part (1998)", path=source)
        run.use_data("digits/pixels", version="1: intensities divided by 16")
        data = splits(n_train, seed)

        began = time.perf_counter()
        classifier = fit(model, data, seed, run)
        run.summary["fit/seconds"] = time.perf_counter() - began

        test = data["test"]
        began = time.perf_counter()
        predicted = classifier.predict(test.x)
        run.summary["predict/us"] = 1e6 * (time.perf_counter() - began) / len(test.y)
        run.summary["val/acc"] = float(accuracy_score(data["validation"].y, classifier.predict(data["validation"].x)))
        run.summary["train/acc"] = float(accuracy_score(data["train"].y, classifier.predict(data["train"].x)))
        run.summary["test/acc"] = float(accuracy_score(test.y, predicted))
        run.summary["test/macro_f1"] = float(f1_score(test.y, predicted, average="macro"))
        pd.DataFrame(
            {
                "image": test.index,
                "label": test.y,
                "predicted": predicted,
                "confidence": confidence(classifier, test.x),
            }
        ).to_parquet(run.artifact_path("predictions.parquet"), index=False)
        return float(run.summary["test/acc"])


def main() -> None:
    """Read the command line and record one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--n-train", type=int, default=1000, help="training images (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    accuracy = train(arguments.model, arguments.n_train, arguments.seed)
    print(
        f"{arguments.model}, {arguments.n_train} images, seed {arguments.seed}: {accuracy:.4f} of the test images right"
    )


if __name__ == "__main__":
    main()
