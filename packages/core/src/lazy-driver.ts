import type { ValueOptions } from '@sqlport/dialect';
import { ConnectorError } from './errors.ts';
import type { Adapter } from './spi/adapter.ts';
import type { Driver } from './spi/driver.ts';

/** Opens the adapter's driver at the first use, once for any number of callers; a failed opening is tried again at the next use. */
export class LazyDriver {
  readonly #adapter: Adapter;
  readonly #values: ValueOptions;
  readonly #closing = new AbortController();
  #opening: Promise<Driver> | undefined;
  #opened: Driver | undefined;

  constructor(adapter: Adapter, values: ValueOptions) {
    this.#adapter = adapter;
    this.#values = values;
  }

  /** The driver, at once where it is open already: awaiting a promise costs a tick on every call. */
  get(): Driver | Promise<Driver> {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#opening === undefined) {
      const opening = this.#open();
      this.#opening = opening;
      // A failed opening is forgotten, so that the next call tries again.
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  async #open(): Promise<Driver> {
    const driver = await this.#adapter.open({ signal: this.#closing.signal, values: this.#values });
    const fault = faultOf(this.#adapter, driver);
    if (fault !== undefined) {
      await driver?.close?.().catch(() => {});
      throw fault;
    }
    this.#opened = driver;
    return driver;
  }

  /** Ends an opening that is under way, and everyone who waits for it, with `CLOSED`. */
  abortOpening(): void {
    this.#closing.abort(new ConnectorError('CLOSED', 'The connection was closed while it was opening.'));
  }

  /** Closes the driver, if there is one; one that opens too late is closed when it comes. */
  async close(): Promise<void> {
    if (this.#opened !== undefined) return this.#opened.close();
    this.#opening?.then((driver) => driver.close()).catch(() => {});
  }
}

/** A driver must have what its adapter's traits promise, and nothing less. */
function faultOf({ name, traits }: Adapter, driver: Driver): ConnectorError | undefined {
  const wrong =
    typeof driver?.execute !== 'function' || typeof driver.close !== 'function'
      ? 'execute and close'
      : traits.transactions !== (driver.begin !== undefined)
        ? 'begin'
        : (traits.streams === 'incremental') !== (driver.stream !== undefined)
          ? 'stream'
          : undefined;
  if (wrong === undefined) return undefined;
  return new ConnectorError('CONFIG', `Adapter ${name} is faulty: its driver's ${wrong} and its traits do not agree.`);
}
