import { sleep } from '#base/clock.ts';
import type { KubeObject, WatchEvent } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { CliError } from '../errors.ts';
import { qualifiedKind } from '../print/printer.ts';
import type { CliContext } from './context.ts';
import { isNotFound, type ResourceInfo } from './resources.ts';

/** What a wait asks of an object each time it changes; undefined means that it is gone. */
export type Condition = (object: KubeObject | undefined) => boolean;

/** A wait that took longer than it was given. */
export class WaitTimeoutError extends CliError {
  override readonly name = 'WaitTimeoutError';

  constructor(info: ResourceInfo) {
    super(`timed out waiting for the condition on ${info.mapping.resource}/${info.name}`);
  }
}

/**
 * Watches one object until `condition` holds and answers it as it was then. `timeoutMs` 0 or less waits for ever.
 */
export async function watchUntil(
  context: CliContext,
  info: ResourceInfo,
  timeoutMs: number,
  condition: Condition,
): Promise<KubeObject | undefined> {
  const { clock } = context.io;
  const deadline = timeoutMs > 0 ? clock.monotonicMs() + timeoutMs : Number.POSITIVE_INFINITY;
  for (;;) {
    const object = await current(context, info);
    if (condition(object)) return object;
    const left = deadline - clock.monotonicMs();
    if (left <= 0) throw new WaitTimeoutError(info);
    const seen = await followOnce(context, info, object?.metadata.resourceVersion, left, condition);
    if (seen.held) return seen.object;
    // The watch ended early: look again, but not in a tight loop.
    await sleep(clock, 200, context.io.interrupted);
  }
}

async function current(context: CliContext, info: ResourceInfo): Promise<KubeObject | undefined> {
  const api = await context.api();
  try {
    return await api.get(info.mapping, info.namespace, info.name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function followOnce(
  context: CliContext,
  info: ResourceInfo,
  resourceVersion: string | undefined,
  timeoutMs: number,
  condition: Condition,
): Promise<{ held: boolean; object?: KubeObject }> {
  const api = await context.api();
  const { clock, interrupted } = context.io;
  return new Promise((resolve, reject) => {
    const finish = (result: { held: boolean; object?: KubeObject } | Error) => {
      watch[Symbol.dispose]();
      timer?.[Symbol.dispose]();
      interrupted.removeEventListener('abort', onInterrupt);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const onInterrupt = () => finish(new CliError('interrupted', 130));
    const timer = Number.isFinite(timeoutMs)
      ? clock.after(timeoutMs, () => finish(new WaitTimeoutError(info)))
      : undefined;
    const watch = api.watchList(
      info.mapping,
      info.namespace,
      { fieldSelector: `metadata.name=${info.name}`, resourceVersion },
      {
        event: ({ type, object }: WatchEvent) => {
          if (type === 'BOOKMARK') return;
          if (type === 'ERROR') {
            const error = new StatusError(object as never);
            return error.code === 410 ? finish({ held: false }) : finish(error);
          }
          const now = type === 'DELETED' ? undefined : object;
          try {
            if (condition(now)) finish({ held: true, object: now });
          } catch (error) {
            finish(error as Error);
          }
        },
        end: error => (error && !(error instanceof StatusError) ? finish(error) : finish({ held: false })),
      },
    );
    interrupted.addEventListener('abort', onInterrupt, { once: true });
  });
}

/** Waits until an object, or the one with that uid, is no more. */
export async function waitUntilGone(
  context: CliContext,
  info: ResourceInfo,
  uid: string | undefined,
  timeoutMs: number,
): Promise<void> {
  if (!info.mapping.verbs.includes('get')) return;
  const gone: Condition = object =>
    object === undefined || (uid !== undefined && object.metadata.uid !== uid);
  await watchUntil(context, info, timeoutMs, gone);
}

/** 'pod/x', as messages name an object. */
export function shownName(info: ResourceInfo): string {
  return `${qualifiedKind(info.mapping.kind, info.mapping.group)}/${info.name}`;
}
