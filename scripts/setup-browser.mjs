/** Makes sure that a Chromium is there: finds one, else installs Debian's, else says which command to run. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from './find-chromium.mjs';

/** @param {string[]} command */
function run([program = '', ...rest]) {
  return spawnSync(program, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** @returns {string[] | undefined} what to put in front of a command to run it as root, if that needs no password */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

function install() {
  const prefix = existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get') ? rootPrefix() : undefined;
  if (!prefix) return;
  console.log('no Chromium found: installing the one of Debian');
  run([...prefix, 'apt-get', 'update', '-qq']);
  run([...prefix, 'apt-get', 'install', '-qq', '-y', '--no-install-recommends', 'chromium']);
}

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const commands = { darwin: 'brew install --cask chromium', win32: 'winget install -e --id Google.Chrome' };

if (process.env.KINEGRAPH_CHROMIUM && !findChromium()) {
  console.error(`KINEGRAPH_CHROMIUM is not a program that can be run: ${process.env.KINEGRAPH_CHROMIUM}`);
  process.exit(1);
}
if (!findChromium()) install();
const found = findChromium();
if (!found) {
  const command = commands[process.platform] ?? 'sudo apt-get install -y chromium';
  console.error(`The browser tests need Chromium. Run: ${command}  (or set KINEGRAPH_CHROMIUM to its path)`);
  process.exit(1);
}
console.log(found);
