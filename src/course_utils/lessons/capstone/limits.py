"""What an entry is judged by: the shifts, the bounds that no entry may pass, and the tiers that earn points."""

from __future__ import annotations

SIDE = 28  # pixels of an image
CLASSES = 10
SHIFT = 4  # pixels, the most that an image is moved, each way
FLOOR = 0.90  # of the images right: below it neither bytes nor multiply-adds earn a point
ACCURACIES = (0.90, 0.94, 0.96)
BYTES = (40_000, 20_000, 8_000)
MULTIPLY_ADDS = (1_000_000, 400_000, 150_000)
LARGEST_FILE = 100_000  # bytes
MOST_MULTIPLY_ADDS = 2_000_000
MOST_NUMBERS = 500_000  # in all tensors together, for one image
MOST_NODES = 400
OPSETS = range(13, 24)

PRODUCTS = ("Conv", "Gemm", "MatMul", "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul")
SUMS = ("Add", "Sub", "Mul", "AveragePool", "GlobalAveragePool", "ReduceMean")
NOT_COUNTED = (
    *("BatchNormalization", "Cast", "Clip", "Concat", "Constant", "DequantizeLinear", "Flatten", "HardSigmoid"),
    *("HardSwish", "Identity", "LeakyRelu", "MaxPool", "Pad", "QuantizeLinear", "Relu", "Reshape", "Sigmoid"),
    *("Slice", "Split", "Squeeze", "Tanh", "Transpose", "Unsqueeze"),
)
OPERATORS = frozenset((*PRODUCTS, *SUMS, *NOT_COUNTED))
