"""The speed of autograd_mini, side by side with what one would use instead: `python -m benchmarks`.

One thread for everybody, and it has to be said before NumPy is imported.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"
