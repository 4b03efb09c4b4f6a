import type { CaseResult, FaultName, Target } from '@sqlport/conformance';

/** A configuration of an adapter as plain JSON. */
export interface Configuration {
  readonly fields: object;
  /** A port of this machine to which the adapter's `fetch` leads every request. Left out: it has none of its own. */
  readonly fetchPort?: number;
}

/** What a program in a runtime is told to run the cases on; plain JSON. */
export interface Assignment extends Pick<Target, 'name' | 'dialect' | 'divergences' | 'secrets'> {
  /** The adapter's package is `@sqlport/<adapter>`. */
  readonly adapter: string;
  readonly wire: NonNullable<Target['wire']>;
  readonly urlsNameServers: boolean;
  readonly configuration: Configuration;
  /** Ids of the cases to run. Left out: all that concern every dialect. */
  readonly only?: readonly string[];
  /** Where faults are asked for, and which there are; see `serveFaults`. */
  readonly faultServer: { readonly url: string; readonly names: readonly FaultName[] };
}

/** What is answered to a `POST` of a fault's name. `POST <id>/cut` and `POST <id>/end` are its methods. */
export interface RemoteFault {
  readonly id: number;
  readonly configuration: Configuration;
}

/** What a program answers; plain JSON. */
export interface Answer {
  /** What the runtime says it is: `Node.js/22`, `Bun/1.4.5`. */
  readonly userAgent: string;
  readonly results: readonly Pick<CaseResult, 'id' | 'status' | 'reason'>[];
}
