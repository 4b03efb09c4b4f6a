import type { DataApiLimits } from './data-api.ts';
import { ServiceError } from './errors.ts';
import { toField, toFormattedRecords } from './fields.ts';
import { writeJson } from './json.ts';
import type { DataApiRequest } from './request.ts';
import type { StatementResult } from './session.ts';

/** The answer would be too large. The service then gives up the transaction, too. */
export class ResultTooLarge extends ServiceError {
  constructor(limit: number) {
    const megabytes = Math.max(1, Math.floor(limit / 1_000_000));
    super('UnsupportedResultException', `The result exceeds the size limit ${megabytes} MB`);
  }
}

/** Whether the result is to be one JSON text: `formatRecordsAs` is ignored for anything but a SELECT. */
const isFormatted = ({ formatRecordsAs, sql }: DataApiRequest): boolean =>
  formatRecordsAs === 'JSON' && /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/|\()*(?:select|with)\b/i.test(sql);

/** How many bytes the result of a request may have. */
export const resultLimit = (request: DataApiRequest, limits: DataApiLimits): number =>
  isFormatted(request) ? limits.formattedBytes : limits.resultBytes;

/** The body of an answer to ExecuteStatement. Throws what the service answers when it cannot hold the result. */
export async function answerStatement(
  request: DataApiRequest,
  result: StatementResult,
  limits: DataApiLimits,
): Promise<string> {
  const limit = resultLimit(request, limits);
  const { labels } = result;
  if (!labels) {
    const generatedFields = result.generatedIds.map((id) => toField(id, request.resultSetOptions));
    return writeJson({ generatedFields, numberOfRecordsUpdated: result.updated });
  }
  if (result.unsupported !== undefined) {
    const text = `The result contains the unsupported data type ${result.unsupported}`;
    throw new ServiceError('UnsupportedResultException', text);
  }
  if (result.longestRow > limits.rowBytes) {
    const text = `Packet for query is too large (${result.longestRow} > ${limits.rowBytes})`;
    throw new ServiceError('DatabaseErrorException', text);
  }
  if (result.tooLarge) throw new ResultTooLarge(limit);
  const { resultSetOptions } = request;
  const body = writeJson({
    ...(isFormatted(request)
      ? { formattedRecords: toFormattedRecords(labels, result.rows, resultSetOptions) }
      : { records: result.rows.map((row) => row.map((value) => toField(value, resultSetOptions))) }),
    ...(request.includeResultMetadata ? { columnMetadata: await result.describe() } : {}),
    numberOfRecordsUpdated: 0,
  });
  if (Buffer.byteLength(body) > limit) throw new ResultTooLarge(limit);
  return body;
}

/** The body of an answer to BatchExecuteStatement. */
export function answerBatch(results: readonly StatementResult[], { resultSetOptions }: DataApiRequest): string {
  const updateResults = results.map(({ generatedIds }) => ({
    generatedFields: generatedIds.map((id) => toField(id, resultSetOptions)),
  }));
  return writeJson({ updateResults });
}
