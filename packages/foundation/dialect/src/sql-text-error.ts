/** The only error this package throws. Its message never contains a value, only places and names. */
export class SqlTextError extends Error {
  override readonly name = 'SqlTextError';
  readonly code: 'DATA' | 'SYNTAX' | 'UNSUPPORTED';

  constructor(code: 'DATA' | 'SYNTAX' | 'UNSUPPORTED', message: string) {
    super(message);
    this.code = code;
  }
}
