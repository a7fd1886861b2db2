"""The emitted templates of the test pipelines, as plain values."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

import yaml

SOURCE = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
# What is compiled, with options.
PIPELINES = (
    ("samples/checkout/checkout.pipe",),
    ("samples/checkout/checkout.pipe", "--route", "hotfix"),
    ("samples/gitflow/gitflow.pipe",),
    ("samples/platform/cart.pipe",),
    ("tests/backends/codepipeline/everything.pipe",),
    ("tests/support/shared/always.pipe",),
    ("tests/backends/variants.pipe",),
    ("tests/backends/codepipeline/actions.pipe",),
)


class Loader(yaml.SafeLoader):
    """CloudFormation's short forms become mappings: `!Ref X` is {"Ref": "X"}."""


def short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    return {suffix: loader.construct_sequence(node, deep=True)}


Loader.add_multi_constructor("!", short_form)


class Template:
    """One stack: `account`, `region`, `parameters`, `mappings`, `resources`, `outputs`."""

    def __init__(self, folder, stack):
        self.stack = stack
        self.account, self.region = stack["account"], stack["region"]
        document = yaml.load((folder / stack["template"]).read_text(encoding="utf-8"), Loader)
        self.parameters = document.get("Parameters", {})
        self.mappings = document.get("Mappings", {})
        self.resources = document["Resources"]
        self.outputs = document.get("Outputs", {})
        self.document = document

    def of_type(self, kind):
        return {name: resource["Properties"] for name, resource in self.resources.items() if resource["Type"] == kind}

    def nodes(self, node=None):
        """Every value of the template, from the top."""
        node = self.document if node is None else node
        yield node
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            yield from self.nodes(child)

    def buildspec(self, project):
        mapping, key, attribute = project["Source"]["BuildSpec"]["FindInMap"]
        return yaml.safe_load(self.mappings[mapping][key][attribute])


def compile_to(folder, arguments):
    subprocess.run([os.environ["PIPEC"], "compile", *arguments, "--target", "codepipeline", "-o", folder], check=True,
                   cwd=SOURCE, capture_output=True)


class Emitted:
    """All stacks of one pipeline."""

    def __init__(self, arguments):
        with tempfile.TemporaryDirectory(prefix="pipec-test-") as out:
            compile_to(out, arguments)
            folder = next(path for path in pathlib.Path(out, "codepipeline").iterdir() if path.is_dir())
            self.plan = json.loads((folder / "deployment.json").read_text(encoding="utf-8"))
            self.templates = {stack["id"]: Template(folder, stack) for stack in self.plan["stacks"]}
            self.files = {file.name for file in folder.iterdir()}
        self.pipelines_template = self.templates["pipelines"]
        self.pipelines = {properties["Name"]: properties
                          for properties in self.pipelines_template.of_type("AWS::CodePipeline::Pipeline").values()}

    def project(self, action):
        return self.pipelines_template.resources[action["Configuration"]["ProjectName"]["Ref"]]["Properties"]


def all_emitted():
    """(source, emitted) of each test pipeline; compiled once."""
    if not CACHE:
        CACHE.extend((" ".join(arguments), Emitted(arguments)) for arguments in PIPELINES)
    return CACHE


def actions_of(pipeline):
    """(position, stage, action) in the order in which they run; equal positions run together."""
    return [((number, action["RunOrder"]), stage, action)
            for number, stage in enumerate(pipeline["Stages"]) for action in stage["Actions"]]


def provider_of(action):
    return action["ActionTypeId"]["Category"], action["ActionTypeId"]["Provider"]


def variables_in(node):
    """Pairs (namespace, name) of `#{namespace.name}` anywhere in the value."""
    return re.findall(r"#\{([^.}]+)\.([^}]+)\}", json.dumps(node))


CACHE = []
