/** Fields to lay over a configuration that an example gives to an adapter, by the adapter's name. */
export type Overlays = Readonly<Record<string, object>>;

/** The environment variable that hands {@link Overlays} to a process, as JSON. */
export const OVERLAYS = 'SQLPORT_DOCS_OVERLAYS';
