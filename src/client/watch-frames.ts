const newline = 0x0a;

/** Cuts a stream of bytes into lines. A JSON watch is one event a line, however the network cuts it. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  readonly #parts: Uint8Array[] = [];

  /** The lines that this chunk completes, without empty ones. */
  *push(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#parts.push(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take();
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) this.#parts.push(chunk.slice(start));
  }

  #take(): string {
    let line = '';
    for (const part of this.#parts) line += this.#decoder.decode(part, { stream: true });
    this.#parts.length = 0;
    return line + this.#decoder.decode();
  }
}
