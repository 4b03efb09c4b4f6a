/** The SQL a server speaks. Everything in this package that depends on the server takes it as an argument. */
export type Dialect = 'postgres' | 'mysql';
