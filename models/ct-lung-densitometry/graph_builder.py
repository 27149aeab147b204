"""A thin layer over onnx.helper: one call makes one node and gives the name of its output."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A graph, or the body of a Loop, under construction. A body may use any name of its parents."""

    _count = 0

    def __init__(self):
        self.nodes = []
        self.constants = []
        self._known = {}

    @classmethod
    def _fresh(cls, stem):
        cls._count += 1
        return f"{stem}_{cls._count}"

    def op(self, kind, *inputs, outputs=1, **attributes):
        """Adds a node. Inputs that are no names become constants."""
        names = [self._fresh(kind.lower()) for _ in range(outputs)]
        sources = [value if isinstance(value, str) else self.const(value) for value in inputs]
        self.nodes.append(helper.make_node(kind, sources, names, **attributes))
        return names[0] if outputs == 1 else names

    def const(self, value):
        """A constant: Python ints become int64, floats float32, bools bool; arrays keep their type."""
        array = value if isinstance(value, np.ndarray) else _array(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._fresh("const")
            self.constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    # The few expressions that the algorithm is written in.
    def float(self, x):
        return self.op("Cast", x, to=TensorProto.FLOAT)

    def int(self, x):
        return self.op("Cast", x, to=TensorProto.INT64)

    def bool(self, x):
        return self.op("Cast", x, to=TensorProto.BOOL)

    def all_of(self, first, *others):
        for other in others:
            first = self.op("And", first, other)
        return first

    def total(self, x, axes=None, keep=0):
        inputs = [x] if axes is None else [x, np.array(axes, np.int64)]
        return self.op("ReduceSum", *inputs, keepdims=keep)

    def dim(self, x, axis):
        """The size of one axis as int64 [1]."""
        return self.op("Shape", x, start=axis, end=axis + 1)

    def scalar(self, x):
        return self.op("Squeeze", x)

    def row(self, x):
        """A scalar as a vector of one."""
        return self.op("Unsqueeze", x, np.array([0], np.int64))

    def range_of(self, size):
        """0 .. size-1 for an int64 [1]."""
        return self.op("Range", np.array(0, np.int64), self.scalar(size), np.array(1, np.int64))

    def loop(self, trips, condition, state, step, scans=0):
        """
        A Loop. `state` lists the names carried; `step(body, i, *carried)` gives (condition, new state, scans).
        `trips` is an int64 scalar or '' (no limit). Gives the final state, then the stacked scans.
        """
        body = Graph()
        i, go = self._fresh("i"), self._fresh("go")
        carried = [self._fresh("carried") for _ in state]
        go_on, after, stacked = step(body, i, *carried)
        results = [body.op("Identity", value) for value in (go_on, *after, *stacked)]
        untyped = lambda name: helper.make_empty_tensor_value_info(name)
        body_graph = helper.make_graph(
            body.nodes,
            self._fresh("body"),
            [
                helper.make_tensor_value_info(i, TensorProto.INT64, []),
                helper.make_tensor_value_info(go, TensorProto.BOOL, []),
                *(untyped(name) for name in carried),
            ],
            [untyped(name) for name in results],
            body.constants,
        )
        names = [self._fresh("loop") for _ in range(len(state) + scans)]
        self.nodes.append(helper.make_node("Loop", [trips, condition, *state], names, body=body_graph))
        return names

    def always(self):
        return self.const(np.array(True))


def _array(value):
    if isinstance(value, np.generic):
        return np.array(value)
    kind = {bool: np.bool_, int: np.int64, float: np.float32}[type(value)]
    return np.array(value, kind)
