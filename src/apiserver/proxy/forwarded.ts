import type { TransportResponse, WatchHandler } from '#client/transport.ts';
import { LineSplitter } from '#client/watch-frames.ts';
import { type WatchEvent, deepFreeze } from '#machinery/object.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { ApiResponse } from '../response.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

/** The answer of another server, for clients in this process. */
type Forwarded = ApiResponse & { readonly type: 'stream' };

/** Reads the whole answer. Throws StatusError where it is a failure. */
export async function readForwarded(answer: Forwarded): Promise<TransportResponse> {
  const text = await readText(answer);
  const isJson = String(answer.headers['content-type'] ?? '').startsWith('application/json');
  if (answer.status >= 400) throw failureOf(answer.status, text, isJson);
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  const body = isJson ? deepFreeze(parseExactJson(text) as object) : text;
  return { status: answer.status, headers, body };
}

/** Delivers the events of a watch as they come. */
export async function followForwarded(
  answer: Forwarded,
  handler: WatchHandler,
  isOver: () => boolean,
  end: (error: Error | undefined) => void,
): Promise<void> {
  try {
    if (answer.status >= 400) throw failureOf(answer.status, await readText(answer), true);
    const lines = new LineSplitter();
    for await (const chunk of answer.body) {
      for (const line of lines.push(chunk)) {
        if (isOver()) return;
        handler.event(deepFreeze(parseExactJson(line) as WatchEvent));
      }
    }
    end(undefined);
  } catch (error) {
    end(error as Error);
  }
}

async function readText({ body }: Forwarded): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function failureOf(code: number, text: string, isJson: boolean): StatusError {
  const status = isJson ? parseStatus(text) : undefined;
  if (status) return new StatusError(status);
  if (code === 404) return statusError.noSuchPath();
  return statusError.unavailable(text.trim());
}

function parseStatus(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}
