import { pods } from '#api/generated/refs.ts';
import { type Clock, sleep } from '#base/clock.ts';
import { Lifeline } from '#explore/lifeline.ts';
import type { Client } from '#client/client.ts';
import type { WatchEvent } from '#machinery/object.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason, type Status, StatusError } from '#machinery/status.ts';
import type { Checker, Subject } from './checker.ts';

const types = { added: 'ADDED', updated: 'MODIFIED', deleted: 'DELETED' } as const;

interface Expected {
  readonly revision: number;
  readonly text: string;
}

/** Follows all pods through the API, across outages, and compares what it is told with what was written. */
class Feed implements Disposable {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #violated: (what: string) => void;
  readonly #expected: Expected[] = [];
  readonly #life = new Lifeline();
  #next = 0;
  #revision = '';

  constructor({ client, clock, world, violated }: Subject) {
    this.#client = client;
    this.#clock = clock;
    this.#violated = violated;
    world.onChange(({ bucket, type, key, revision }) => {
      if (bucket === 'core/pods')
        this.#expected.push({ revision, text: `${types[type]} ${key} ${revision}` });
    });
    void this.#run();
  }

  get behind(): number {
    return this.#expected.length - this.#next;
  }

  [Symbol.dispose](): void {
    this.#life.end();
  }

  async #run(): Promise<void> {
    while (!this.#life.over) {
      try {
        if (this.#revision === '') await this.#list();
        await this.#watch();
      } catch (error) {
        // A server that starts anew has no history: what came between is not to be had as events.
        if (hasReason(error, 'Expired') || hasReason(error, 'Gone')) this.#revision = '';
        await this.#life.race(sleep(this.#clock, 200), () => new Error('over')).catch(() => {});
      }
    }
  }

  async #list(): Promise<void> {
    const { metadata } = await this.#client.list(pods, '');
    this.#revision = metadata.resourceVersion!;
    while ((this.#expected[this.#next]?.revision ?? Infinity) <= Number(this.#revision)) this.#next++;
  }

  #watch(): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { resourceVersion: this.#revision, allowWatchBookmarks: true };
      const watch = this.#client.watch(pods, '', options, {
        event: event => {
          if (event.type === 'ERROR') reject(new StatusError(event.object as unknown as Status));
          else this.#take(event);
        },
        end: error => (error ? reject(error) : resolve()),
      });
      this.#life.onEnd(() => {
        watch[Symbol.dispose]();
        resolve();
      });
    });
  }

  #take({ type, object }: WatchEvent): void {
    const revision = object.metadata.resourceVersion!;
    if (type === 'BOOKMARK') {
      this.#checkBookmark(revision);
      return;
    }
    this.#revision = revision;
    const text = `${type} ${objectKey(object)} ${revision}`;
    const expected = this.#expected[this.#next++];
    if (expected?.text !== text) this.#violated(`a watch said ${text}, not ${expected?.text}`);
  }

  #checkBookmark(revision: string): void {
    const next = this.#expected[this.#next];
    if (next && next.revision <= Number(revision)) {
      this.#violated(`a watch said that it had told all up to ${revision}, but not ${next.text}`);
    }
    this.#revision = revision;
  }
}

/** A watch tells every change once, in order. */
export const watchFeed: Checker = {
  name: 'watch feed',
  inspect: subject => {
    const feed = new Feed(subject);
    return {
      pending: () => (feed.behind > 0 ? [`${feed.behind} events are still to come`] : []),
      [Symbol.dispose]: () => feed[Symbol.dispose](),
    };
  },
};
