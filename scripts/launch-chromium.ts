/** Starts the Chromium of this machine without a window. */
import { type Browser, chromium } from 'playwright';
import { findChromium } from './find-chromium.mjs';

/** A headless Chromium; dispose it when done. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
}
