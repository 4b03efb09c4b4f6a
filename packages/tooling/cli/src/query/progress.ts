import yoctoSpinner from 'yocto-spinner';

/** How long a statement may run before something turns. */
const PATIENCE_MS = 500;

/** Tells on a terminal's standard error that work goes on. */
export interface Progress {
  /** So many rows have come. */
  rows(count: number): void;
  stop(): void;
}

/** Begins to turn after a while; never where standard error is no terminal. */
export function startProgress(): Progress {
  if (!process.stderr.isTTY) return { rows() {}, stop() {} };
  const startedAt = performance.now();
  let rows: number | undefined;
  const text = () => {
    const seconds = `${Math.floor((performance.now() - startedAt) / 1000)} s`;
    return rows === undefined ? seconds : `${rows.toLocaleString('en')} rows, ${seconds}`;
  };
  const spinner = yoctoSpinner({ stream: process.stderr, handleSignals: false });
  let ticking: NodeJS.Timeout | undefined;
  const waiting = setTimeout(() => {
    spinner.start(text());
    ticking = setInterval(() => {
      spinner.text = text();
    }, 250);
  }, PATIENCE_MS);
  return {
    rows(count) {
      rows = count;
    },
    stop() {
      clearTimeout(waiting);
      clearInterval(ticking);
      spinner.stop();
    },
  };
}
