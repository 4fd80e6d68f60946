import { assert } from './assert.ts';

/** By so many bytes, what is common again after a difference is found. */
const needleLength = 32;
/** Bytes that are looked through for one delta, some 2 ms: two long texts may have nothing in common. */
const searchedMax = 2 << 20;

/**
 * How to make `target` of `source`, which has most of it in the same order: by turns how many bytes of the delta itself
 * follow, these, and where in the source so and so many others are. Numbers have seven bits a byte, the lowest first.
 * Undefined when all that takes more than `lengthMax` bytes.
 */
export function deltaOf(source: Uint8Array, target: Uint8Array, lengthMax: number): Uint8Array | undefined {
  const haystack = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const delta: number[] = [];
  let sourceAt = 0;
  let targetAt = 0;
  const write = (to: number): void => {
    writeNumber(delta, to - targetAt);
    for (; targetAt < to; targetAt++) delta.push(target[targetAt]!);
  };
  for (let at = 0, searched = 0; searched < searchedMax && at < target.length; ) {
    let from = at === 0 ? 0 : haystack.indexOf(target.subarray(at, at + needleLength), sourceAt);
    searched += (from < 0 ? source.length : from) - sourceAt;
    if (from < 0) {
      at += needleLength;
      if (at - targetAt > lengthMax) return undefined;
      continue;
    }
    while (at > targetAt && from > sourceAt && source[from - 1] === target[at - 1]) {
      at--;
      from--;
    }
    write(at);
    sourceAt = from;
    while (targetAt < target.length && source[sourceAt] === target[targetAt]) {
      sourceAt++;
      targetAt++;
    }
    writeNumber(delta, from);
    writeNumber(delta, sourceAt - from);
    at = targetAt + 1;
  }
  if (delta.length + target.length - targetAt > lengthMax) return undefined;
  if (targetAt < target.length) write(target.length);
  return Uint8Array.from(delta);
}

/** The target of `length` bytes that `deltaOf(source, target)` tells of. */
export function applyDelta(source: Uint8Array, delta: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  let deltaAt = 0;
  let targetAt = 0;
  const number = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = delta[deltaAt++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const copy = (from: Uint8Array, at: number, count: number): void => {
    target.set(from.subarray(at, at + count), targetAt);
    targetAt += count;
  };
  while (deltaAt < delta.length) {
    const own = number();
    copy(delta, deltaAt, own);
    deltaAt += own;
    if (deltaAt < delta.length) copy(source, number(), number());
  }
  assert(targetAt === length, `a delta made ${targetAt} bytes of ${length}`);
  return target;
}

function writeNumber(delta: number[], value: number): void {
  for (; value >= 0x80; value >>>= 7) delta.push((value & 0x7f) | 0x80);
  delta.push(value);
}
