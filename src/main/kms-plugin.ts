import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import type { Clock } from '#base/clock.ts';
import { type Message, type MessageName, decodeMessage, encodeMessage } from '#store/sealed/kms/messages.ts';
import type { KmsMetrics } from '#store/sealed/kms/metrics.ts';
import { KmsError, type KmsService } from '#store/sealed/kms/service.ts';
import type { KmsSettings } from './config/encryption-config.ts';

/** The names of gRPC's codes, by their numbers. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

interface Connection {
  readonly client: Client;
  /** Of every call. */
  readonly metadata: Metadata;
}

type Method = 'Status' | 'Encrypt' | 'Decrypt';

/** Adapter: a KMS plug-in behind a Unix socket. The library of gRPC is loaded by the first call, not by the import. */
export class KmsPlugin implements KmsService {
  readonly #settings: KmsSettings;
  readonly #clock: Clock;
  readonly #metrics: KmsMetrics;
  #connection: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(
    settings: KmsSettings,
    { clock, metrics }: { readonly clock: Clock; readonly metrics: KmsMetrics },
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  status(): Promise<Message<'StatusResponse'>> {
    return this.#call('Status', {});
  }

  encrypt(request: Message<'EncryptRequest'>): Promise<Message<'EncryptResponse'>> {
    return this.#call('Encrypt', request);
  }

  decrypt(request: Message<'DecryptRequest'>): Promise<Message<'DecryptResponse'>> {
    return this.#call('Decrypt', request);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    void this.#connection?.then(({ client }) => client.close());
  }

  /** One call; one that finds nobody there waits for somebody, until its time is over. */
  #call<M extends Method>(method: M, request: Message<`${M}Request`>): Promise<Message<`${M}Response`>> {
    const path = `/v2.KeyManagementService/${method}`;
    const labels = { provider_name: this.#settings.name, method_name: path };
    return this.#metrics.timed(labels, codeOf, async () => {
      const { client, metadata } = await this.#connect();
      const deadline = this.#clock.now() + this.#settings.timeoutMs;
      const encode = (value: typeof request) =>
        Buffer.from(encodeMessage(`${method}Request` as MessageName, value as never));
      const decode = (bytes: Buffer) =>
        decodeMessage(`${method}Response` as MessageName, bytes) as Message<`${M}Response`>;
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          encode,
          decode,
          request,
          metadata,
          { deadline },
          (error: ServiceError | null, value?: Message<`${M}Response`>) =>
            error ? reject(errorOf(error)) : resolve(value!),
        );
      });
    });
  }

  #connect(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new KmsError('the provider is closed'));
    const { socket } = this.#settings;
    this.#connection ??= import('@grpc/grpc-js').then(grpc => ({
      client: new grpc.Client(`unix:${socket.replace(/^@/, '\0')}`, grpc.credentials.createInsecure(), {
        'grpc.default_authority': 'localhost',
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 3000,
        'grpc.use_local_subchannel_pool': 1,
      }),
      metadata: new grpc.Metadata({ waitForReady: true }),
    }));
    return this.#connection;
  }
}

/** In the words of Go's client. */
function errorOf(error: ServiceError): KmsError {
  const name = codeNames[error.code] ?? `Code(${error.code})`;
  return new KmsError(`rpc error: code = ${name} desc = ${error.details}`, { cause: error });
}

function codeOf(error: unknown): string {
  const { cause } = error as Error;
  return codeNames[(cause as ServiceError | undefined)?.code ?? -1] ?? 'unknown-non-grpc';
}
