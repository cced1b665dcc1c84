/**
 * `node scripts/complete-lock.mjs`: adds to package-lock.json the optional packages of other platforms that a registry mirror does not
 * list. npm leaves them out of the lock it writes, and then refuses it in `npm ci`. To be run after a change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const systems = { windows: 'win32' };
const knownSystems = /^(android|darwin|linux|win32|windows|freebsd|openbsd|netbsd|openharmony|sunos|aix)$/;
const processors = { aarch64: 'arm64', 64: 'x64', armv7: 'arm' };
const knownProcessors = /^(arm64|aarch64|x64|64|armv7|arm|ppc64|riscv64|s390x|loong64|ia32)$/;

/** @typedef {{ version?: string, dev?: boolean, license?: string, optionalDependencies?: Record<string, string> }} Entry */

/**
 * What the name of a platform package says, such as `@esbuild/linux-x64`.
 *
 * @param {string} name
 */
function platformOf(name) {
  const parts = (name.split('/').at(-1) ?? '').split('-');
  const os = parts.find((part) => knownSystems.test(part));
  const cpu = parts.find((part) => knownProcessors.test(part));
  const last = parts.at(-1) ?? '';
  const libc = last.startsWith('musl') ? ['musl'] : last.startsWith('gnu') ? ['glibc'] : undefined;
  return {
    os: os && [Object.hasOwn(systems, os) ? systems[/** @type {'windows'} */ (os)] : os],
    cpu: cpu && [Object.hasOwn(processors, cpu) ? processors[/** @type {'64'} */ (cpu)] : cpu],
    libc: os === 'linux' ? libc : undefined,
  };
}

const lock = JSON.parse(readFileSync(file, 'utf8'));
/** @type {Record<string, Entry>} */
const packages = lock.packages;
const added = Object.entries(packages).flatMap(([path, { dev, license, optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies).flatMap(([name, version]) => {
    const place = `node_modules/${name}`;
    if (packages[`${path}/${place}`]?.version || packages[place]?.version) return [];
    const { os, cpu, libc } = platformOf(name);
    if (!/^\d+\.\d+\.\d+$/.test(version) || !os || !cpu) return [];
    return [[place, { version, cpu, ...(dev && { dev }), ...(libc && { libc }), license, optional: true, os }]];
  }),
);
const all = { ...packages, ...Object.fromEntries(added) };
lock.packages = Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added`);
