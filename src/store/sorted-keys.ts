import { lowerBound } from '#base/lower-bound.ts';

const chunkLengthMax = 512;

/** A sorted set of strings in chunks: writes move a chunk at most, and counting a range skips whole chunks. */
export class SortedKeys {
  /** None is empty. */
  readonly #chunks: string[][] = [];

  /** False when the key was there. */
  add(key: string): boolean {
    if (this.#chunks.length === 0) this.#chunks.push([]);
    const chunkAt = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#chunks[chunkAt]!;
    const at = lowerBound(chunk, key);
    if (chunk[at] === key) return false;
    chunk.splice(at, 0, key);
    if (chunk.length > chunkLengthMax) this.#split(chunkAt);
    return true;
  }

  /** False when the key was not there. */
  delete(key: string): boolean {
    const chunkAt = this.#chunkOf(key);
    const chunk = this.#chunks[chunkAt];
    if (!chunk) return false;
    const at = lowerBound(chunk, key);
    if (chunk[at] !== key) return false;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(chunkAt, 1);
    return true;
  }

  /** How many keys are in [start, end). */
  count(start: string, end: string): number {
    return start < end ? this.#rank(end) - this.#rank(start) : 0;
  }

  /** The first `limit` keys of [start, end), in order. */
  slice(start: string, end: string, limit = Number.POSITIVE_INFINITY): string[] {
    const out: string[] = [];
    let chunkAt = this.#chunkOf(start);
    let at = lowerBound(this.#chunks[chunkAt] ?? [], start);
    for (; chunkAt < this.#chunks.length && out.length < limit; chunkAt++, at = 0) {
      const chunk = this.#chunks[chunkAt]!;
      for (; at < chunk.length && out.length < limit; at++) {
        if (chunk[at]! >= end) return out;
        out.push(chunk[at]!);
      }
    }
    return out;
  }

  #rank(key: string): number {
    const chunkAt = this.#chunkOf(key);
    let rank = lowerBound(this.#chunks[chunkAt] ?? [], key);
    for (let i = 0; i < chunkAt; i++) rank += this.#chunks[i]!.length;
    return rank;
  }

  /** The first chunk whose last key is not below `key`; one past the last chunk when there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle]!;
      if (chunk[chunk.length - 1]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keys that only grow fill their chunks; others leave two halves. */
  #split(chunkAt: number): void {
    const chunk = this.#chunks[chunkAt]!;
    const isLast = chunkAt === this.#chunks.length - 1;
    this.#chunks.splice(chunkAt + 1, 0, chunk.splice(isLast ? chunkLengthMax - 1 : chunk.length >> 1));
  }
}
