"""What pydicom makes of the series of `prelector-phantoms header-mutations`: the numbers that ours must equal.

Usage: header_mutations.py FOLDER FIXTURE [--write]. Reads every series below FOLDER and compares with FIXTURE, or
writes it. A series that pydicom cannot read or measure has no numbers; ours may only refuse it. Voxels of Pixel
Padding Value count as -1024, for which pydicom has no function.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut

OUTSIDE = -1024
GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def frames_of(dataset):
    """Each frame with a data set that states its own attributes."""
    pixels = dataset.pixel_array
    if GROUPS[1] not in dataset:
        yield dataset, pixels
        return
    for index, own in enumerate(dataset[GROUPS[1]].value):
        flat = pydicom.Dataset()
        flat.update({element.tag: element for element in dataset if element.keyword not in GROUPS})
        for groups in (dataset[GROUPS[0]].value[0], own):
            for macro in groups:
                flat.update({element.tag: element for element in macro.value[0]})
        yield flat, pixels[index]


def place(frame):
    """Position along the normal, pixel spacing."""
    orientation = np.array([float(each) for each in frame.ImageOrientationPatient])
    position = np.array([float(each) for each in frame.ImagePositionPatient])
    normal = np.cross(orientation[:3], orientation[3:])
    return float(np.dot(position, normal)), [float(each) for each in frame.PixelSpacing]


def numbers_of(folder):
    slices = []
    for path in sorted(folder.iterdir()):
        for frame, stored in frames_of(pydicom.dcmread(path)):
            if stored.ndim != 2:
                raise ValueError("not one grey picture")
            values = np.asarray(apply_modality_lut(stored, frame), dtype=float)
            if "PixelPaddingValue" in frame and frame.PixelPaddingValue is not None:
                values = np.where(stored == int(frame.PixelPaddingValue), OUTSIDE, values)
            position, spacing = place(frame)
            slices.append((position, spacing, values))
    slices.sort(key=lambda each: each[0])
    volume = np.stack([values for _, _, values in slices])
    distances = np.diff([position for position, _, _ in slices])
    numbers = {
        "mean": float(volume.mean()),
        "least": float(volume.min()),
        "most": float(volume.max()),
        "foot": float(volume[0].mean()),
        "spacing": [float(np.median(distances)), *slices[0][1]],
    }
    if not np.all(np.isfinite([*numbers["spacing"], *[numbers[key] for key in ("mean", "least", "most")]])):
        raise ValueError("not finite")
    return numbers


def measured(folder):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return numbers_of(folder)
    except Exception as error:  # whatever it is: pydicom gives no number
        return {"error": type(error).__name__}


def main(folder, fixture, *options):
    found = {each.name: measured(each) for each in sorted(Path(folder).iterdir())}
    if options == ("--write",):
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in found.items())
        Path(fixture).write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        return
    kept = json.loads(Path(fixture).read_text(encoding="utf-8"))
    differing = [name for name in sorted(found.keys() | kept.keys()) if found.get(name) != kept.get(name)]
    if differing:
        sys.exit(f"{len(differing)} of {len(found)} series differ from the fixture, first {differing[0]}")
    numbers = sum("error" not in value for value in found.values())
    print(f"pydicom: {len(found)} mutated series, {numbers} with numbers, as the tests hold them against ours")


if __name__ == "__main__":
    main(*sys.argv[1:])
