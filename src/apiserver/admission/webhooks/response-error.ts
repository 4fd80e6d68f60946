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

/** What client-go says of an answer that is no success; undefined for a success. */
export function responseError({ status, body }: OutboundAnswer): string | undefined {
  if (status >= 200 && status <= 206) return undefined;
  const told = statusMessage(body);
  if (told !== undefined) return told;
  if (status === 403) return body.trim() || 'unknown';
  if (messages[status]) return messages[status];
  return status >= 500
    ? `an error on the server (${JSON.stringify(body.trim() || 'unknown')}) has prevented the request from succeeding`
    : `the server responded with the status code ${status} but did not return more information`;
}

function statusMessage(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as { kind?: unknown; message?: unknown } | null;
    return value?.kind === 'Status' && typeof value.message === 'string' ? value.message : undefined;
  } catch {
    return undefined;
  }
}
