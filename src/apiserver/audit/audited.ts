import type { TimeSlice } from '#base/time-slice.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { StatusError } from '#machinery/status.ts';
import { isLongRunning } from '../deadlines.ts';
import type { Answer } from '../answer.ts';
import { formOfRefusal } from '../http/negotiate.ts';
import type { ApiRequest, RequestInfo } from '../request.ts';
import type { ApiResponse } from '../response.ts';
import { tellAnswer } from './shown-answer.ts';
import type { AuditTrail } from './trail.ts';

export interface Audited {
  readonly trail: AuditTrail;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly slice: TimeSlice;
  readonly nowMs: number;
  /** Told that the request is not answered, since it could not be told of. */
  readonly rejected: () => void;
  /** What a client is told of a failure. */
  readonly toStatusError: (error: unknown) => StatusError;
}

/** Tells the trail what `work` comes to. No answer is given before what is told of it is where answers wait for it. */
export async function audited(
  { trail, request, info, slice, nowMs, rejected, toStatusError }: Audited,
  work: () => Answer | Promise<Answer>,
): Promise<Answer> {
  if ((await trail.permission) === false) {
    rejected();
    return { response: untold(request), warnings: [] };
  }
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    const failure = toStatusError(error);
    trail.failed(failure, formOfRefusal(request) !== undefined);
    await end(trail, isLongRunning(info));
    throw failure;
  }
  const { response } = answer;
  trail.answers(codeOf(response), statusOf(response));
  if (response.type === 'watch') return { ...answer, response: watched(response, trail) };
  if (isLongRunning(info) || response.type === 'upgrade') return stayingOpen(answer, trail);
  if (trail.tells('RequestResponse')) await tellAnswer({ trail, request, slice, nowMs }, response);
  await end(trail, false);
  return answer;
}

/** As Go's http.Error has it, for who may not be answered. */
function untold({ origin, path }: ApiRequest): ApiResponse {
  const url = JSON.stringify(origin.url ?? path).replace(/[&<>]/g, letter => entities[letter]!);
  const body = `Internal Server Error: ${url}: failed to store audit event\n`;
  const headers = { 'x-content-type-options': 'nosniff' };
  return { type: 'bytes', status: 500, contentType: 'text/plain; charset=utf-8', headers, body };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

async function end(trail: AuditTrail, hasStarted: boolean): Promise<void> {
  if (hasStarted) trail.tell('ResponseStarted');
  else trail.noteSlow();
  trail.tell('ResponseComplete');
  await trail.written;
}

function watched(
  response: Extract<ApiResponse, { type: 'watch' }>,
  trail: AuditTrail,
): Extract<ApiResponse, { type: 'watch' }> {
  const open: typeof response.open = sink => {
    trail.tell('ResponseStarted');
    const watch = response.open(sink);
    return {
      [Symbol.dispose]() {
        trail.tell('ResponseComplete');
        watch[Symbol.dispose]();
      },
    };
  };
  return { ...response, open };
}

/** The answer lasts for as long as whoever sends it holds its seat. */
async function stayingOpen(answer: Answer, trail: AuditTrail): Promise<Answer> {
  trail.tell('ResponseStarted');
  await trail.written;
  const seat = {
    [Symbol.dispose]() {
      trail.tell('ResponseComplete');
      answer.seat?.[Symbol.dispose]();
    },
  };
  return { ...answer, seat };
}

function codeOf(response: ApiResponse): number {
  if (response.type === 'upgrade') return 101;
  return 'status' in response ? response.status : 200;
}

/** What is told of a Status beside its code. */
function statusOf(response: ApiResponse): object {
  if (response.type !== 'value' || (response.value as KubeObject).kind !== 'Status') return {};
  const { status, message, reason, details } = response.value as unknown as Record<string, unknown>;
  return { status, message, reason, details };
}
