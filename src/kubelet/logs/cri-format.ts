/** One entry of a container's log in CRI's format: `TIMESTAMP STREAM TAGS MESSAGE`. */
export interface LogEntry {
  /** As written: RFC 3339 with nanoseconds. */
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  /** With its newline, unless the line goes on in the next entry. */
  readonly content: Uint8Array;
}

const space = 0x20;
const newline = 0x0a;
const decoder = new TextDecoder();

/** Reads one line (without its newline); undefined where it is not an entry. */
export function parseLogLine(line: Uint8Array): LogEntry | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  if (first < 0 || second < 0) return undefined;
  const third = line.indexOf(space, second + 1);
  const timestamp = decoder.decode(line.subarray(0, first));
  const stream = decoder.decode(line.subarray(first + 1, second));
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  if (Number.isNaN(Date.parse(timestamp))) return undefined;
  const tags = decoder.decode(line.subarray(second + 1, third < 0 ? line.length : third)).split(':');
  const text = third < 0 ? line.subarray(line.length) : line.subarray(third + 1);
  if (tags[0] === 'P') return { timestamp, stream, content: text };
  if (tags[0] !== 'F') return undefined;
  const content = new Uint8Array(text.length + 1);
  content.set(text);
  content[text.length] = newline;
  return { timestamp, stream, content };
}

/** Cuts bytes that come in pieces into lines; what has no newline yet waits for more. */
export class LineSplitter {
  #rest: Uint8Array = new Uint8Array();

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let data = chunk;
    if (this.#rest.length > 0) {
      data = new Uint8Array(this.#rest.length + chunk.length);
      data.set(this.#rest);
      data.set(chunk, this.#rest.length);
    }
    let from = 0;
    for (let at = data.indexOf(newline); at >= 0; at = data.indexOf(newline, from)) {
      yield data.subarray(from, at);
      from = at + 1;
    }
    this.#rest = data.slice(from);
  }
}
