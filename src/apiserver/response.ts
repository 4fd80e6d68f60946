import type { KubeObject, ListMeta } from '#machinery/object.ts';
import type { Status } from '#machinery/status.ts';
import type { TableSource } from '#machinery/table.ts';
import type { HeaderLists, UpgradeTarget } from './proxy/backends.ts';
import type { Entry } from './resources/entry.ts';
import type { ServedResource } from './resources/served.ts';

/** Objects of the state that are sent together, before others may get their turn, at most. */
export const addedAtOnceMax = 64;

/** Memory that a sink may use from one call to the next. */
export interface Room {
  bytes?: Buffer;
}

/** What a watch delivers; a transport frames it. */
export interface WatchSink {
  /** What there is already when the watch begins: takes one or some of `entries`, from `at` on; answers where it ended. */
  added(entries: readonly Entry[], at: number, room: Room): number;
  /** `entry` is of the storage version. */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', entry: Entry): void;
  /** `initialEventsEnd`: the bookmark that says that all that was there has been sent. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
  error(status: Status): void;
  /** Undefined while more may be `added`; otherwise resolves when it may. Absent: it takes whatever comes. */
  caughtUp?(): Promise<void> | undefined;
  /** The watch is over in order. Called last, at most once. */
  end(): void;
}

/** What a handler answers; the transport encodes it as the client asked. */
export type ApiResponse =
  | {
      readonly type: 'entry';
      readonly status: number;
      readonly served: ServedResource;
      readonly entry: Entry;
    }
  | {
      readonly type: 'value';
      readonly status: number;
      readonly value: KubeObject | Status | Record<string, unknown>;
      /** How it shows to a client that asked for a table; absent: as it is. */
      readonly table?: TableSource;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'list';
      readonly served: ServedResource;
      readonly entries: readonly Entry[];
      readonly metadata: ListMeta;
    }
  | {
      readonly type: 'watch';
      readonly served: ServedResource;
      /** Is told how many bytes so many events take together, on the wire. */
      readonly sized?: (bytes: number, events: number) => void;
      /** Is told that the client did not take them, and was cut off. */
      readonly lagged?: () => void;
      open(sink: WatchSink): Disposable;
    }
  | {
      readonly type: 'bytes';
      readonly status: number;
      readonly contentType: string;
      readonly body: Uint8Array | string;
      /** Of an API object, whatever form the body has. */
      readonly json?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      /** The answer of another server, passed on as it comes. */
      readonly type: 'stream';
      readonly status: number;
      readonly headers: HeaderLists;
      readonly body: AsyncIterable<Uint8Array>;
    }
  /** The client's connection is to be joined to another server's. */
  | { readonly type: 'upgrade'; readonly target: UpgradeTarget };

/** The answer for a path that nobody serves: plain text, as upstream's multiplexer gives it. */
export const noSuchPage: ApiResponse = {
  type: 'bytes',
  status: 404,
  contentType: 'text/plain; charset=utf-8',
  headers: { 'x-content-type-options': 'nosniff' },
  body: '404 page not found\n',
};
