/** The process around the command: arguments, streams, signals and the exit code. */
import { run } from './program.ts';

const interrupt = new AbortController();
// Ctrl-C, and what schedulers and containers send before they kill.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // The second time the user means it.
    if (interrupt.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping; once more Ctrl-C stops at once.\n');
    interrupt.abort();
  });
}
// Whoever reads the output may stop early: `kinegraph recognize ... | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  screen: process.stderr.isTTY ? process.stderr : undefined,
  signal: interrupt.signal,
});
