/** A progress bar for people; nothing where nobody is looking. */
import cliProgress from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** A bar on the screen. Disposing it clears its line. */
export interface ProgressBar extends Disposable {
  update(done: number, total: number, detail?: string): void;
}

/** Shows a bar under a title from the first update on; silent without a screen. */
export function progressBar({ screen }: Pick<Terminal, 'screen'>, title: string): ProgressBar {
  let bar: InstanceType<typeof cliProgress.SingleBar> | undefined;
  let shownTotal = 0;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update(done, total, detail = '') {
      if (!screen) return;
      if (total !== shownTotal) stop();
      shownTotal = total;
      if (!bar) {
        bar = new cliProgress.SingleBar({
          format: `${title} {bar} {percentage}% {detail}`,
          stream: screen,
          barCompleteChar: '━',
          barIncompleteChar: '·',
          barsize: 28,
          hideCursor: true,
          clearOnComplete: true,
          gracefulExit: false,
        });
        bar.start(total, done, { detail });
      }
      bar.update(done, { detail });
    },
    [Symbol.dispose]: stop,
  };
}
