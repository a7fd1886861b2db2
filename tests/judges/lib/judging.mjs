// What the judge programs have in common: options, findings, the allow list, output and exit status.
// Needs nothing but Node itself, so that a missing installation is reported and not a stack trace.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

const exitClean = 0;
const exitFindings = 1;
// Wrong use, or a judge that could not run.
const exitUnable = 2;

// The program was called in a way that cannot be what was meant.
export class WrongUse extends Error {}

// Runs a judge program and ends the process.
//   usage    what follows the program's name
//   options  as of node:util's parseArgs; `--allow` and `--help` are added
//   judge    async (positionals, values, report): reports findings; throws when a judge cannot run
export async function runProgram(usage, options, judge) {
  const name = basename(process.argv[1]);
  const report = new Report();
  let status;
  try {
    const { values, positionals } = parse(options);
    if (values.help) {
      return end(exitClean, `usage: ${name} ${usage}\n`);
    }
    if (positionals.length === 0) {
      throw new WrongUse('nothing to judge was named');
    }
    const allowed = (values.allow ?? []).flatMap(readAllowList);
    await judge(positionals, values, report);
    const findings = withoutAllowed(report.sorted(), allowed);
    status = findings.length === 0 ? exitClean : exitFindings;
    return end(status, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
  } catch (error) {
    process.stderr.write(`${name}: ${reason(error)}\n`);
    if (error instanceof WrongUse) {
      process.stderr.write(`usage: ${name} ${usage}\n`);
    }
    return end(exitUnable, '');
  }
}

function parse(options) {
  const common = { allow: { type: 'string', multiple: true }, help: { type: 'boolean' } };
  try {
    return parseArgs({ options: { ...options, ...common }, allowPositionals: true });
  } catch (error) {
    throw new WrongUse(error.message);
  }
}

function reason(error) {
  if (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') {
    return `the judges are not installed (run tests/judges/judges.sh install): ${error.message.split('\n')[0]}`;
  }
  return error instanceof WrongUse ? error.message : error.stack;
}

// A wasm judge keeps the event loop alive, hence the explicit end; only once everything has been written.
function end(status, text) {
  process.stdout.write(text, () => process.exit(status));
}

export class Report {
  #findings = new Map();

  // finding: { judge, rule?, file, line, column, message }; line and column count from 1. Repeats are dropped.
  add({ judge, rule, file, line, column, message }) {
    const finding = { judge, ...(rule ? { rule } : {}), file, line, column, message };
    this.#findings.set(JSON.stringify(finding), finding);
  }

  // A judge that does not take part in this run: loud, but no finding.
  absent(judge, why) {
    process.stderr.write(`judge absent: ${judge} (${why})\n`);
  }

  // For people; neither a finding nor a failure.
  note(text) {
    process.stderr.write(`note: ${text}\n`);
  }

  sorted() {
    return [...this.#findings.values()].sort(
      (a, b) =>
        a.file.localeCompare(b.file, 'en') ||
        a.line - b.line ||
        a.column - b.column ||
        a.judge.localeCompare(b.judge, 'en') ||
        a.message.localeCompare(b.message, 'en'),
    );
  }
}

const allowKeys = { judge: true, rule: false, message: true, file: true, reason: true };

// An allow list: [{ judge, rule?, message, file, reason }], where message and file are regular expressions.
function readAllowList(path) {
  let entries;
  try {
    entries = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new WrongUse(`cannot read the allow list ${path}: ${error.message}`);
  }
  if (!Array.isArray(entries)) {
    throw new WrongUse(`${path}: an allow list is an array`);
  }
  return entries.map((entry, index) => {
    const place = `${path}, entry ${index + 1}`;
    for (const [key, required] of Object.entries(allowKeys)) {
      if ((required || key in entry) && (typeof entry[key] !== 'string' || entry[key].trim() === '')) {
        throw new WrongUse(`${place}: ${key} must be a text that is not empty`);
      }
    }
    const unknown = Object.keys(entry).find((key) => !(key in allowKeys));
    if (unknown) {
      throw new WrongUse(`${place}: unknown key ${unknown}`);
    }
    return {
      path,
      index,
      entry,
      message: pattern(entry.message, place),
      file: pattern(entry.file, place),
      used: false,
    };
  });
}

function pattern(text, place) {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new WrongUse(`${place}: ${error.message}`);
  }
}

// What no entry names; an entry that names nothing is itself a finding, so that the list cannot outlive its reasons.
function withoutAllowed(findings, allowed) {
  const left = findings.filter((finding) => {
    const naming = allowed.filter(
      ({ entry, message, file }) =>
        entry.judge === finding.judge &&
        (entry.rule === undefined || entry.rule === finding.rule) &&
        message.test(finding.message) &&
        file.test(finding.file),
    );
    naming.forEach((entry) => {
      entry.used = true;
    });
    return naming.length === 0;
  });
  const unused = allowed
    .filter(({ used }) => !used)
    .map(({ path, index, entry }) => ({
      judge: 'allow-list',
      file: path,
      line: 1,
      column: 1,
      message: `entry ${index + 1} names no finding, remove it: ${entry.judge}: ${entry.message}`,
    }));
  return [...left, ...unused];
}
