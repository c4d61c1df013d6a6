"""`python -m tests.accuracy` prints docs/ACCURACY.md anew, after some minutes."""

from concurrent.futures import ProcessPoolExecutor

from .page import page

ROWS, GRAPHS = 500, 10_000

if __name__ == "__main__":
    with ProcessPoolExecutor() as executor:
        print(page(ROWS, GRAPHS, executor), end="")
