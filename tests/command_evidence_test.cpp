// Command lines, and whether the gate that runs them is believed. Each is run by a pipeline of its own, whose
// capability says of `pytest`, `make` and `trivy` what the standard library says of them.
#include "tests/support/program.h"

#include <ostream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

struct Line {
  // What the gate is: `unit_tests`, `sca`, `sast`; or `own`, of a kind that names no programs.
  std::string kind;
  std::string run;
  // The codes that are found, none when the command is kept.
  std::string found;
  // Other properties of the gate.
  std::string more = {};
};

std::ostream& operator<<(std::ostream& out, const Line& line) { return out << line.run << " " << line.more; }

std::string text_of(const Line& line) {
  const std::string kind = line.kind == "own" ? "capability own: gate { title = \"Own\"  timeout = 5m }"
                                              : fmt::format("import dpra {{ {} }}", line.kind);
  return fmt::format(R"(pipe 1
import "./small.pipe" {{ small }}
{}
pipeline p: small {{
  source app {{ repository = github("acme/app") }}
  stage build {{
    gate g: {} {{
      run = """
        {}
        """
      {}
    }}
  }}
}}
)",
                     kind, line.kind, line.run, line.more);
}

// The codes of the diagnostics, in the order in which they are printed.
std::string codes_of(const std::string& text) {
  std::string codes;
  for (size_t at = text.find("[P"); at != std::string::npos; at = text.find("[P", at + 1))
    codes += (codes.empty() ? "" : " ") + text.substr(at + 1, 5);
  return codes;
}

class CommandLine : public testing::TestWithParam<Line> {};

TEST_P(CommandLine, IsBelievedOrNot) {
  const RunResult result = run({"lint", "p.pipe", "--target", "local"},
                               {{"p.pipe", text_of(GetParam())}, {"small.pipe", small_words()}});
  EXPECT_EQ(codes_of(result.err), GetParam().found) << result.err;
}

const std::string nl = "\n        ";

INSTANTIATE_TEST_SUITE_P(
    Kept, CommandLine,
    testing::Values(
        // Cleaning up before and after decides nothing.
        Line{"unit_tests", "make clean || true" + nl + "make test", ""},
        Line{"unit_tests", "make -j4 clean || true; make test", ""},
        Line{"unit_tests", "pytest" + nl + "pkill server || true", ""},
        Line{"own", "./smoke.sh" + nl + "pkill server || true", ""},
        Line{"own", "./smoke.sh" + nl + "docker rm -f db || true", ""},
        Line{"unit_tests", "npm ci || true; npm test", ""},
        // The status is kept, and ends the script.
        Line{"unit_tests", "set +e; pytest; rc=$?; ./cleanup; exit $rc", ""},
        Line{"unit_tests", "set +e" + nl + "pytest" + nl + "rc=$?" + nl + "./cleanup" + nl + "test $rc -eq 0",
             ""},
        Line{"unit_tests", "set +e; pytest; rc=$?; set -e; ./cleanup; [ \"$rc\" = 0 ]", ""},
        Line{"unit_tests", "set +e; pytest; rc=$?; ./cleanup; if [ $rc -ne 0 ]; then echo bad; exit 1; fi",
             ""},
        Line{"unit_tests", "set +e; pytest; rc=$?; set -e; ./cleanup; (( rc == 0 ))", ""},
        Line{"unit_tests", "set +e; pytest; rc=$?; [[ $rc -eq 0 || $rc -eq 5 ]] || exit 1; echo fine", ""},
        Line{"unit_tests", "rc=0; pytest || rc=$?; ./cleanup; exit \"$rc\"", ""},
        Line{"unit_tests", "pytest || failed=1" + nl + "./cleanup" + nl + "[ -z \"${failed:-}\" ]", ""},
        Line{"unit_tests", "pytest unit || rc=1; pytest e2e || rc=1; exit \"${rc:-0}\"", ""},
        Line{"unit_tests", "rc=0; pytest || rc=$?; case $rc in 0|5) ;; *) exit 1;; esac", ""},
        Line{"unit_tests", "rc=0; pytest || rc=$?; total=$((rc + 0)); exit $total", ""},
        Line{"unit_tests", "set +e; pytest | tee log; exit ${PIPESTATUS[0]}", ""},
        Line{"unit_tests", "pytest | tee log", ""},
        Line{"unit_tests", "set -o pipefail; pytest | tee log", "", "shell = sh"},
        Line{"unit_tests", "pytest || { echo 'tests failed'; exit 1; }", ""},
        Line{"unit_tests", "pytest || { cat log; exit 1; }", ""},
        Line{"unit_tests", "pytest || env RETRY=1 ./run-tests", ""},
        Line{"unit_tests", "set -u -o pipefail -e; pytest", ""},
        Line{"unit_tests", "until pytest; do sleep 1; done", ""},
        Line{"unit_tests", "while ! pytest; do sleep 1; done", ""},
        Line{"unit_tests", "while ! pytest; do for i in 1 2; do break; done; done", ""},
        Line{"unit_tests", "pytest || exit $?", ""}, Line{"unit_tests", "pytest || (echo bad; exit 1)", ""},
        Line{"unit_tests", "if ! pytest; then echo bad >&2; exit 1; fi", ""},
        Line{"unit_tests", "if pytest; then ok=1; else ok=0; fi; test $ok = 1", ""},
        Line{"unit_tests", "cd app && pytest", ""}, Line{"unit_tests", "(cd app && pytest); echo done", ""},
        Line{"unit_tests", "for d in a b; do pytest $d; done", ""},
        Line{"unit_tests", "if [ -d e2e ]; then pytest e2e; else pytest; fi", ""},
        Line{"unit_tests", "case $MODE in all) pytest;; *) pytest unit;; esac", ""},
        Line{"unit_tests", "timeout 5m env CI=1 pytest -q", ""},
        Line{"unit_tests", "pytest --version; pytest", ""},
        Line{"unit_tests", "pytest --collect-only && pytest tests", ""},
        Line{"unit_tests", "out=$(pytest); echo \"$out\"", ""},
        Line{"unit_tests", "pytest & pid=$!; wait $pid", ""},
        Line{"unit_tests", "files=(a b); pytest \"${files[@]}\"", ""},
        Line{"unit_tests", "pytest || exit 1; if [ -n \"$CI\" ]; then exit 0; fi; ./report", ""},
        Line{"unit_tests", "(exit 0); pytest", ""},
        // Flags that are off, and make -k, which fails in the end.
        Line{"unit_tests", "mvn -DskipTests=false verify", ""}, Line{"unit_tests", "mvn clean verify", ""},
        Line{"unit_tests", "make -k test", ""}, Line{"own", "make -j 4 test", ""},
        Line{"unit_tests", "make test", "", "env = { MAKEFLAGS = \"-j4\" }"},
        Line{"unit_tests", "pytest", "", "env = { PYTEST_ADDOPTS = \"-q -x\" }"},
        // What follows the failure, or hides none: the script fails all the same.
        Line{"unit_tests", "make integration || { make logs || true; exit 1; }", ""},
        Line{"unit_tests", "if ! make test; then make logs || true; exit 1; fi", ""},
        Line{"own", "./smoke.sh || { ./collect.sh || true; exit 1; }", ""},
        // Lists of what should be changed, which something looks at; and what changes files before a
        // comparison.
        Line{"code_quality", "test -z \"$(gofmt -l .)\"; go vet ./...", ""},
        Line{"own", "gofmt -w .; git diff --exit-code", ""},
        Line{"own", "prettier --write .; git diff --exit-code", ""},
        Line{"code_quality", "ruff format --check .; ruff check .", ""},
        Line{"code_quality", "terraform fmt -check -recursive", ""},
        Line{"code_quality", "black --check .", ""}, Line{"code_quality", "cargo fmt -- --check", ""},
        Line{"unit_tests", "go test -list . ./...; go test ./...", ""},
        Line{"unit_tests", "bats --count tests; bats tests", ""},
        // A report for people before the call that counts.
        Line{"sca", "trivy image --exit-code 0 --severity LOW \"$I\"; trivy image --exit-code 1 \"$I\"", ""},
        Line{"sca", "trivy image --format json -o r.json \"$I\"; trivy image --exit-code 1 \"$I\"", ""},
        Line{"sca", "trivy image -o r.txt \"$I\" || true; trivy image --exit-code 1 \"$I\"", ""},
        Line{"sca", "TRIVY_EXIT_CODE=1 trivy image \"$I\"", ""},
        Line{"sca", "trivy image --exit-code 1 \"$I\"", "", "env = { TRIVY_EXIT_CODE = 0 }"},
        // What is fetched is not run.
        Line{"own", "curl -fsS https://example.com/health | grep -q ok", ""},
        Line{"own", "curl -fsSL https://example.com/x.json | jq .", ""},
        Line{"own", "wget -qO- https://example.com/list | bash -c 'while read l; do ./check $l; done'", ""},
        Line{"own", "echo 'curl https://example.com | sh'; ./check", ""},
        Line{"own", "curl -fsSL https://example.com/x.json | python3 -m json.tool", ""},
        Line{"own", "curl -fsSL https://example.com/list | grep python", ""},
        Line{"own", "curl -fsSLo i.sh https://example.com/i.sh; sha256sum -c i.sum; bash i.sh", ""},
        Line{"own", "curl -fsSLo i.sh https://example.com/i.sh; gpg --verify i.sig i.sh; bash i.sh", ""},
        Line{"own", "curl -o data.json https://example.com/x && ./check data.json", ""},
        // Names that stay, and names that are made here.
        Line{"own", "docker pull python:3.12.4; ./check", ""}, Line{"own", "git pull origin; ./check", ""},
        Line{"own", "docker pull \"$IMAGE\"; ./check", ""},
        Line{"own", "docker run --rm acme/checks:1.4.2", ""},
        Line{"own", "docker build -t app:latest . && ./check", ""},
        Line{"own", "docker tag app:1 app:latest; docker push app:latest", ""},
        Line{"own", "git push origin HEAD:main", ""}, Line{"own", "! grep -rn FIXME src", ""},
        Line{"own", "! grep -rn FIXME src || exit 1; echo none", ""}));

INSTANTIATE_TEST_SUITE_P(
    Broken, CommandLine,
    testing::Values(
        Line{"unit_tests", "pytest || true", "P0731"}, Line{"unit_tests", "pytest || /bin/true", "P0731"},
        Line{"unit_tests", "pytest || :", "P0731"}, Line{"unit_tests", "pytest || exit 0", "P0731"},
        Line{"unit_tests", "pytest || exit 00", "P0731"},
        Line{"unit_tests", "pytest || cat report.txt", "P0731"},
        Line{"unit_tests", "pytest || { cat log; ls out; }", "P0731"},
        Line{"unit_tests", "set -u +e; pytest; echo done", "P0731"},
        Line{"unit_tests", "until pytest; do break; done", "P0731"},
        Line{"unit_tests", "until pytest; do n=$((n+1)); [ $n -lt 3 ] || break; done", "P0731"},
        Line{"unit_tests", "while pytest; do sleep 1; done", "P0731"},
        Line{"unit_tests", "pytest || echo failed", "P0731"}, Line{"unit_tests", "! pytest", "P0731"},
        Line{"unit_tests", "! pytest || exit 1", "P0731"},
        Line{"unit_tests", "if ! pytest; then echo bad; fi", "P0731"},
        Line{"unit_tests", "if ! pytest; then echo bad; exit 0; fi", "P0731"},
        Line{"unit_tests", "if pytest; then ok=1; else ok=0; fi; echo $ok", "P0731"},
        Line{"unit_tests", "pytest || rc=$?", "P0731"},
        Line{"unit_tests", "pytest || rc=$?; echo \"it said $rc\"", "P0731"},
        Line{"unit_tests", "pytest && echo passed; echo done", "P0731"},
        Line{"unit_tests", "set +e; pytest; echo done", "P0731"},
        Line{"unit_tests", "set +e; pytest; rc=$?; echo $rc; exit 0", "P0731"},
        Line{"unit_tests", "set +e; pytest; set -e; make report", "P0731"},
        Line{"unit_tests", "{ pytest; echo done; } || true", "P0731"},
        Line{"unit_tests", "(pytest) || true", "P0731"},
        Line{"unit_tests", "pytest | tee log || true", "P0731"},
        Line{"unit_tests", "pytest | tee log", "P0731", "shell = sh"},
        Line{"unit_tests", "set +o pipefail; pytest | tee log", "P0731"},
        Line{"unit_tests", "pytest &", "P0731"}, Line{"unit_tests", "pytest & wait", "P0731"},
        Line{"unit_tests", "echo \"$(pytest)\"; make report", "P0731"},
        Line{"unit_tests", "bash -c 'pytest; echo done'", "P0731"},
        Line{"unit_tests", "pytest tests/unit || true; pytest tests/smoke", "P0731"},
        Line{"unit_tests", "make test || true; make report", "P0731"},
        Line{"unit_tests", "trap 'exit 0' EXIT; pytest", "P0731"}, Line{"own", "./smoke.sh || true", "P0731"},
        Line{"own", "mkdir -p out; ./smoke.sh || true", "P0731"},
        Line{"own", "! grep -rn FIXME src; echo done", "P0731"},
        Line{"own", "./smoke.sh && echo fine; echo done", "P0731"},
        Line{"own", "set +e; ./lint.sh; ./test.sh", "P0731"},
        // It never begins, or a condition decides whether it does.
        Line{"unit_tests", "exit 0; pytest", "P0731"}, Line{"unit_tests", "return 0; pytest", "P0731"},
        Line{"unit_tests", "exit 0; pytest; rc=$?; exit $rc", "P0731"}, Line{"own", "exit; ./check", "P0731"},
        Line{"unit_tests", "if [ -n \"$CI_SKIP\" ]; then exit 0; fi; pytest", "P0731"},
        Line{"unit_tests", "[ -z \"$CI_SKIP\" ] || exit 0; pytest", "P0731"},
        Line{"own", "if [ -n \"$CI_SKIP\" ]; then exit 0; fi; ./check", "P0731"},
        Line{"unit_tests", "while true; do pytest && break; done", "P0731"},
        Line{"unit_tests", "for i in 1 2 3; do pytest && break; sleep 1; done", "P0731"},
        // Only another call is heard.
        Line{"unit_tests", "make integration; make coverage || true", "P0731"},
        Line{"unit_tests", "mvn verify; mvn site || true", "P0731"},
        Line{"unit_tests", "pytest; python3 -m coverage html || true", "P0731"},
        Line{"unit_tests", "make up || true; make integration", "P0731"},
        // The end with a failure is not always reached.
        Line{"unit_tests", "pytest || true; exit $rc", "P0731"},
        Line{"unit_tests", "pytest || true; exit 0; exit 1", "P0731"},
        Line{"unit_tests", "for i in 1; do pytest || true; break; exit 1; done", "P0731"},
        Line{"unit_tests", "(pytest || true; exit 1) || true", "P0731"},
        Line{"unit_tests", "bash -c 'pytest || true; exit 1' || true", "P0731"},
        Line{"unit_tests", "pytest || true; [ -n \"$CI\" ] || exit 1", "P0731"},
        // Tests that are listed or counted, and formatters that change files.
        Line{"unit_tests", "go test -list . ./...", "P0730"},
        Line{"unit_tests", "go test -list=. ./...", "P0732"}, Line{"unit_tests", "go test -c ./app", "P0730"},
        Line{"unit_tests", "dotnet test --list-tests", "P0730"},
        Line{"unit_tests", "cargo test -- --list", "P0730"},
        Line{"unit_tests", "bats --count tests", "P0730"}, Line{"unit_tests", "ctest -N", "P0730"},
        Line{"unit_tests", "phpunit --list-tests", "P0730"}, Line{"unit_tests", "rspec --dry-run", "P0730"},
        Line{"code_quality", "gofmt -w .", "P0730"}, Line{"code_quality", "gofmt -l .", "P0730"},
        Line{"code_quality", "prettier --write .", "P0730"}, Line{"code_quality", "ruff format .", "P0733"},
        Line{"code_quality", "terraform fmt", "P0733"}, Line{"code_quality", "black .", "P0733"},
        Line{"code_quality", "cargo fmt", "P0733"},
        // None of the work is done.
        Line{"unit_tests", "tox --notest", "P0730"}, Line{"unit_tests", "pytest --collect-only", "P0732"},
        Line{"unit_tests", "pytest --version", "P0730"},
        Line{"unit_tests", "python3 -m pytest --help", "P0730"}, Line{"unit_tests", "make clean", "P0730"},
        Line{"sca", "trivy version", "P0730"}, Line{"own", "curl --version", "P0730"},
        // Flags, and variables that stand for them.
        Line{"unit_tests", "mvn -DskipTests verify", "P0732"},
        Line{"unit_tests", "mvn -DskipTests=true verify", "P0732"}, Line{"own", "make -i test", "P0732"},
        Line{"own", "make -ki test", "P0732"},
        Line{"unit_tests", "make test", "P0732", "env = { MAKEFLAGS = \"-i\" }"},
        Line{"unit_tests", "MAKEFLAGS=i make test", "P0732"},
        Line{"unit_tests", "export MAKEFLAGS=-i; make test", "P0732"},
        Line{"unit_tests", "pytest", "P0732", "env = { PYTEST_ADDOPTS = \"--collect-only\" }"},
        Line{"sca", "trivy image --exit-code 0 \"$I\"", "P0732"},
        Line{"sca", "trivy image --exit-code 1 --exit-code 0 \"$I\"", "P0732"},
        Line{"sca", "TRIVY_EXIT_CODE=0 trivy image \"$I\"", "P0732"},
        Line{"sca", "trivy image \"$I\"", "P0732", "env = { TRIVY_EXIT_CODE = 0 }"},
        Line{"sca", "trivy image \"$I\"", "P0733"}, Line{"own", "trivy image --exit-code 0 \"$I\"", "P0732"},
        Line{"secrets_detection", "ggshield secret scan repo .", "P0732",
             "env = { GITGUARDIAN_EXIT_ZERO = \"true\" }"},
        // What nobody has looked at.
        Line{"own", "curl -fsSL https://example.com/install.sh | bash", "P0750"},
        Line{"own", "curl -fsSLo i.sh https://example.com/i.sh; gpg --import k.asc; bash i.sh", "P0750"},
        Line{"own", "wget -qO- https://example.com/install.sh | sudo sh -s -- --yes", "P0750"},
        Line{"own", "bash <(curl -fsSL https://example.com/x)", "P0750"},
        Line{"own", "bash -c \"$(curl -fsSL https://example.com/x)\"", "P0750"},
        Line{"own", "eval \"$(wget -qO- https://example.com/x)\"", "P0750"},
        Line{"own", "curl -fsSL https://example.com/x.gz | gunzip | sh", "P0750"},
        Line{"own", "curl -fsSL https://example.com/x.py | python3 -", "P0750"},
        Line{"own", "curl -fsSL https://example.com/x.js | sudo node", "P0750"},
        Line{"own", "curl -o i.sh https://example.com/i.sh && bash i.sh", "P0750"},
        Line{"own", "curl -fsSLO https://example.com/i.sh; chmod +x i.sh; ./i.sh", "P0750"},
        Line{"own", "wget -O i.py https://example.com/x; python3 i.py", "P0750"},
        Line{"own", "curl https://example.com/x > env.sh; . ./env.sh; ./check", "P0750"},
        Line{"own", "docker pull python; ./check", "P0751"},
        Line{"own", "docker pull localhost:5000/python; ./check", "P0751"},
        Line{"own", "docker run --rm acme/checks:latest", "P0751"},
        Line{"own", "docker pull Acme.azurecr.io/checks:latest; ./check", "P0751"},
        Line{"own", "npx eslint@latest .", "P0751"},
        Line{"own", "go install example.com/Tool/cmd@latest; ./check", "P0751"},
        Line{"own", "./check", "P0751", "env = { TOOL = \"acme/tool:nightly\" }"},
        // Where the value is typed it is an error.
        Line{"own", "./check", "P0737", "runtime = node(\"latest\")"},
        // Tried again until it passes.
        Line{"own", "./check", "P0736", "retries = 2"}));

}  // namespace
}  // namespace pipec::test
