/** What the server said about a statement that it refused. */
export interface ServerWords {
  /** The gateway's own code, where it is no error number of MySQL or TiDB: `61100002`. */
  readonly gatewayCode?: number;
  readonly errno?: number;
  readonly sqlState?: string;
  /** The message of MySQL or TiDB without its number, as it is for every client; else the gateway's. */
  readonly message: string;
}

/**
 * `Error 1062 (23000): Duplicate entry …`, as Go's MySQL driver writes it, at the start; what may stand before it are the
 * gateway's own words, which quote nothing. Anywhere else it may be data.
 */
const NUMBERED = /^[^'"`]{0,200}?\bError (\d{3,5})(?: \(([0-9A-Z]{5})\))?: (.*)$/s;

/** Reads the number from both places where it has been seen: the code, a number or a string, and the message. */
export function serverWords(code: unknown, message: unknown): ServerWords {
  const text = typeof message === 'string' ? message : '';
  const number = /^\d{1,10}$/.test(String(code)) ? Number(code) : undefined;
  const [, written, sqlState, rest] = NUMBERED.exec(text) ?? [];
  const inCode = number !== undefined && isErrno(number) ? number : undefined;
  // Where the two are about different things, what is written in the message is part of somebody's text.
  const agrees = written !== undefined && isErrno(Number(written)) && (inCode ?? Number(written)) === Number(written);
  const errno = inCode ?? (agrees ? Number(written) : undefined);
  return {
    ...(number !== undefined && inCode === undefined ? { gatewayCode: number } : {}),
    ...(errno === undefined ? {} : { errno }),
    ...(agrees && sqlState !== undefined ? { sqlState } : {}),
    message: agrees ? rest! : text,
  };
}

/** Numbers of MySQL and TiDB; HTTP's are lower, the gateway's higher. */
function isErrno(number: number): boolean {
  return number >= 1000 && number <= 9999;
}
