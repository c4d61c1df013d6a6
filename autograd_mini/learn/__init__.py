"""learn: logistic regression as the lecture writes it, data, a small neural network, pictures.

The notation is the lecture's: the m examples are the columns of X, ``X.shape == (n_x, m)``; labels
are ``Y.shape == (1, m)``, each 0 or 1; ``w.shape == (n_x, 1)`` and b is a number.

>>> import numpy as np
>>> import autograd_mini as am
>>> X = np.array([[0.5, 1.5, -1.0], [2.0, -1.0, 0.0]])
>>> Y = np.array([[1, 0, 0]])
>>> history = am.learn.descend(
...     lambda w, b: am.learn.cost(w, b, X, Y), [np.zeros((2, 1)), 0.0], alpha=0.5, iterations=100
... )
>>> w, b = history.variables
>>> am.learn.predict(w, b, X)
array([[1., 0., 0.]])

Read on from here: `logistic.py` (losses, the cost in three forms, its derivatives by hand),
`descent.py` (gradient descent), `datasets.py` (real data), `networks.py` (neurons, layers, an MLP);
`curves.py`, `boundary.py` and `bowl.py` (pictures of what was learnt), `learning.py` (a page
on which it is learnt step by step).
"""

from ..figure.figure import Figure
from ..ops import sigmoid
from .boundary import plot_boundary
from .bowl import plot_bowl, plot_surface
from .curves import plot_cost
from .datasets import breast_cancer, photo_patches, split, standardise
from .descent import History, descend
from .learning import LearningPage, learning_page
from .logistic import (
    accuracy,
    cost,
    cost_by_loops,
    cost_theta,
    cross_entropy,
    cross_entropy_from_z,
    hand_gradients,
    hand_gradients_by_loops,
    predict,
    squared_error,
    yhat,
)
from .networks import MLP, Layer, Module, Neuron

__all__ = [
    "MLP",
    "Figure",
    "History",
    "Layer",
    "LearningPage",
    "Module",
    "Neuron",
    "accuracy",
    "breast_cancer",
    "cost",
    "cost_by_loops",
    "cost_theta",
    "cross_entropy",
    "cross_entropy_from_z",
    "descend",
    "hand_gradients",
    "hand_gradients_by_loops",
    "learning_page",
    "photo_patches",
    "plot_boundary",
    "plot_bowl",
    "plot_cost",
    "plot_surface",
    "predict",
    "sigmoid",
    "split",
    "squared_error",
    "standardise",
    "yhat",
]
