/** Where a command writes: results to stdout, everything else to stderr. */

/** The outside of a command, so that tests can look at it. */
export interface Terminal {
  /** Writes a result: a line on stdout. */
  print(line: string): void;
  /** Writes what a person may want to know: a line on stderr. */
  note(line: string): void;
  /** Where progress bars go, if a person is looking. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Fires when the user presses Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Options that every command has. */
export interface CommonOptions {
  /** JSON on stdout, for machines. */
  readonly json?: true;
}

/** Arguments as one line that a shell reads back as they are. */
export function commandLine(args: readonly string[]): string {
  const quoted = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`));
  return ['kinegraph', ...quoted].join(' ');
}
