"""The layers of the compiler: who may include whom, and the three walls around foreign libraries."""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)

# In the order in which they build on one another.
LAYERS = ["support", "source", "diag", "ast", "parse", "format", "sema", "rules", "report", "expect", "ir", "frontend"]


def sources():
    for folder in ("grammar", "compiler", "backends"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cpp", ".h", ".def"):
                yield path


def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def layer_of(path):
    """`sema` for compiler/sema/…, `grammar` for grammar/…, `backends` for backends/…"""
    parts = pathlib.PurePosixPath(path).parts
    return parts[1] if parts[0] == "compiler" else parts[0]


class Layers(unittest.TestCase):
    def test_there_is_something_to_judge(self):
        self.assertGreater(len(list(sources())), 80)

    def test_no_layer_includes_a_later_one(self):
        for path in sources():
            here = path.relative_to(ROOT).as_posix()
            layer = layer_of(here)
            for included in includes(path):
                if not included.startswith(("compiler/", "backends/")) or included == "compiler/support/version.h":
                    continue
                other = layer_of(included)
                if layer == "driver":
                    continue
                if layer == "backends":
                    self.assertIn(other, ("ir", "diag", "source", "support", "backends"), f"{here} includes {included}")
                    continue
                self.assertIn(other, LAYERS, f"{here} includes {included}")
                self.assertLessEqual(LAYERS.index(other), LAYERS.index(layer), f"{here} includes {included}")

    def test_backends_do_not_include_one_another(self):
        for path in sources():
            here = path.relative_to(ROOT)
            if here.parts[0] != "backends" or len(here.parts) < 3:
                continue
            for included in includes(path):
                parts = pathlib.PurePosixPath(included).parts
                if parts[0] == "backends" and len(parts) > 2:
                    self.assertIn(parts[1], (here.parts[1], "common", "aws"), f"{here} includes {included}")

    def users(self, pattern):
        return [
            path.relative_to(ROOT).as_posix()
            for path in sources()
            if any(re.match(pattern, included) for included in includes(path))
        ]

    def test_antlr_stays_in_the_parser(self):
        users = self.users(r"antlr4-runtime|Pipe(Lexer|Parser)\.h")
        self.assertTrue(users)
        for user in users:
            self.assertTrue(user.startswith("compiler/parse/"), user)
        self.assertNotIn("compiler/parse/parse.h", users)
        self.assertNotIn("compiler/parse/syntax_tokens.h", users)

    def test_llvm_stays_in_the_command_line(self):
        self.assertEqual(self.users(r"llvm/"), ["compiler/driver/cli.cpp"])

    def test_yaml_stays_behind_one_reader_and_one_writer(self):
        self.assertEqual(self.users(r"yaml-cpp"), ["backends/common/yaml.cpp"])
        self.assertEqual(self.users(r"yaml\.h"), ["backends/common/read_yaml.cpp"])


if __name__ == "__main__":
    unittest.main()
