/** Defaults that a server may have and that no client should trust: each changes what a value looks like or means. */
export const hostileOptions: readonly string[] = [
  '--sql-mode=',
  '--default-time-zone=+09:00',
  '--character-set-server=latin1',
  '--collation-server=latin1_german1_ci',
  '--innodb-rollback-on-timeout=ON',
];
