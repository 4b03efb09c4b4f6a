/** What {@link LambdaEnvironment} and the process it started tell each other. */
export type Request = { readonly event: unknown } | { readonly clockAheadMs: number };

export type Reply =
  | { readonly ready: true }
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/** What is different from the cloud, and must not show: where names lead to, and who signed the certificates. */
export interface Surroundings {
  /** The CA to trust wherever the code names CAs to trust. */
  readonly ca: string;
  /** What names of servers lead to. */
  readonly names: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** The file with the handler, as the build made it. */
  readonly file: string;
}

/** The environment variable that hands {@link Surroundings} to the process, as JSON; gone before the handler loads. */
export const SURROUNDINGS = 'EXAMPLE_SURROUNDINGS';
