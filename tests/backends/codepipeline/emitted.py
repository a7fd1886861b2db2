"""What pipec emits for AWS CodePipeline, from a file or a text."""

import os
import pathlib
import subprocess

PIPEC = os.environ["PIPEC"]
SAMPLE = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"]) / "samples" / "checkout" / "checkout.pipe"


def emit(folder, source=SAMPLE):
    """Compiles `source`, a path or a text, and returns the folder of its pipeline."""
    if isinstance(source, str):
        path = folder / "source.pipe"
        path.write_text(source, encoding="utf-8")
        source = path
    done = subprocess.run([PIPEC, "compile", source, "--target", "codepipeline", "-o", folder / "out"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    pipelines = [path for path in (folder / "out" / "codepipeline").iterdir() if path.is_dir()]
    assert len(pipelines) == 1, pipelines
    return pipelines[0]
