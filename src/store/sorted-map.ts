import { lowerBound } from '#base/lower-bound.ts';

const chunkLengthMax = 512;

interface Chunk<V> {
  /** Sorted, and never empty. */
  readonly keys: string[];
  /** Of each key. */
  readonly values: V[];
}

/**
 * A map sorted by its keys, in chunks: writes move a chunk at most, counting a range skips whole chunks, and taking one
 * copies them.
 */
export class SortedMap<V> {
  readonly #chunks: Chunk<V>[] = [];

  /** Where the key was there, the value takes the place of the one it had. */
  set(key: string, value: V): void {
    if (this.#chunks.length === 0) this.#chunks.push({ keys: [], values: [] });
    const chunkAt = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const { keys, values } = this.#chunks[chunkAt]!;
    const at = lowerBound(keys, key);
    if (keys[at] === key) {
      values[at] = value;
      return;
    }
    keys.splice(at, 0, key);
    values.splice(at, 0, value);
    if (keys.length > chunkLengthMax) this.#split(chunkAt);
  }

  /** False when the key was not there. */
  delete(key: string): boolean {
    const chunkAt = this.#chunkOf(key);
    const chunk = this.#chunks[chunkAt];
    if (!chunk) return false;
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] !== key) return false;
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    if (chunk.keys.length === 0) this.#chunks.splice(chunkAt, 1);
    return true;
  }

  /** How many keys are in [start, end). */
  count(start: string, end: string): number {
    return start < end ? this.#rank(end) - this.#rank(start) : 0;
  }

  /** The first `limit` keys of [start, end), in order. */
  keys(start: string, end: string, limit = Number.POSITIVE_INFINITY): string[] {
    return this.#slice(({ keys }) => keys, start, end, limit);
  }

  /** Their values. */
  values(start: string, end: string, limit = Number.POSITIVE_INFINITY): V[] {
    return this.#slice(({ values }) => values, start, end, limit);
  }

  #slice<T>(of: (chunk: Chunk<V>) => T[], start: string, end: string, limit: number): T[] {
    const pieces: T[][] = [];
    let wanted = Math.min(limit, this.count(start, end));
    let chunkAt = this.#chunkOf(start);
    let from = lowerBound(this.#chunks[chunkAt]?.keys ?? [], start);
    for (; wanted > 0; chunkAt++, from = 0) {
      const piece = of(this.#chunks[chunkAt]!).slice(from, from + wanted);
      pieces.push(piece);
      wanted -= piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : ([] as T[]).concat(...pieces);
  }

  #rank(key: string): number {
    const chunkAt = this.#chunkOf(key);
    let rank = lowerBound(this.#chunks[chunkAt]?.keys ?? [], key);
    for (let i = 0; i < chunkAt; i++) rank += this.#chunks[i]!.keys.length;
    return rank;
  }

  /** The first chunk whose last key is not below `key`; one past the last chunk when there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { keys } = this.#chunks[middle]!;
      if (keys[keys.length - 1]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keys that only grow fill their chunks; others leave two halves. */
  #split(chunkAt: number): void {
    const { keys, values } = this.#chunks[chunkAt]!;
    const isLast = chunkAt === this.#chunks.length - 1;
    const at = isLast ? chunkLengthMax - 1 : keys.length >> 1;
    this.#chunks.splice(chunkAt + 1, 0, { keys: keys.splice(at), values: values.splice(at) });
  }
}
