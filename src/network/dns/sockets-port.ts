import type { Resolver } from './resolvers.ts';

export type DnsTransport = 'udp' | 'tcp';

/** Answers one message; undefined: no answer. */
export type DnsHandler = (message: Uint8Array, transport: DnsTransport) => Promise<Uint8Array | undefined>;

export interface DnsListener extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** The port to the network. */
export interface DnsSockets {
  /** Listens on UDP and TCP. Port 0 picks one that is free for both. */
  listen(address: string, port: number, handler: DnsHandler): Promise<DnsListener>;
  /** Sends a message to a resolver, and resolves to the first one back that `accept` takes. */
  exchange(request: {
    readonly resolver: Resolver;
    readonly transport: DnsTransport;
    readonly message: Uint8Array;
    readonly timeoutMs: number;
    readonly accept: (message: Uint8Array) => boolean;
  }): Promise<Uint8Array>;
  /** A number for a query that nobody can guess. */
  randomId(): number;
}
