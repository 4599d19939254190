"""Names for the arrays that the kernel works on."""

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int32]  # day numbers since 1970-01-01
Amounts = npt.NDArray[np.int64]  # fen, or rates in millionths of a percent
Offsets = npt.NDArray[np.int64]  # where each loan's rows begin; one longer than the loans
Codes = npt.NDArray[np.int8]  # members of the enumerations
Counts = npt.NDArray[np.int16]
