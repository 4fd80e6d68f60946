import { goQuote } from './go-json.ts';
import { StatusError, type StatusReason, reasonCodes } from './status.ts';

/** Of an answer of another server that says nothing more (apimachinery api/errors: NewGenericServerResponse). */
const texts: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

const notAcceptable = 'the server was unable to respond with a content type that the client supports';

/** Statuses whose text is all that is said. */
const toldAsIs = new Set([403, 406, 415]);

/** What upstream's clients say of an answer with this status and text. */
export function responseText(status: number, text: string): string {
  if (texts[status]) return texts[status];
  if (status === 406 && (text === '' || text === 'unknown')) return notAcceptable;
  if (toldAsIs.has(status)) return text;
  return status >= 500
    ? `an error on the server (${goQuote(text)}) has prevented the request from succeeding`
    : `the server responded with the status code ${status} but did not return more information`;
}

const reasons: ReadonlyMap<number, StatusReason> = new Map([
  ...Object.entries(reasonCodes).map(([reason, code]) => [code, reason as StatusReason] as const),
  [409, 'Conflict'],
]);

/** The failure that another server's answer is to whoever asked for a part of an object. */
export function answeredError(status: number, text: string, resource: string, name: string): StatusError {
  const reason = reasons.get(status) ?? (status >= 500 ? 'InternalError' : undefined);
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    // Upstream leaves out the verb, not the space behind it.
    message: `${responseText(status, text)} ( ${resource} ${name})`,
    ...(reason ? { reason } : {}),
    details: { name, kind: resource },
    code: status,
  });
}
