/** Completion indexes: of pods, and as the text of status.completedIndexes ('0,2-5,9'). */
import type { Pod } from '#api/generated/types/core.v1.ts';

export const indexAnnotation = 'batch.kubernetes.io/job-completion-index';

/** The pod's index; undefined where it has none that a number can be. */
export function indexOfPod(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The indexes that pods have. */
export function indexesOf(pods: readonly Pod[]): Set<number> {
  return new Set(pods.map(indexOfPod).filter(index => index !== undefined));
}

/** Reads the text; what is malformed or beyond `completions` is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = Number(match[1]); index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** Runs of three and more become ranges, as upstream writes them; a pair stays a pair. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = [];
  const sorted = [...indexes].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    const separator = end - i >= 2 ? '-' : ',';
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}${separator}${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

/** The lowest `count` indexes below `completions` that are in none of `taken`. */
export function firstFreeIndexes(
  count: number,
  completions: number,
  taken: readonly ReadonlySet<number>[],
): number[] {
  const free: number[] = [];
  for (let index = 0; index < completions && free.length < count; index++) {
    if (!taken.some(set => set.has(index))) free.push(index);
  }
  return free;
}
