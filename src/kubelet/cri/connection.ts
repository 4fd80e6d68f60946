import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type { Clock } from '#base/clock.ts';
import { RuntimeError } from '../runtime.ts';
import { type Decoded, decode, type Encodable, encode } from './codec.ts';
import { methods, streams } from './facts.ts';

/** Adapter: gRPC over the runtime's Unix socket. The library is loaded by the first call, not by the import. */

export type Methods = typeof methods;
export type Method = keyof Methods;
type Streams = typeof streams;
type StreamName = keyof Streams;

const codes: Readonly<Record<number, RuntimeError['code']>> = {
  3: 'InvalidArgument',
  4: 'DeadlineExceeded',
  5: 'NotFound',
  6: 'AlreadyExists',
  14: 'Unavailable',
};

/** containerd 1.6 answers so, as Unknown, between listening and being ready. */
const startingText = 'server is not initialized yet';

const dialErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
};

/** A gRPC failure as the port's error, with the runtime's own text, or Go's words for a socket that nobody answers. */
export function toRuntimeError(error: ServiceError, address: string): RuntimeError {
  const [, code = ''] = /^No connection established\..* connect (E[A-Z]+) /.exec(error.details) ?? [];
  if (Object.hasOwn(dialErrors, code)) {
    const dial = `dial unix ${address}: connect: ${dialErrors[code]}`;
    return new RuntimeError(
      'Unavailable',
      `connection error: desc = "transport: Error while dialing: ${dial}"`,
    );
  }
  if (error.details === startingText) return new RuntimeError('Unavailable', error.details);
  return new RuntimeError(codes[error.code] ?? 'Unknown', error.details || error.message);
}

function pathOf(method: string, service: string): string {
  return `/runtime.v1.${service}/${method}`;
}

const maxMessageBytes = 16 * 1024 * 1024;

export class CriConnection {
  readonly #address: string;
  readonly #clock: Clock;
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(options: { readonly address: string; readonly clock: Clock }) {
    this.#address = options.address;
    this.#clock = options.clock;
  }

  /** One unary call. `timeoutMs` absent: no deadline. */
  async call<M extends Method>(
    method: M,
    request: Encodable<Methods[M][1]>,
    timeoutMs?: number,
  ): Promise<Decoded<Methods[M][2]>> {
    const client = await this.#connect();
    const [service, requestName, responseName] = methods[method] as Methods[M];
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        pathOf(method, service),
        (value: Encodable<Methods[M][1]>) => Buffer.from(encode(requestName as Methods[M][1], value)),
        bytes => decode(responseName as Methods[M][2], bytes),
        request,
        timeoutMs === undefined ? {} : { deadline: this.#clock.now() + timeoutMs },
        (error, value) => (error ? reject(toRuntimeError(error, this.#address)) : resolve(value!)),
      );
    });
  }

  /** A call whose answer is a stream of messages. */
  async stream<S extends StreamName>(
    name: S,
    request: Encodable<Streams[S][1]>,
  ): Promise<ClientReadableStream<Decoded<Streams[S][2]>>> {
    const client = await this.#connect();
    const [path, requestName, responseName] = streams[name] as Streams[S];
    return client.makeServerStreamRequest(
      path,
      (value: Encodable<Streams[S][1]>) => Buffer.from(encode(requestName as Streams[S][1], value)),
      bytes => decode(responseName as Streams[S][2], bytes),
      request,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client;
    client?.close();
  }

  #connect(): Promise<Client> {
    if (this.#closed) return Promise.reject(new RuntimeError('Unavailable', 'the connection is closed'));
    this.#client ??= import('@grpc/grpc-js').then(
      grpc =>
        new grpc.Client(`unix:${this.#address}`, grpc.credentials.createInsecure(), {
          'grpc.default_authority': 'localhost',
          'grpc.max_receive_message_length': maxMessageBytes,
          'grpc.max_send_message_length': maxMessageBytes,
          'grpc.initial_reconnect_backoff_ms': 100,
          'grpc.max_reconnect_backoff_ms': 3000,
          'grpc.use_local_subchannel_pool': 1,
        }),
    );
    return this.#client;
  }
}
