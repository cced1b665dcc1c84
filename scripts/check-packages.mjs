/** Packs every package as npm would publish it and checks the tarballs; needs a build. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'kinegraph-pack-'));
/** @type {string[]} */
const problems = [];

/** @param {string} command */
function check(command) {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
  if (status !== 0) problems.push(`${command}\n${stdout}${stderr}`);
}

/**
 * A host package shows everything that core shows, to `import` and to `require`.
 *
 * @param {string} name
 */
async function checkHost(name) {
  const core = Object.keys(await import('@kinegraph/core'));
  const hosts = { import: await import(name), require: createRequire(import.meta.url)(name) };
  for (const [way, host] of Object.entries(hosts)) {
    const missing = core.filter((key) => !(key in host));
    if (missing.length > 0) problems.push(`${way} of ${name} does not give ${missing.join(', ')} of @kinegraph/core`);
  }
}

try {
  const names = readdirSync('packages');
  const workspaces = names.flatMap((name) => ['-w', `packages/${name}`]);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...workspaces], { stdio: 'ignore' });
  for (const file of readdirSync(folder)) {
    const tarball = join(folder, file);
    check(`publint run ${tarball} --strict`);
    check(`attw ${tarball} --profile esm-only --no-color --no-emoji`);
  }
  for (const name of names) {
    const { license, exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
    if (license !== 'MIT') problems.push(`packages/${name}: license is ${license}`);
    // A worker's entry starts a worker where it is imported, so it only has to be there.
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json' && entry !== './worker');
    for (const entry of entries) await import(`@kinegraph/${name}${entry.slice(1)}`);
  }
  for (const host of ['@kinegraph/node', '@kinegraph/web']) await checkHost(host);
} catch (error) {
  problems.push(String(error));
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
