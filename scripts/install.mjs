/** Installs what package-lock.json says, unless it is there already. Runs on any Node that npm runs on. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean, link?: boolean }> }} Lock */

/**
 * @param {string} path
 * @returns {Lock}
 */
const readLock = (path) => JSON.parse(readFileSync(path, 'utf8'));

function isInstalled() {
  try {
    const installed = readLock('node_modules/.package-lock.json').packages;
    return Object.entries(readLock('package-lock.json').packages).every(
      ([path, { version, optional, link }]) =>
        !path.includes('node_modules/') || optional || link || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}

if (!isInstalled()) {
  // onnxruntime-node's script only downloads CUDA; npm before 11 does not read allowScripts.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Standard output belongs to the program that runs next.
  const { status } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', {
    shell: true,
    stdio: ['inherit', 2, 2],
    env,
  });
  process.exit(status ?? 1);
}
