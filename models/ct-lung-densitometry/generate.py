"""
Makes model.onnx: lung densitometry of a chest CT, written as an ONNX graph. MODEL-CARD.md explains the method
and names its sources. The same versions of the requirements give the same bytes.

    python generate.py [FILE]          (default: model.onnx beside this file)

Grids: the volume as given ("full"), a fine one of about 2 mm for the airways, a coarse one of about 4 mm for
everything else. Axes are Z (feet to head), Y (front to back), X (patient's right to left). Masks are float 0/1.
"""

import sys

# The folder is a model package, pinned by the digest of all its files: leave nothing else in it.
sys.dont_write_bytecode = True

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from graph_builder import Graph

VERSION = "1.0.0"

FINE_MM, COARSE_MM = 2.0, 4.0
AIR_HU = -600.0  # mean of a coarse cell: more than 60 % lung, or half gas
LUNG_HU = -500.0  # a voxel of aerated lung, at full resolution
LUMEN_HU = -930.0  # mean of a fine cell wholly inside a large airway
EMPHYSEMA_HU = -950
LOWEST_HU = -1024

CORE_CELLS = 4  # erosions after which only the body, never a table or a blanket, is left
OUTSIDE_STEPS = 24  # cells that outside air may climb along the body: pockets yes, a trachea no
APEX_MM2 = 1500.0  # lung area on a slice that counts as lung, not as trachea alone
TRACHEA_MM2 = (50.0, 700.0)
MIDLINE_MM = 45.0
AIRWAY_MM2 = 900.0  # more than trachea or both main bronchi ever show on one slice: a leak
AIRWAY_STEPS = 6  # cells that an airway may move sideways from slice to slice
SEED_SLICES = 24
COMPONENT_ML = 30.0
PARENCHYMA_HU = (-920.0, -600.0)  # coarse cells of lung, hardly ever of foam or cloth
APEX_SPREAD_MM = 40.0


# Shapes and grids


def grid_factors(g, spacing, sizes, target):
    """How many voxels of each axis make one cell of about `target` mm: int64 [3], 1 to the axis' size."""
    wanted = g.int(g.op("Round", g.op("Div", target, spacing)))
    return g.op("Min", g.op("Max", wanted, 1), sizes)


def cells_of(g, sizes, factors):
    return g.op("Div", sizes, factors)


def pick(g, vector, axis):
    """One entry of an int64 vector as int64 [1]."""
    return g.op("Gather", vector, np.array([axis], np.int64))


def interleaved(g, cells, factors, axes):
    """The shape [n0, f0, n1, f1, ...] that splits each axis into cells."""
    return g.op("Concat", *(part for a in axes for part in (pick(g, cells, a), pick(g, factors, a))), axis=0)


def cropped(g, x, cells, factors):
    return g.op("Slice", x, np.zeros(3, np.int64), g.op("Mul", cells, factors), np.arange(3))


def reduced(g, x, cells, factors, how):
    """A grid brought down by whole cells: `how` is ReduceMean or ReduceMax."""
    split = g.op("Reshape", cropped(g, x, cells, factors), interleaved(g, cells, factors, range(3)))
    return g.op(how, split, np.array([1, 3, 5]), keepdims=0)


def lookup(g, size, factor, cells):
    """For each index of a finer axis, the index of the cell that holds it."""
    return g.op("Min", g.op("Div", g.range_of(size), factor), g.op("Sub", cells, 1))


def fine_grid(g, volume, cells, factors):
    """Mean HU of each fine cell; one slab of slices is in memory at a time."""
    depth = pick(g, factors, 0)
    plane = g.op("Concat", depth, *(g.op("Mul", pick(g, cells, a), pick(g, factors, a)) for a in (1, 2)), axis=0)

    def step(b, i):
        start = b.op("Mul", b.row(i), depth)
        begin = b.op("Concat", start, np.zeros(2, np.int64), axis=0)
        slab = b.op("Slice", volume, begin, b.op("Add", begin, plane), np.arange(3))
        values = b.op("Clip", b.float(slab), float(LOWEST_HU), 600.0)
        split = b.op("Reshape", values, b.op("Concat", depth, interleaved(b, cells, factors, (1, 2)), axis=0))
        return b.always(), [], [b.op("ReduceMean", split, np.array([0, 2, 4]), keepdims=0)]

    return g.loop(g.scalar(pick(g, cells, 0)), "", [], step, scans=1)[0]


# Morphology on [Z, Y, X] float masks


def pooled(g, x, axes):
    """One dilation by one cell along each of the axes: six neighbours for all three, four for Y and X."""
    batched = g.op("Unsqueeze", x, np.array([0, 1]))
    views = []
    for axis in axes:
        kernel = [3 if a == axis else 1 for a in range(3)]
        pads = [1 if a == axis else 0 for a in range(3)]
        views.append(g.op("MaxPool", batched, kernel_shape=kernel, pads=pads * 2))
    return g.op("Squeeze", g.op("Max", *views), np.array([0, 1]))


def dilated(g, x):
    return pooled(g, x, (0, 1, 2))


def complement(g, x):
    return g.op("Sub", 1.0, x)


def eroded(g, x):
    return complement(g, dilated(g, complement(g, x)))


def grown(g, seed, within, axes=(0, 1, 2), trips=""):
    """Grows `seed` through `within` until nothing changes, or for so many steps."""
    limit = g.const(trips) if isinstance(trips, int) else ""

    def step(b, i, mask, count):
        after = b.op("Mul", pooled(b, mask, axes), within)
        size = b.total(after)
        return b.op("Greater", size, count), [after, size], []

    start = g.op("Mul", seed, within)
    return g.loop(limit, g.always(), [start, g.total(start)], step)[0]


def labelled(g, mask, axes=(0, 1, 2)):
    """Gives each connected part of a mask a number of its own, the highest index of its cells plus one."""
    shape = g.op("Shape", mask)
    indices = g.op("Add", g.range_of(g.op("ReduceProd", shape, keepdims=1)), 1)
    start = g.op("Mul", g.float(g.op("Reshape", indices, shape)), mask)

    def step(b, i, labels, checksum):
        after = b.op("Mul", pooled(b, labels, axes), mask)
        total = b.total(b.op("Cast", after, to=TensorProto.DOUBLE))
        return b.op("Greater", total, checksum), [after, total], []

    first = g.total(g.op("Cast", start, to=TensorProto.DOUBLE))
    return g.int(g.loop("", g.always(), [start, first], step)[0])


def by_label(g, labels, values, how="add"):
    """Sums, or maxima, of the values over each label: float [cells + 1]; label 0 is the background."""
    flat = g.op("Reshape", labels, np.array([-1]))
    length = g.op("Add", g.dim(flat, 0), 1)
    zeros = g.op("Expand", np.float32(0).reshape(1), length)
    data = g.op("Reshape", g.op("Expand", values, g.op("Shape", labels)), np.array([-1]))
    return g.op("ScatterElements", zeros, flat, data, axis=0, reduction=how)


def along(g, size, axis):
    """The index along an axis of [Z, Y, X], as float broadcastable to it."""
    others = [a for a in range(3) if a != axis]
    return g.op("Unsqueeze", g.float(g.range_of(size)), np.array(others))


# The steps


def body_and_outside(g, mean):
    """Body: tissue joined to something thick. Outside: from the in-plane borders through all else."""
    tissue = g.float(g.op("GreaterOrEqual", mean, AIR_HU))
    core = tissue
    for _ in range(CORE_CELLS):
        core = eroded(g, core)
    body = grown(g, core, tissue)
    free = complement(g, body)
    edges = []
    for axis in (1, 2):
        size = g.dim(mean, axis)
        index = along(g, size, axis)
        edges += [g.op("Less", index, 0.5), g.op("Greater", index, g.op("Sub", g.float(size), 1.5))]
    border = g.float(g.op("Or", g.op("Or", edges[0], edges[1]), g.op("Or", edges[2], edges[3])))
    flat = grown(g, border, free, axes=(1, 2))
    return body, grown(g, flat, free, trips=OUTSIDE_STEPS)


def apex_slice(g, air, cell_mm2):
    """The highest coarse slice of the run of slices with much air inside that holds the largest one."""
    area = g.op("Mul", g.total(air, (1, 2)), cell_mm2)
    depth = g.dim(air, 0)
    z = g.range_of(depth)
    widest = g.op("ArgMax", area, axis=0, keepdims=1)
    ends = g.all_of(g.op("Less", area, APEX_MM2), g.op("Greater", z, widest))
    first_end = g.op("ReduceMin", g.op("Where", ends, z, depth), keepdims=1)
    return g.op("Sub", first_end, 1)


def trachea_seed(g, lumen, start, midline, spacing):
    """
    Looks for the trachea on the slice of the apices and on those below: a lumen of its size near the midline.
    Gives the slice's index [1] and the mask [1, Y, X], empty where none was found.
    """
    cell = g.op("Mul", pick(g, spacing, 1), pick(g, spacing, 2))

    def step(b, i, z, mask):
        z = b.op("Max", b.op("Sub", start, b.row(i)), 0)
        plane = b.op("Gather", lumen, z, axis=0)
        labels = labelled(b, plane, axes=(1, 2))
        count = by_label(b, labels, 1.0)
        area = b.op("Mul", count, cell)
        x = b.op("Mul", along(b, b.dim(plane, 2), 2), pick(b, spacing, 2))
        centre = b.op("Div", by_label(b, labels, x), b.op("Max", count, 1.0))
        away = b.op("Abs", b.op("Sub", centre, midline))
        fits = b.all_of(
            b.op("Greater", area, TRACHEA_MM2[0]),
            b.op("Less", area, TRACHEA_MM2[1]),
            b.op("Less", away, MIDLINE_MM),
        )
        penalty = b.op("Where", fits, away, 1e9)
        # Label 0 is the background, never a candidate.
        best = b.op("Add", b.op("ArgMin", b.op("Slice", penalty, np.array([1]), np.array([2**62])), axis=0, keepdims=1), 1)
        found = b.op("Less", b.op("Gather", penalty, best), 1e8)
        mask = b.op("Mul", b.float(b.op("Equal", labels, best)), b.float(found))
        return b.scalar(b.op("Not", found)), [z, mask], []

    empty = g.op("Mul", g.op("Gather", lumen, np.array([0]), axis=0), 0.0)
    z, mask = g.loop(g.const(SEED_SLICES), g.always(), [start, empty], step)
    return z, mask


def tracked(g, lumen, seed, start, direction, count, cell_mm2):
    """
    Follows an airway slice by slice, as Hu et al. (2001) follow the trachea. On each slice it is the lumen
    joined to what the neighbouring slice had; where that would be more than an airway, it has leaked, and only
    the part that lay under the neighbour's is kept. Gives the masks stacked in the order they were found.
    """

    def step(b, i, previous):
        z = b.op("Add", start, b.op("Mul", b.row(i), direction))
        plane = b.op("Gather", lumen, z, axis=0)
        straight = b.op("Mul", previous, plane)
        wide = straight
        for _ in range(AIRWAY_STEPS):
            wide = b.op("Mul", pooled(b, wide, (1, 2)), plane)
        leaks = b.op("Greater", b.op("Mul", b.total(wide), cell_mm2), AIRWAY_MM2)
        mask = b.op("Where", leaks, straight, wide)
        return b.always(), [mask], [b.op("Squeeze", mask, np.array([0]))]

    return g.loop(g.scalar(count), "", [seed], step, scans=1)[1]


def airways(g, lumen, apex, midline, spacing):
    """Trachea and main bronchi on the fine grid."""
    depth = g.dim(lumen, 0)
    cell = g.op("Mul", pick(g, spacing, 1), pick(g, spacing, 2))
    z, seed = trachea_seed(g, lumen, g.op("Min", apex, g.op("Sub", depth, 1)), midline, spacing)
    down = tracked(g, lumen, seed, z, -1, g.op("Add", z, 1), cell)
    up = tracked(g, lumen, seed, z, 1, g.op("Sub", depth, z), cell)
    # Both hold the seed's slice, each as its first.
    below = g.op("Slice", down, np.array([-1]), np.array([-(2**62)]), np.array([0]), np.array([-1]))
    above = g.op("Slice", up, np.array([1]), np.array([2**62]), np.array([0]))
    return g.op("Concat", below, above, axis=0)


def lungs(g, air, spacing):
    """
    The connected parts of the air inside the body that are lung: the largest, and every other of some size
    whose top lies in the upper half of the largest one's height. Gas of stomach and bowel lies below that.
    """
    labels = labelled(g, air)
    millilitres = g.op("Mul", by_label(g, labels, 1.0), g.op("Div", g.op("ReduceProd", spacing, keepdims=0), 1000.0))
    millilitres = g.op("Concat", np.zeros(1, np.float32), g.op("Slice", millilitres, np.array([1]), np.array([2**62])), axis=0)
    z = along(g, g.dim(air, 0), 0)
    top = by_label(g, labels, z, "max")
    largest = g.op("ArgMax", millilitres, axis=0, keepdims=1)
    inside = g.op("Equal", labels, largest)
    high = g.op("Gather", top, largest)
    low = g.op("ReduceMin", g.op("Where", inside, z, 1e9), keepdims=1)
    low = g.op("Reshape", low, np.array([1]))
    middle = g.op("Mul", g.op("Add", low, high), 0.5)
    spread = g.op("Div", np.float32([APEX_SPREAD_MM]), pick(g, spacing, 0))
    chosen = g.all_of(
        g.op("GreaterOrEqual", millilitres, COMPONENT_ML),
        g.op("GreaterOrEqual", top, middle),
        g.op("LessOrEqual", top, g.op("Add", high, spread)),
    )
    mask = g.op("Mul", g.op("Gather", g.float(chosen), labels), air)
    return mask, g.total(g.int(chosen))


def lost_outside(g, mean, outside, spacing):
    """Millilitres of what looks like lung, in depth, but was reached from an in-plane border: lung cut off there."""
    between = g.all_of(g.op("Greater", mean, PARENCHYMA_HU[0]), g.op("Less", mean, PARENCHYMA_HU[1]), g.bool(outside))
    deep = eroded(g, eroded(g, g.float(between)))
    return g.op("Mul", g.total(deep), g.op("Div", g.op("ReduceProd", spacing, keepdims=0), 1000.0))


def measured(g, volume, region, region_z, region_yx, airway, airway_z, airway_yx):
    """Slice by slice at full resolution: histogram, lung and airway voxels of each slice, and the mask."""
    bins = int(LUNG_HU) - LOWEST_HU

    def whole(b, grid, rows, columns, z):
        return b.op("Gather", b.op("Gather", b.op("Gather", grid, z, axis=0), rows, axis=0), columns, axis=1)

    def step(b, i, histogram):
        hu = b.op("Gather", volume, i, axis=0)
        air = b.op("Less", b.float(hu), LUNG_HU)
        tube = whole(b, airway, *airway_yx, b.op("Gather", airway_z, i))
        near = whole(b, region, *region_yx, b.op("Gather", region_z, i))
        lung = b.all_of(air, near, b.op("Not", tube))
        lumen = b.all_of(air, tube)
        values = b.op("Compress", b.op("Reshape", hu, np.array([-1])), b.op("Reshape", lung, np.array([-1])), axis=0)
        index = b.op("Sub", b.op("Max", b.int(values), LOWEST_HU), LOWEST_HU)
        ones = b.op("Expand", np.array([1], np.int64), b.op("Shape", index))
        histogram = b.op("ScatterElements", histogram, index, ones, axis=0, reduction="add")
        return b.always(), [histogram], [
            b.total(b.int(lung)),
            b.total(b.int(lumen)),
            b.op("Cast", lung, to=TensorProto.UINT8),
        ]

    empty = np.zeros(bins, np.int64)
    return g.loop(g.scalar(g.dim(volume, 0)), "", [g.const(empty)], step, scans=3)


def densities(g, histogram):
    """Mean, 15th percentile and share below -950 HU of the histogram; not a number where there is no lung."""
    hu = g.const(np.arange(LOWEST_HU, int(LUNG_HU)).astype(np.float64))
    counts = g.op("Cast", histogram, to=TensorProto.DOUBLE)
    n = g.op("ReduceSum", counts, keepdims=1)
    mean = g.op("Div", g.op("ReduceSum", g.op("Mul", counts, hu), keepdims=1), n)
    running = g.op("CumSum", counts, 0)
    below = g.total(g.int(g.op("Less", running, g.op("Mul", n, np.array([0.15])))), (0,), keep=1)
    perc15 = g.op("Where", g.op("Greater", n, np.zeros(1)), g.op("Gather", hu, below), np.array([np.nan]))
    low = g.op("ReduceSum", g.op("Slice", counts, np.array([0]), np.array([EMPHYSEMA_HU - LOWEST_HU])), keepdims=1)
    laa = g.op("Mul", g.op("Div", low, n), np.array([100.0]))
    return mean, perc15, laa


def build():
    g = Graph()
    volume, spacing = "volume", "spacing"
    sizes = g.op("Shape", volume)

    fine_f = grid_factors(g, spacing, sizes, FINE_MM)
    fine_n = cells_of(g, sizes, fine_f)
    fine_mm = g.op("Mul", spacing, g.float(fine_f))
    coarse_f = grid_factors(g, fine_mm, fine_n, COARSE_MM)
    coarse_n = cells_of(g, fine_n, coarse_f)
    coarse_mm = g.op("Mul", fine_mm, g.float(coarse_f))

    fine = fine_grid(g, volume, fine_n, fine_f)
    coarse = reduced(g, fine, coarse_n, coarse_f, "ReduceMean")
    body, outside = body_and_outside(g, coarse)
    inside = g.op("Mul", complement(g, body), complement(g, outside))

    mm2 = g.op("Mul", pick(g, coarse_mm, 1), pick(g, coarse_mm, 2))
    apex = g.op("Mul", apex_slice(g, inside, mm2), pick(g, coarse_f, 0))
    x = g.op("Mul", along(g, g.dim(body, 2), 2), pick(g, coarse_mm, 2))
    midline = g.op("Div", g.total(g.op("Mul", body, x)), g.op("Max", g.total(body), 1.0))
    to_fine = [lookup(g, pick(g, fine_n, a), pick(g, coarse_f, a), pick(g, coarse_n, a)) for a in range(3)]
    fine_inside = dilated(g, inside)
    for axis in range(3):
        fine_inside = g.op("Gather", fine_inside, to_fine[axis], axis=axis)
    lumen = g.op("Mul", g.float(g.op("Less", fine, LUMEN_HU)), fine_inside)
    # One fine cell more, for the rim of the lumen and the wall.
    airway = dilated(g, airways(g, lumen, apex, midline, fine_mm))

    air = g.op("Mul", inside, complement(g, reduced(g, airway, coarse_n, coarse_f, "ReduceMax")))
    lung, components = lungs(g, air, coarse_mm)
    # The rim of the lungs is in cells that are mostly wall; a cell beside other air is not the lungs' to take.
    other = g.op("Max", outside, g.op("Sub", air, lung))
    region = g.op("Max", lung, g.op("Mul", dilated(g, lung), complement(g, dilated(g, other))))

    def full(cells, factors):
        return [lookup(g, pick(g, sizes, a), pick(g, factors, a), pick(g, cells, a)) for a in range(3)]

    region_at = full(coarse_n, g.op("Mul", fine_f, coarse_f))
    airway_at = full(fine_n, fine_f)
    histogram, lung_counts, airway_counts, mask = measured(
        g, volume, g.bool(region), region_at[0], region_at[1:], g.bool(airway), airway_at[0], airway_at[1:]
    )

    mean, perc15, laa = densities(g, histogram)
    voxel_ml = g.op("Div", g.op("ReduceProd", spacing, keepdims=1), 1000.0)
    pixel_mm2 = g.op("Mul", pick(g, spacing, 1), pick(g, spacing, 2))
    millilitres = lambda counts: g.op("Mul", g.float(g.total(counts, (0,), keep=1)), voxel_ml)
    area_at = lambda at: g.op("Mul", g.float(g.op("Gather", lung_counts, np.array([at]))), pixel_mm2)
    outputs = {
        "lung_volume_ml": g.scalar(millilitres(lung_counts)),
        "mean_hu": g.scalar(g.float(mean)),
        "perc15_hu": g.scalar(g.float(perc15)),
        "laa950_percent": g.scalar(g.float(laa)),
        "touches_first_slice": g.scalar(area_at(0)),
        "touches_last_slice": g.scalar(area_at(-1)),
        "airway_volume_ml": g.scalar(millilitres(airway_counts)),
        "lost_outside_ml": lost_outside(g, coarse, outside, coarse_mm),
        "lung_components": components,
        "lung_mask": mask,
    }
    return g, outputs


def model():
    g, outputs = build()
    values = []
    for name, source in outputs.items():
        g.nodes.append(helper.make_node("Identity", [source], [name]))
        kind = {"lung_components": TensorProto.INT64, "lung_mask": TensorProto.UINT8}.get(name, TensorProto.FLOAT)
        values.append(helper.make_tensor_value_info(name, kind, ["Z", "Y", "X"] if name == "lung_mask" else []))
    graph = helper.make_graph(
        g.nodes,
        "ct-lung-densitometry",
        [
            helper.make_tensor_value_info("volume", TensorProto.INT16, ["Z", "Y", "X"]),
            helper.make_tensor_value_info("spacing", TensorProto.FLOAT, [3]),
        ],
        values,
        g.constants,
        doc_string="Lung volume and density of a chest CT. Not a medical device; not cleared for diagnosis.",
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="prelector", producer_version=VERSION)
    made.ir_version = 9
    onnx.checker.check_model(made)
    return made


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("model.onnx")
    target.write_bytes(model().SerializeToString(deterministic=True))
    print(f"{target}: {target.stat().st_size} bytes")
