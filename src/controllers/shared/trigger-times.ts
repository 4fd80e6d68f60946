import type { Pod, Service } from '#api/generated/types/core.v1.ts';
import { podCondition } from './pods.ts';
import { timeMs } from './time.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** When what endpoints now follow has happened, for measuring how long they took. */
export class TriggerTimes {
  /** By service: when its pods became ready or ceased to be, by their names, and under '' when it was made. */
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  /** The first of the changes since the last look; undefined: nothing has changed that tells its time. */
  next(key: string, { metadata }: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#known.get(key);
    const times = new Map([['', metadata.creationTimestamp ?? '']]);
    for (const pod of pods) {
      const time = podCondition(pod, 'Ready')?.lastTransitionTime;
      if (time) times.set(pod.metadata.name!, time);
    }
    this.#known.set(key, times);
    if (!before) return metadata.creationTimestamp;
    let first: string | undefined;
    for (const [name, time] of times) {
      const old = before.get(name);
      if (time === old || timeMs(time) <= timeMs(old)) continue;
      if (first === undefined || timeMs(time) < timeMs(first)) first = time;
    }
    return first;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}

/** The annotations with the time, or without one where there is none. */
export function withTriggerTime(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): Record<string, string> {
  const { [triggerTimeAnnotation]: _, ...others } = annotations ?? {};
  return time ? { ...others, [triggerTimeAnnotation]: time } : others;
}
