import type { StoredVersion } from './packed.ts';

/**
 * Versions as they are read from the file: each value has a buffer of its own, which changes threads as it is. To cut
 * them out of a common one would be most of what the other thread does while it reads a large file.
 */
export interface ReadVersions {
  /** `width` of each: when it was written, when its key was made, how often it was changed since, its lease. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly keys: readonly string[];
  readonly values: readonly Uint8Array<ArrayBuffer>[];
}

const width = 4;

export function readVersions(versions: readonly StoredVersion[]): ReadVersions {
  const numbers = new Float64Array(width * versions.length);
  for (const [i, { modRevision, createRevision, version, lease }] of versions.entries())
    numbers.set([modRevision, createRevision, version, lease], width * i);
  const keys = versions.map(({ key }) => key);
  return { numbers, keys, values: versions.map(({ value }) => value as Uint8Array<ArrayBuffer>) };
}

export function* versionsOf({ numbers, keys, values }: ReadVersions): Generator<StoredVersion> {
  for (const [i, key] of keys.entries()) {
    const at = width * i;
    yield {
      key,
      value: values[i]!,
      createRevision: numbers[at + 1]!,
      modRevision: numbers[at]!,
      version: numbers[at + 2]!,
      lease: numbers[at + 3]!,
    };
  }
}

/** What to hand over when they change threads. */
export function buffersOf({ numbers, values }: ReadVersions): ArrayBuffer[] {
  return [numbers.buffer, ...values.map(({ buffer }) => buffer)];
}
