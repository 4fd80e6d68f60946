import { StatusError, statusError } from '../status.ts';

/** Why a patch does not apply, in the words that clients of the API are not told. */
export function patchFailure(error: unknown): string {
  const { cause, message } = error as Error;
  return typeof cause === 'string' ? cause : message;
}

/** How a patch fails, with upstream's code for each (apiserver endpoints/handlers/patch.go). */
export const patchError = {
  /** The patch itself is malformed: 400. */
  malformed: (message: string) => statusError.badRequest(message),
  /** It is well formed and does not apply to the object: 422, with upstream's unspecific text. */
  inapplicable: (why: string) =>
    withCause(422, 'Invalid', 'the server rejected our request due to an error in our request', why),
  /** What upstream does not classify: 500 with the message alone. */
  unclassified: (message: string) => statusError.unclassified(message),
  tooManyOperations: (max: number, actual: number) =>
    statusError.tooLarge(`The allowed maximum operations in a JSON patch is ${max}, got ${actual}`),
};

function withCause(code: number, reason: string | undefined, message: string, why?: string): StatusError {
  const error = new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason ? { reason, details: {} } : {}),
    code,
  });
  error.cause = why;
  return error;
}
