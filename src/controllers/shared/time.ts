/** Milliseconds since the epoch of an API time; 0 where there is none. */
export function timeMs(time: string | undefined): number {
  return time ? Date.parse(time) : 0;
}

/** Oldest first; objects of the same second by name, so that every run agrees. */
export function byCreation(
  a: { metadata: { creationTimestamp?: string; name?: string } },
  b: { metadata: { creationTimestamp?: string; name?: string } },
): number {
  const difference = timeMs(a.metadata.creationTimestamp) - timeMs(b.metadata.creationTimestamp);
  return difference !== 0 ? difference : compareText(a.metadata.name ?? '', b.metadata.name ?? '');
}

/** By code units, not by any language's rules. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
