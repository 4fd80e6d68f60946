import type { OutboundAnswer } from '../../outbound.ts';

/** Texts of client-go for answers without a Status. */
const messages: Readonly<Record<number, string>> = {
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

/** What client-go says of an answer that it cannot go on with; undefined for a success with something in it. */
export function responseError({ status, contentType, body }: OutboundAnswer): string | undefined {
  if (status >= 200 && status <= 206) {
    if (body !== '') return undefined;
    return `0-length response with status code: ${status} and content type: ${contentType || 'application/json'}`;
  }
  const told = statusMessage(body);
  if (told !== undefined) return told;
  if (messages[status]) return messages[status];
  const text = isText(contentType) ? body.trim() : 'unknown';
  if (toldAsIs.has(status)) return text;
  return status >= 500
    ? `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`
    : `the server responded with the status code ${status} but did not return more information`;
}

/** Statuses whose text is all that is said. */
const toldAsIs = new Set([403, 406, 415]);

function isText(contentType: string): boolean {
  return contentType === '' || /^\s*text\//i.test(contentType);
}

function statusMessage(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as { kind?: unknown; status?: unknown; message?: unknown } | null;
    const isFailure = value?.kind === 'Status' && value.status === 'Failure';
    return isFailure && typeof value.message === 'string' ? value.message : undefined;
  } catch {
    return undefined;
  }
}
