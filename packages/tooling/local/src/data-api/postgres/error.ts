import { type EngineVersion, ServiceError } from '../errors.ts';

/** The parts of a server's error that the service shows. */
interface ServerError {
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: string | undefined;
  readonly where?: string | undefined;
}

/** An error of the server, or of the connection to it, as the service answers it. */
export function postgresError(error: Error & ServerError, version: EngineVersion): ServiceError {
  if (error instanceof ServiceError) return error;
  const { severity, code, message, detail, hint, position, where } = error;
  // No error of the server at all: the connection broke.
  if (!severity || !code) return new ServiceError('DatabaseErrorException', 'Communications link failure');
  const parts = [
    `${severity}: ${message}`,
    ...(detail ? [`Detail: ${detail}`] : []),
    ...(hint ? [`Hint: ${hint}`] : []),
    ...(position ? [`Position: ${position}`] : []),
    ...(where ? [`Where: ${where}`] : []),
  ];
  const text = parts.join(version === 'v1' ? '\n  ' : '; ');
  return new ServiceError('DatabaseErrorException', `${text}; SQLState: ${code}`);
}
