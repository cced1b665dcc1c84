/** Finds an installed Chromium or Chrome, for the tests that run in a browser. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const places = {
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) =>
    ['Chromium', 'Google\\Chrome'].map((vendor) => `${process.env[name]}\\${vendor}\\Application\\chrome.exe`),
  ),
};

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a Chromium: `$KINEGRAPH_CHROMIUM`, else one on PATH, else one in the usual place of macOS or Windows.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env.KINEGRAPH_CHROMIUM;
  if (named) return isExecutable(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => commands.map((command) => join(folder, command)));
  const usual = process.platform === 'darwin' || process.platform === 'win32' ? places[process.platform] : [];
  return [...onPath, ...usual].find(isExecutable);
}
