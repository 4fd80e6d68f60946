import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { type Message, type MessageName, decodeMessage, encodeMessage } from '#store/sealed/kms/messages.ts';
import { KmsError, type KmsService } from '#store/sealed/kms/service.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** A KMS plug-in: its key is what its name's hash is. */
export class KmsBox implements KmsService {
  keyId = 'k1';
  healthz = 'ok';
  version = 'v2';
  /** Methods that were called, in their order. */
  readonly calls: string[] = [];

  async status(): Promise<Message<'StatusResponse'>> {
    this.calls.push('Status');
    return { version: this.version, healthz: this.healthz, keyId: this.keyId };
  }

  async encrypt({ plaintext }: Message<'EncryptRequest'>): Promise<Message<'EncryptResponse'>> {
    this.calls.push('Encrypt');
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', keyOf(this.keyId), nonce);
    const ciphertext = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return { ciphertext, keyId: this.keyId, annotations: new Map([['v.example.com', Buffer.from('1')]]) };
  }

  async decrypt({ ciphertext, keyId }: Message<'DecryptRequest'>): Promise<Message<'DecryptResponse'>> {
    this.calls.push('Decrypt');
    try {
      const cipher = createDecipheriv('aes-256-gcm', keyOf(keyId), ciphertext.subarray(0, nonceBytes));
      cipher.setAuthTag(ciphertext.subarray(-tagBytes));
      const plain = cipher.update(ciphertext.subarray(nonceBytes, -tagBytes));
      return { plaintext: Buffer.concat([plain, cipher.final()]) };
    } catch (error) {
      throw new KmsError('no such key', { cause: error });
    }
  }

  [Symbol.dispose](): void {}
}

function keyOf(keyId: string): Uint8Array {
  return createHash('sha256').update(keyId).digest();
}

/** Serves it by gRPC at a Unix socket until the result is disposed of. */
export async function serveKms(box: KmsBox, socket: string): Promise<Disposable> {
  const server = new Server();
  const method = <M extends 'Status' | 'Encrypt' | 'Decrypt'>(
    name: M,
    handle: (request: Message<`${M}Request`>) => Promise<Message<`${M}Response`>>,
  ) => {
    server.register(
      `/v2.KeyManagementService/${name}`,
      ({ request }: { request: unknown }, callback: sendUnaryData<Message<`${M}Response`>>) => {
        handle(request as Message<`${M}Request`>).then(
          answer => callback(null, answer),
          (error: Error) => callback({ code: 3, details: error.message }),
        );
      },
      value => Buffer.from(encodeMessage(`${name}Response` as MessageName, value as never)),
      bytes => decodeMessage(`${name}Request` as MessageName, bytes),
      'unary',
    );
  };
  method('Status', () => box.status());
  method('Encrypt', request => box.encrypt(request));
  method('Decrypt', request => box.decrypt(request));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), error =>
      error ? reject(error) : resolve(),
    );
  });
  return { [Symbol.dispose]: () => server.forceShutdown() };
}
