import type { TimeSlice } from '#base/time-slice.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { StatusError } from '#machinery/status.ts';
import { isLongRunning } from '../deadlines.ts';
import type { Answer } from '../answer.ts';
import type { RequestInfo } from '../request.ts';
import { listHead, listItem } from '../resources/list-items.ts';
import { fromStorage } from '../resources/served.ts';
import type { ApiResponse } from '../response.ts';
import type { AuditTrail } from './trail.ts';

export interface Audited {
  readonly trail: AuditTrail;
  readonly info: RequestInfo;
  readonly slice: TimeSlice;
  /** What a client is told of a failure. */
  readonly toStatusError: (error: unknown) => StatusError;
}

/** Tells the trail what `work` comes to. No answer is given before what is told of it is where answers wait for it. */
export async function audited(
  { trail, info, slice, toStatusError }: Audited,
  work: () => Answer | Promise<Answer>,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    const failure = toStatusError(error);
    trail.failed(failure);
    await end(trail, isLongRunning(info));
    throw failure;
  }
  const { response } = answer;
  trail.answers(codeOf(response), statusOf(response));
  if (response.type === 'watch') return { ...answer, response: watched(response, trail) };
  if (isLongRunning(info) || response.type === 'upgrade') return stayingOpen(answer, trail);
  if (trail.tells('RequestResponse')) await tellObject(trail, response, slice);
  await end(trail, false);
  return answer;
}

async function end(trail: AuditTrail, hasStarted: boolean): Promise<void> {
  if (hasStarted) trail.tell('ResponseStarted');
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

async function tellObject(trail: AuditTrail, response: ApiResponse, slice: TimeSlice): Promise<void> {
  const shown = (object: KubeObject) => JSON.stringify(trail.shown(object));
  if (response.type === 'entry') trail.answered(shown(fromStorage(response.served, response.entry.object)));
  else if (response.type === 'value') trail.answered(shown(response.value as KubeObject));
  if (response.type !== 'list') return;
  const { served, entries, metadata } = response;
  const items: string[] = [];
  for (const entry of entries) {
    items.push(shown(listItem(served, entry) as KubeObject));
    await slice.breathe();
  }
  const head = JSON.stringify(listHead(served, metadata));
  trail.answered(`${head.slice(0, -1)},"items":[${items.join(',')}]}`);
}
