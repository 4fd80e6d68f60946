import type { Message } from './messages.ts';

/** A KMS plug-in, as k8s.io/kms apis/v2 has it. Calls reject with KmsError. */
export interface KmsService extends Disposable {
  status(): Promise<Message<'StatusResponse'>>;
  encrypt(request: Message<'EncryptRequest'>): Promise<Message<'EncryptResponse'>>;
  decrypt(request: Message<'DecryptRequest'>): Promise<Message<'DecryptResponse'>>;
}

export class KmsError extends Error {
  override readonly name = 'KmsError';
}
