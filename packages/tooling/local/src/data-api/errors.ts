/** Every error type an answer may bear: the modelled ones, and those of AWS's front door. */
const statuses = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseNotFoundException: 404,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ExpiredTokenException: 403,
  ForbiddenException: 403,
  HttpEndpointNotEnabledException: 400,
  IncompleteSignatureException: 403,
  InternalFailure: 500,
  InternalServerErrorException: 500,
  InvalidResourceStateException: 400,
  InvalidSecretException: 400,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  NotFoundException: 404,
  RequestEntityTooLargeException: 413,
  SecretsErrorException: 400,
  SerializationException: 400,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  ThrottlingException: 400,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const;

export type ServiceErrorType = keyof typeof statuses;

/** What an error of one's own making needs besides its type. */
interface ErrorDetails {
  /** In place of the type's own. */
  readonly status?: number;
  readonly dbConnectionId?: number;
}

/** Which generation of the service answers: Serverless v1, or Serverless v2 and provisioned clusters. */
export type EngineVersion = 'v1' | 'v2';

/** An error as the service answers it. Without a text the body has no `message`, as the model wants it for some. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  readonly type: ServiceErrorType;
  readonly status: number;
  /** The body of the answer. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(type: ServiceErrorType, text?: string, more: ErrorDetails = {}) {
    super(text ?? type);
    this.type = type;
    this.status = more.status ?? statuses[type];
    this.body = {
      ...(text === undefined ? {} : { message: text }),
      ...(more.dbConnectionId === undefined ? {} : { dbConnectionId: more.dbConnectionId }),
    };
  }
}

/** What v1 answers as a BadRequestException, since it knows the newer types not. */
const newerThanV1: ReadonlySet<ServiceErrorType> = new Set([
  'DatabaseErrorException',
  'DatabaseNotFoundException',
  'DatabaseResumingException',
  'HttpEndpointNotEnabledException',
  'InvalidSecretException',
  'SecretsErrorException',
  'TransactionNotFoundException',
  'UnsupportedResultException',
  'ValidationException',
]);

/** The error as this generation of the service words it. */
export function asAnsweredBy(version: EngineVersion, error: ServiceError): ServiceError {
  if (version === 'v2' || !newerThanV1.has(error.type)) return error;
  return new ServiceError('BadRequestException', error.message);
}

export const validation = (text: string): ServiceError => new ServiceError('ValidationException', text);
