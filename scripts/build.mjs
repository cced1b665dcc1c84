/** Builds every package, each after those it depends on, without the telemetry that turbo has. */
import { spawnSync } from 'node:child_process';

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
// Standard output belongs to the program that runs next.
const { status } = spawnSync('turbo run build --output-logs=errors-only', {
  shell: true,
  stdio: ['inherit', 2, 2],
  env,
});
process.exitCode = status ?? 1;
