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
  // Who checks foreign keys, and so whether before or after the unique ones: MySQL 9.6 and later another in a new session
  // than in one that was reset. So InnoDB always, as in MySQL 8 and Aurora.
  '--loose-innodb-native-foreign-keys=ON',
  // mysqld refuses to run as root unless it is told to.
  ...(process.getuid?.() === 0 ? ['--user=root'] : []),
];
