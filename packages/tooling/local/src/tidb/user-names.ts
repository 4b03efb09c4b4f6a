import { createHmac, randomBytes } from 'node:crypto';

/** Users as clients know them, with the cluster's prefix, and their passwords for the service. */
export class UserNames {
  readonly #known: ReadonlySet<string>;
  readonly #prefix: string;
  readonly #key = randomBytes(32);
  readonly #changed = new Map<string, string>();

  /** @param known the users of the engine; may grow */
  constructor(known: ReadonlySet<string>, prefix: string) {
    this.#known = known;
    this.#prefix = prefix;
  }

  clientUser(user: string): string {
    return `${this.#prefix}.${user}`;
  }

  /** Undefined for an unknown user, and without the prefix. */
  engineUser(clientUser: string): string | undefined {
    const user = clientUser.startsWith(`${this.#prefix}.`) ? clientUser.slice(this.#prefix.length + 1) : undefined;
    return user !== undefined && this.#known.has(user) ? user : undefined;
  }

  /** Each user has one of its own, which the engine does not know. */
  passwordOf(user: string): string {
    return this.#changed.get(user) ?? createHmac('sha256', this.#key).update(user).digest('base64url').slice(0, 24);
  }

  setPassword(user: string, password: string): void {
    this.#changed.set(user, password);
  }
}
