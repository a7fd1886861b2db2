"""The scripts that bring services, artifacts, images and tools to a job."""
import contextlib
import hashlib
import http.server
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import tarfile
import threading
from pathlib import Path

import sandbox
from sandbox import DIGEST, ScriptTest


class Services(ScriptTest):
    """Containers beside a job: docker takes connections before anybody listens in the container, and closes them."""

    def setUp(self):
        super().setUp()
        # On a runner they lie side by side.
        self.scripts = self.folder / "scripts"
        shutil.copytree(sandbox.SCRIPTS, self.scripts)
        shutil.copy(sandbox.SCRIPTS.parents[1] / "common/scripts/port_answers.sh", self.scripts)

    def listener(self, closes):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        connections = []

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.close() if closes else connections.append(connection)
        threading.Thread(target=accept, daemon=True).start()
        return server.getsockname()[1]

    def ready(self, *ports):
        lines = "".join(f"service{i} {port}\n" for i, port in enumerate(ports))
        return self.run_script("services.sh", SERVICES=lines, PIPEC_SERVICE_SECONDS="2")

    def test_a_port_that_stays_open_is_ready(self):
        self.passes(self.ready(self.listener(False), self.listener(False)))

    def test_a_port_that_is_closed_again_is_not(self):
        self.refuses(self.ready(self.listener(False), self.listener(True)), "the port of service1 does not answer after 2 seconds")

    def test_a_port_that_github_does_not_know_is_not(self):
        self.refuses(self.ready(""), "the port of service0 does not answer")


class Artifacts(ScriptTest):
    def write(self, path, text="x", mode=0o644):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def test_files_come_back_at_their_paths_with_their_modes(self):
        self.write("work/out/bin/checkout", mode=0o755)
        self.write("work/out/.hidden")
        self.write("work/out/a b.txt", "spaced")
        self.write("work/infra/service.yaml")
        stored = self.run_script("store_files.sh", cwd=self.folder / "work", NAME="binary", PATHS="out/**\ninfra/service.yaml")
        digest = self.passes(stored).outputs["sha256"]
        output = (self.folder / "output").read_text()
        self.assertIn("path<<PIPEC_END_OF_PATH\nout/**\ninfra/service.yaml\nPIPEC_END_OF_PATH\n", output)
        (self.folder / "other").mkdir()
        self.passes(self.run_script("fetch_files.sh", cwd=self.folder / "other", NAME="binary", SHA256=digest))
        found = {str(p.relative_to(self.folder / "other")) for p in (self.folder / "other").rglob("*") if p.is_file()}
        self.assertEqual(found, {"out/bin/checkout", "out/.hidden", "out/a b.txt", "infra/service.yaml"})
        self.assertTrue((self.folder / "other/out/bin/checkout").stat().st_mode & stat.S_IXUSR)

    def test_parts_of_a_collection_come_back_side_by_side(self):
        (self.folder / "other").mkdir()
        for cell in ("1_25", "1_26"):
            self.write("work/out/made", cell)
            name = f"binary@{cell}"
            stored = self.run_script("store_files.sh", cwd=self.folder / "work", NAME=name, PATHS="out/**")
            digest = self.passes(stored).outputs["sha256"]
            self.passes(self.run_script("fetch_files.sh", cwd=self.folder / "other", NAME=name, SHA256=digest, FOLDER=f"binary/{cell}"))
        found = {str(p.relative_to(self.folder / "other")): p.read_text() for p in (self.folder / "other").rglob("*") if p.is_file()}
        self.assertEqual(found, {"binary/1_25/out/made": "1_25", "binary/1_26/out/made": "1_26"})

    def test_a_pattern_without_files_fails(self):
        self.write("work/out/x")
        self.refuses(self.run_script("store_files.sh", cwd=self.folder / "work", NAME="b", PATHS="out/**\nmissing/*"), "no file missing/*")

    def test_a_path_that_looks_like_an_option_is_a_path(self):
        self.write("work/--checkpoint-action=exec=touch pwned")
        self.passes(self.run_script("store_files.sh", cwd=self.folder / "work", NAME="b", PATHS="*"))
        self.assertFalse((self.folder / "work/pwned").exists())

    def test_another_archive_is_refused(self):
        self.write("work/out/x")
        digest = self.run_script("store_files.sh", cwd=self.folder / "work", NAME="b", PATHS="out/x").outputs["sha256"]
        with tarfile.open(self.folder / "b.tar.gz", "w:gz") as archive:
            archive.add(self.folder / "work/out/x", "evil")
        result = self.run_script("fetch_files.sh", NAME="b", SHA256=digest)
        self.refuses(result, "")
        self.assertFalse((self.folder / "evil").exists())


class Image(ScriptTest):
    registry = "444444444444.dkr.ecr.eu-west-1.amazonaws.com"

    def test_every_attempt_has_a_name_of_its_own(self):
        result = self.run_script("image_name.sh", REGISTRY=self.registry, REPOSITORY="team/checkout", COMMIT="abc", RUN_ID=7, RUN_ATTEMPT=2)
        self.assertEqual(self.passes(result).outputs["uri"], f"{self.registry}/team/checkout:abc-7-2")

    def test_the_digest_comes_from_the_registry(self):
        self.aws({"eu-west-1": {"image": {"id": "imageTag=abc-7-2", "repository": "team/checkout", "digest": DIGEST}}})
        result = self.passes(self.run_script("image_digest.sh", IMAGE=f"{self.registry}/team/checkout:abc-7-2"))
        self.assertEqual(result.outputs, {"digest": DIGEST, "uri": f"{self.registry}/team/checkout@{DIGEST}"})

    def test_an_image_that_was_not_pushed_fails(self):
        self.aws({"eu-west-1": {"image": {"id": "imageTag=other", "repository": "team/checkout", "digest": DIGEST}}})
        result = self.refuses(self.run_script("image_digest.sh", IMAGE=f"{self.registry}/team/checkout:abc-7-2"), "ImageNotFound")
        self.assertEqual(result.outputs, {})

    def test_the_password_goes_in_by_standard_input(self):
        self.passes(self.run_script("registry_login.sh", REGISTRY=self.registry))
        [call] = [json.loads(line) for line in (self.folder / "docker.log").read_text().splitlines()]
        self.assertEqual(call["arguments"], ["login", "--username", "AWS", "--password-stdin", self.registry])
        self.assertEqual(call["input"], "a-password\n")


class Tool(ScriptTest):
    """curl is real; the server is one of this test, with a certificate of its own."""

    def setUp(self):
        super().setUp()
        served = self.folder / "served"
        served.mkdir()
        (served / "program").write_text("#!/bin/sh\necho it works\n")
        with tarfile.open(served / "release.tar.gz", "w:gz") as archive:
            archive.add(served / "program", "release/bin/program")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(self.folder / "key"),
                        "-out", str(self.folder / "certificate"), "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(served))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "certificate", self.folder / "key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.served = served

    def install(self, file, member, digest=None, scheme="https"):
        digest = digest or hashlib.sha256((self.served / file).read_bytes()).hexdigest()
        return self.run_script("install_tool.sh", NAME="program", URL=f"{scheme}://localhost:{self.server.server_port}/{file}",
                               SHA256=digest, MEMBER=member, CURL_CA_BUNDLE=self.folder / "certificate")

    def test_a_program_in_an_archive(self):
        self.passes(self.install("release.tar.gz", "release/bin/program"))
        folder = (self.folder / "path").read_text().strip()
        self.assertEqual(subprocess.run([f"{folder}/program"], capture_output=True, text=True).stdout, "it works\n")

    def test_a_single_program(self):
        self.passes(self.install("program", ""))
        self.assertTrue(os.access(Path((self.folder / "path").read_text().strip()) / "program", os.X_OK))

    def test_another_digest_is_refused(self):
        self.refuses(self.install("program", "", digest="0" * 64), "did NOT match")
        self.assertFalse((self.folder / "path").exists())

    def test_plain_http_is_refused(self):
        self.refuses(self.install("program", "", scheme="http"), "")
        self.assertFalse((self.folder / "path").exists())


if __name__ == "__main__":
    sandbox.main()
