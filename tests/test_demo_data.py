"""The data in demos/data is what its README says: the real thing, in full."""

import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

DATA = Path(__file__).parents[1] / "demos" / "data"


def test_the_breast_cancer_data_is_scikit_learns_digit_for_digit() -> None:
    with (DATA / "breast_cancer.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    source = load_breast_cancer()
    assert header == [*(name.replace(" ", "_") for name in source.feature_names), "label"]
    table = np.array(rows, dtype=float)
    assert table.shape == (569, 31)
    np.testing.assert_array_equal(table[:, :-1], source.data)
    np.testing.assert_array_equal(table[:, -1], source.target)


def test_the_readme_counts_the_labels_and_names_the_licence() -> None:
    readme = (DATA / "README.md").read_text()
    target = load_breast_cancer().target
    assert f"1 for benign ({np.sum(target == 1)} rows)" in readme
    assert f"0 for malignant ({np.sum(target == 0)} rows)" in readme
    assert "CC BY 4.0" in readme
