"""Reads the reports of a demo with highdicom and pydicom and compares them with what the demo says they hold.

Usage: check_reports.py DEMO.json (the output of `npm run -s demo -- --json`). Exits 1 at the first difference.
"""

import json
import sys

import highdicom as hd
import pydicom


def code(item):
    return {"value": item.value, "scheme": item.scheme_designator, "meaning": item.meaning}


def measured(report):
    """Every measurement of a TID 1500 report, as the demo prints it."""
    for group in report.content.get_image_measurement_groups():
        for item in group.get_measurements():
            derivation = {"derivation": code(item.derivation)} if item.derivation else {}
            yield {"concept": code(item.name), "value": item.value, "unit": item.unit.value, **derivation}


def texts(item):
    if "TextValue" in item:
        yield item.TextValue
    for child in item.get("ContentSequence", []):
        yield from texts(child)


def require(holds, what):
    if not holds:
        sys.exit(f"differs: {what}")


def main(path):
    with open(path, encoding="utf-8") as file:
        demo = json.load(file)
    files = {each["kind"]: each["file"] for each in demo["evidence"]}
    expected = [
        {key: finding[key] for key in ("concept", "value", "unit", "derivation") if key in finding}
        for run in demo["runs"]
        for finding in run["findings"]
    ]

    report = hd.sr.srread(files["measurement-report"])
    require(isinstance(report.content, hd.sr.MeasurementReport), "highdicom sees a TID 1500 report")
    found = list(measured(report))
    require(len(found) > 0 and found == expected, f"measurements: highdicom {found}, demo {expected}")
    require(report.StudyInstanceUID == demo["study"], "the study of the measurement report")

    companion = pydicom.dcmread(files["text-report"])
    require(companion.StudyInstanceUID == demo["study"], "the study of the text report")
    require(companion.VerificationFlag == "UNVERIFIED", "the text report is unverified")
    require(companion.SeriesInstanceUID != report.SeriesInstanceUID, "one kind per series")
    words = "\n".join(texts(companion))
    require("AI, NOT REVIEWED" in words, "the text report says what it is")
    for each in expected:
        require(f'{each["value"]:g} ' in words, f'the text report says {each["value"]}')

    evidence = {
        instance.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    print(f"highdicom: {len(found)} measurements equal, {len(evidence)} images referenced; pydicom: text report read")


if __name__ == "__main__":
    main(sys.argv[1])
