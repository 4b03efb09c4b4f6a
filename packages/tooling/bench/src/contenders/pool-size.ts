/** Most connections of every pool, ours and theirs: the default of all of them. */
export const POOL_SIZE = 10;
