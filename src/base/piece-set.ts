/** As many are moved at once when a piece grows. */
const pieceSizeMax = 4096;

/**
 * A Set for tens of thousands of members: in pieces, for a Set that grows moves all that it has at once. In no set order, but
 * the same order whenever the same was done to it.
 */
export class PieceSet<T> {
  readonly #pieces: Set<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(member: T): boolean {
    return this.#pieces.some(piece => piece.has(member));
  }

  add(member: T): void {
    if (this.has(member)) return;
    let piece = this.#pieces.find(({ size }) => size < pieceSizeMax);
    if (!piece) {
      piece = new Set();
      this.#pieces.push(piece);
    }
    piece.add(member);
    this.#size++;
  }

  /** False when it was not there. */
  delete(member: T): boolean {
    if (!this.#pieces.some(piece => piece.delete(member))) return false;
    this.#size--;
    return true;
  }

  map<U>(of: (member: T) => U): U[] {
    const all: U[] = [];
    for (const piece of this.#pieces) for (const member of piece) all.push(of(member));
    return all;
  }
}
