import { decode } from 'dns-packet';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, shuffled } from '#base/random.ts';
import type { InformerFactory } from '#client/informer.ts';
import { answer, type DnsConfig } from './answer.ts';
import { Forwarder, NoResolverError } from './forwarder.ts';
import type { Resolver } from './resolvers.ts';
import type { DnsListener, DnsSockets, DnsTransport } from './sockets-port.ts';
import { type DnsState, informedState } from './state.ts';
import { type DnsRecord, type Query, type ResponseBody, rcodes } from './wire.ts';
import { parseQuery, rcodeOf, udpBytesMax } from './wire-read.ts';
import { encodeError, encodeQuery, encodeResponse, truncate } from './wire-write.ts';

export interface DnsOptions {
  readonly informers: InformerFactory;
  /** Default: 'cluster.local'. */
  readonly zone?: string;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  /** Where names from outside the cluster are asked for. */
  readonly resolvers: readonly Resolver[];
  readonly sockets: DnsSockets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Dns extends AsyncDisposable {
  readonly listeners: readonly DnsListener[];
  /** Resolves when the cluster's names are known; before, it answers SERVFAIL. */
  readonly ready: Promise<void>;
}

const tcpBytesMax = 65535;

function failure(rcode: number): ResponseBody {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

/** Answers messages; no sockets. */
export class DnsResponder {
  readonly #zone: string;
  readonly #state: DnsState;
  readonly #forwarder: Forwarder;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #sockets: DnsSockets;
  #ready = false;

  constructor(options: Omit<DnsOptions, 'informers' | 'listen'> & { readonly state: DnsState }) {
    this.#zone = options.zone ?? 'cluster.local';
    this.#state = options.state;
    this.#forwarder = new Forwarder(options);
    this.#clock = options.clock;
    this.#random = options.random;
    this.#sockets = options.sockets;
    this.#log = options.log.with({ component: 'dns' });
  }

  markReady(): void {
    this.#ready = true;
  }

  /** Undefined: the message deserves no answer. */
  async respond(message: Uint8Array, transport: DnsTransport): Promise<Uint8Array | undefined> {
    const query = parseQuery(message);
    if (!query) return undefined;
    if ('rcode' in query) return encodeError(query);
    const bytesMax = transport === 'tcp' ? tcpBytesMax : udpBytesMax(query);
    if (query.edns && query.edns.version !== 0)
      return encodeResponse(query, failure(rcodes.badVersion), bytesMax);
    try {
      return await this.#answer(query, message, bytesMax);
    } catch (error) {
      if (error instanceof NoResolverError) this.#log.debug('no resolver answered', { error: error.message });
      else this.#log.error('a query failed', { name: query.name, error: String(error) });
      return encodeResponse(query, failure(rcodes.serverFailure), bytesMax);
    }
  }

  async #answer(query: Query, message: Uint8Array, bytesMax: number): Promise<Uint8Array> {
    const config: DnsConfig = { zone: this.#zone, serial: Math.floor(this.#clock.now() / 1000) };
    const found = answer(config, query, this.#state);
    if (found.kind === 'forward') {
      const forwarded = await this.#forwarder.resolve(query, message);
      return forwarded.length <= bytesMax ? forwarded : truncate(forwarded, query.question);
    }
    if (!this.#ready) return encodeResponse(query, failure(rcodes.serverFailure), bytesMax);
    if (found.kind === 'answer') return encodeResponse(query, this.#spread(found.body), bytesMax);
    const answers = [found.cname, ...(await this.#resolveAlias(found.target, query.type))];
    const body = { ...failure(rcodes.noError), authoritative: true, answers };
    return encodeResponse(query, body, bytesMax);
  }

  /** The alias alone is a right answer too, where its target cannot be resolved. */
  async #resolveAlias(target: string, type: number): Promise<DnsRecord[]> {
    const message = encodeQuery(this.#sockets.randomId(), target, type);
    const query = parseQuery(message);
    if (!query || 'rcode' in query) return [];
    try {
      const resolved = await this.#forwarder.resolve(query, message);
      return rcodeOf(resolved) === rcodes.noError ? aliasRecords(resolved) : [];
    } catch (error) {
      this.#log.debug('the target of an alias could not be resolved', { target, error: String(error) });
      return [];
    }
  }

  /** Clients take the first address: each gets another one first. */
  #spread(body: ResponseBody): ResponseBody {
    return body.answers.length < 2 ? body : { ...body, answers: shuffled(this.#random, body.answers) };
  }
}

function aliasRecords(message: Uint8Array): DnsRecord[] {
  const { answers = [] } = decode(Buffer.from(message));
  return answers.flatMap((record): DnsRecord[] => {
    if (record.type !== 'A' && record.type !== 'AAAA' && record.type !== 'CNAME') return [];
    const { name, ttl = 0, type, data } = record;
    return [{ name: name.toLowerCase(), ttl, type, data: type === 'CNAME' ? data.toLowerCase() : data }];
  });
}

/** Starts the cluster's DNS server. The informers are started by their owner; rejects when an address is taken. */
export async function createDns(options: DnsOptions): Promise<Dns> {
  const state = informedState(options.informers);
  const responder = new DnsResponder({ ...options, state });
  const listeners: DnsListener[] = [];
  const close = async () => {
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  };
  try {
    for (const { address, port } of options.listen) {
      const handler = responder.respond.bind(responder);
      listeners.push(await options.sockets.listen(address, port, handler));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const ready = state.ready.then(() => responder.markReady());
  return { listeners, ready, [Symbol.asyncDispose]: close };
}
