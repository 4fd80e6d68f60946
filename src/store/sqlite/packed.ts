import { assert } from '#base/assert.ts';
import type { VersionId } from '../history.ts';
import type { KeyValue } from '../store.ts';

/** What a key held from `modRevision` on; a deletion has version 0 and no value. */
export type StoredVersion = KeyValue;

/**
 * Versions in two buffers, which change threads without being copied: for each, `width` numbers, and its key (UTF-8)
 * followed by its value.
 */
export interface Packed {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One version, with its key and value still in the packed bytes. */
export interface PackedVersion {
  readonly revision: number;
  readonly createRevision: number;
  readonly version: number;
  readonly lease: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const width = 6;
const encoder = new TextEncoder();

/** A UTF-16 unit becomes three bytes at most. */
function bytesMax(key: string): number {
  return 3 * key.length;
}

/** Packs versions; a VersionId alone counts as a deletion. */
export function packVersions(versions: readonly (StoredVersion | VersionId)[]): Packed {
  let size = 0;
  for (const one of versions) size += bytesMax(one.key) + ('value' in one ? one.value.length : 0);
  const numbers = new Float64Array(width * versions.length);
  const bytes = new Uint8Array(size);
  let at = 0;
  versions.forEach((one, i) => {
    const keyLength = encoder.encodeInto(one.key, bytes.subarray(at)).written;
    at += keyLength;
    if (!('value' in one)) {
      numbers.set([one.revision, 0, 0, 0, keyLength, 0], width * i);
      return;
    }
    bytes.set(one.value, at);
    at += one.value.length;
    const { modRevision, createRevision, version, lease, value } = one;
    numbers.set([modRevision, createRevision, version, lease, keyLength, value.length], width * i);
  });
  return { numbers, bytes };
}

/** The versions in order. Keys and values are views of the packed bytes. */
export function* unpack({ numbers, bytes }: Packed): Generator<PackedVersion> {
  let at = 0;
  for (let i = 0; i < numbers.length; i += width) {
    const keyEnd = at + numbers[i + 4]!;
    const valueEnd = keyEnd + numbers[i + 5]!;
    assert(valueEnd <= bytes.length, 'packed versions are cut short');
    yield {
      revision: numbers[i]!,
      createRevision: numbers[i + 1]!,
      version: numbers[i + 2]!,
      lease: numbers[i + 3]!,
      key: bytes.subarray(at, keyEnd),
      value: bytes.subarray(keyEnd, valueEnd),
    };
    at = valueEnd;
  }
}

/** What to hand over when a packed message changes threads. */
export function transferOf({ numbers, bytes }: Packed): ArrayBuffer[] {
  return [numbers.buffer, bytes.buffer];
}

/** Gives the memory of what is done with back now: a thread with hardly any garbage of its own would collect it late. */
export function release({ numbers, bytes }: Packed): void {
  numbers.buffer.transfer(0);
  bytes.buffer.transfer(0);
}
