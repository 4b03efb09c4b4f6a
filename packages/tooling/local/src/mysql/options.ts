/**
 * Options under which a server of ours makes and uses its data. Nothing has to survive a crash, so nothing waits for
 * the disk. `loose-`: not every version and not MariaDB knows the option.
 */
export const ownOptions: readonly string[] = [
  '--secure-file-priv=',
  '--skip-log-bin',
  '--performance-schema=OFF',
  '--innodb-buffer-pool-size=128M',
  '--innodb-flush-log-at-trx-commit=0',
  '--loose-innodb-doublewrite=OFF',
  '--loose-innodb-redo-log-capacity=64M',
  '--character-set-server=utf8mb4',
  // mysqld refuses to run as root unless it is told to.
  ...(process.getuid?.() === 0 ? ['--user=root'] : []),
];
