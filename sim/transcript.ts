import type { Clock } from '#base/clock.ts';
import { objectKey, type KubeObject } from '#machinery/object.ts';
import type { TransportRequest } from '#client/transport.ts';

/** What happened in a run, a line each, with the virtual seconds since its start. Equal runs have equal transcripts. */
export class Transcript {
  readonly lines: string[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(who: string, what: string): void {
    this.lines.push(`${(this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9)} ${who.padEnd(10)} ${what}`);
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

const heartbeats = /\/(leases|events)(\/|$)/;

/** Heartbeats and Events are most of the writes and say the least. */
export function isNoise({ path }: TransportRequest): boolean {
  return heartbeats.test(path);
}

/** 'POST pods sim/web-abc', for a request and the object that it is about. */
export function requestText({ method, path, body, query }: TransportRequest, answer?: unknown): string {
  const short = path
    .replace(/^\/apis?\/([^/]+\.[^/]+\/|[a-z]+\/(?=v\d))?v\d[^/]*\//, '')
    .replace('namespaces/', '');
  const name = method === 'POST' ? createdName(answer ?? body) : '';
  const watch = query?.watch ? ' (watch)' : '';
  return `${method} ${short}${name}${watch}`;
}

function createdName(body: unknown): string {
  const object = body as Partial<KubeObject> | undefined;
  return object?.metadata?.name ? ` ${objectKey({ metadata: { name: object.metadata.name } })}` : '';
}
