"""
Makes the test vectors: coarse chests of plain shapes whose truth is counted from the shapes, without noise.

    python vectors/make.py
"""

import json
import re
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SPACING = (4.0, 4.0, 4.0)
SHAPE = (72, 64, 92)
FINER = 4  # points per voxel and axis


def ball(z, y, x, centre, axes):
    return sum(((a - c) / h) ** 2 for a, c, h in zip((z, y, x), centre, axes)) <= 1


def chest(top):
    """HU and lung share of each voxel of the slices below `top` mm; mm, the origin in the lower front right corner."""
    points = [(np.arange(n * FINER) + 0.5) * s / FINER for n, s in zip(SHAPE, SPACING)]
    volumes = []
    for slab in np.split(points[0], SHAPE[0])[: int(top / SPACING[0])]:
        z, y, x = np.meshgrid(slab, *points[1:], indexing="ij")
        lung = ball(z, y, x, (60, 118, 110), (200, 80, 56)) | ball(z, y, x, (60, 118, 258), (200, 80, 56))
        lung &= ~ball(z, y, x, (0, 118, 110), (110, 110, 80)) & ~ball(z, y, x, (0, 118, 258), (110, 110, 80))
        lung &= ~((x - 184) ** 2 + (y - 128) ** 2 < 26**2) & (z > 30)
        hu = np.full(lung.shape, -1000.0)
        hu[((x - 184) / 170) ** 2 + ((y - 118) / 105) ** 2 <= 1] = 40
        hu[lung] = -880
        hu[lung & ball(z, y, x, (160, 110, 100), (22, 22, 22))] = -990
        hu[lung & ball(z, y, x, (190, 118, 270), (15, 15, 15))] = -1000
        hu[((x - 184) ** 2 + (y - 128) ** 2 < 10**2) & (z > 150)] = -1000
        hu[ball(z, y, x, (46, 100, 258), (24, 34, 40))] = -1000
        hu[(y > 232) & (y < 250)] = -930
        volumes.append((hu, lung))
    hu = np.concatenate([v for v, _ in volumes])
    lung = np.concatenate([m for _, m in volumes])
    cells = [n for size in hu.shape for n in (size // FINER, FINER)]
    mean = hu.reshape(cells).mean((1, 3, 5))
    point_ml = np.prod(SPACING) / FINER**3 / 1000
    inside = hu[lung]
    truth = {
        "lung_volume_ml": (inside.size * point_ml, 0.03 * inside.size * point_ml),
        # Voxels of 4 mm on the pleura hold chest wall as well.
        "mean_hu": (inside.mean(), 25),
        "perc15_hu": (np.percentile(inside, 15), 10),
        "laa950_percent": ((inside < -950).mean() * 100, 1),
    }
    return np.round(mean).astype(np.int16), truth


def write(name, description, top, expected):
    volume, truth = chest(top)
    np.save(HERE / f"{name}.npy", volume)
    values = {key: {"value": round(float(v), 2), "tolerance": round(float(t), 2)} for key, (v, t) in (truth | expected).items()}
    vector = {
        "name": name,
        "description": description,
        "inputs": {"volume": {"file": f"{name}.npy"}, "spacing": {"type": "float32", "dims": [3], "data": list(SPACING)}},
        "expected": values,
    }
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", json.dumps(vector, indent=2))
    (HERE / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    none = {"touches_first_slice": (0, 0), "lost_outside_ml": (0, 5), "lung_components": (2, 0)}
    write("whole-chest", "Both lungs with a lesion and a bulla; trachea to the top, gas below, a table.", 288, none | {"touches_last_slice": (0, 0)})
    # The top slice shows 2 pi 80 56 (1 - (138 / 200)^2) mm2 of lung.
    write("cut-apex", "The same, ended 200 mm up: lung on the highest slice.", 200, none | {"touches_last_slice": (14700, 1500)})
