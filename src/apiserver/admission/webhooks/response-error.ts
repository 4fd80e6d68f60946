import { responseText } from '#machinery/response-texts.ts';
import type { OutboundAnswer } from '../../outbound.ts';

/** So much of a text is told. */
const textMax = 2048;

/** What client-go says of an answer that it cannot go on with; undefined for a success with something in it. */
export function responseError({ status, contentType, body }: OutboundAnswer): string | undefined {
  if (status >= 200 && status <= 206) {
    if (body !== '') return undefined;
    return `0-length response with status code: ${status} and content type: ${contentType || 'application/json'}`;
  }
  const told = statusMessage(body);
  if (told !== undefined) return told;
  return responseText(status, isText(contentType) ? body.slice(0, textMax).trim() : 'unknown');
}

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
