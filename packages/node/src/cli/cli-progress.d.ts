/** The part of cli-progress that the command uses; the package has no types of its own. */
declare module 'cli-progress' {
  interface Options {
    readonly format: string;
    readonly stream: NodeJS.WritableStream;
    readonly barCompleteChar: string;
    readonly barIncompleteChar: string;
    readonly barsize: number;
    readonly hideCursor: boolean;
    readonly clearOnComplete: boolean;
    readonly gracefulExit: boolean;
  }

  class SingleBar {
    constructor(options: Options);
    start(total: number, startValue: number, payload: Record<string, string>): void;
    update(value: number, payload: Record<string, string>): void;
    stop(): void;
  }

  const module: { readonly SingleBar: typeof SingleBar };
  export = module;
}
