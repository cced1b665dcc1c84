/** `npm test`: installs, builds, checks and tests everything; the last line is `N passed, N failed, N skipped`. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

const report = 'node_modules/.cache/vitest.json';
let stepsFailed = 0;

/**
 * Runs one step under a heading and says how long it took.
 *
 * @param {string} title
 * @param {string} command
 */
function step(title, command) {
  console.log(`\n── ${title}`);
  const start = Date.now();
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  console.log(`   ${status === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return status === 0;
}

/**
 * A step that is not made of tests counts as one failure if it fails.
 *
 * @param {string} title
 * @param {string} command
 */
function check(title, command) {
  const passed = step(title, command);
  if (!passed) stepsFailed++;
  return passed;
}

/** @typedef {{ status: string, assertionResults: { status: string }[] }} TestFile */

/** Counts tests; a file that failed without a failed test (it did not load, say) counts as one. */
function countTests() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  /** @type {TestFile[]} */
  const files = JSON.parse(readFileSync(report, 'utf8')).testResults;
  for (const { status, assertionResults } of files) {
    const failedBefore = total.failed;
    for (const test of assertionResults) {
      if (test.status === 'passed') total.passed++;
      else if (test.status === 'failed') total.failed++;
      else total.skipped++;
    }
    if (status === 'failed' && total.failed === failedBefore) total.failed++;
  }
  return total;
}

function runTests() {
  const browser = check('browser', 'node scripts/setup-browser.mjs');
  check('build', 'npm run --silent build');
  check('lint and format', 'npm run --silent lint');
  check('types', 'npm run --silent types');
  check('dependency and house rules', 'npm run --silent rules');
  check('unused code', 'npm run --silent unused');
  check('packages', 'npm run --silent pack');
  check('docs', 'npm run --silent docs');

  rmSync(report, { force: true });
  const reporters = `--reporter=default --reporter=json --outputFile.json=${report}`;
  const passed = step('tests', `vitest run ${reporters}${browser ? '' : ' "--project=!browser"'}`);
  const total = countTests();
  if (!passed && total.failed === 0) total.failed++;
  return total;
}

let total = { passed: 0, failed: 0, skipped: 0 };
try {
  if (check('install', 'node scripts/install.mjs')) total = runTests();
} catch (error) {
  console.error(error);
  stepsFailed++;
}
total.failed += stepsFailed;
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
