import { createCipheriv, createDecipheriv } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Seal } from './sealer.ts';

/** So many random bytes that nobody can guess. */
export type Nonces = (length: number) => Uint8Array;

export interface SealKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

/** Values as they are. */
export const identity: Seal = { prefix: '', close: plain => plain, open: sealed => sealed };

const gcmNonceBytes = 12;
const gcmTagBytes = 16;
const cbcBlockBytes = 16;
const secretboxNonceBytes = 24;

/** AES-GCM. A key of 16, 24 or 32 bytes, which must be changed before some 2^32 values. */
export function aesgcm({ name, secret }: SealKey, nonces: Nonces): Seal {
  const cipher = `aes-${secret.length * 8}-gcm` as 'aes-256-gcm';
  return {
    prefix: `k8s:enc:aesgcm:v1:${name}:`,
    close(plain, context) {
      const nonce = nonces(gcmNonceBytes);
      const closing = createCipheriv(cipher, secret, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, closing.update(plain), closing.final(), closing.getAuthTag()]);
    },
    open(sealed, context) {
      mustHave(sealed, gcmNonceBytes + gcmTagBytes);
      const nonce = sealed.subarray(0, gcmNonceBytes);
      const tagAt = sealed.length - gcmTagBytes;
      const opening = createDecipheriv(cipher, secret, nonce)
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(tagAt));
      return Buffer.concat([opening.update(sealed.subarray(gcmNonceBytes, tagAt)), opening.final()]);
    },
  };
}

/** AES-CBC with PKCS#7 padding. A key of 16, 24 or 32 bytes. It does not notice every change of a value. */
export function aescbc({ name, secret }: SealKey, nonces: Nonces): Seal {
  const cipher = `aes-${secret.length * 8}-cbc`;
  return {
    prefix: `k8s:enc:aescbc:v1:${name}:`,
    close(plain) {
      const vector = nonces(cbcBlockBytes);
      const closing = createCipheriv(cipher, secret, vector);
      return Buffer.concat([vector, closing.update(plain), closing.final()]);
    },
    open(sealed) {
      mustHave(sealed, 2 * cbcBlockBytes);
      const opening = createDecipheriv(cipher, secret, sealed.subarray(0, cbcBlockBytes));
      return Buffer.concat([opening.update(sealed.subarray(cbcBlockBytes)), opening.final()]);
    },
  };
}

/** XSalsa20 and Poly1305 (NaCl's secretbox). A key of 32 bytes; its nonces are long enough to be random for ever. */
export function secretbox({ name, secret }: SealKey, nonces: Nonces): Seal {
  return {
    prefix: `k8s:enc:secretbox:v1:${name}:`,
    close(plain) {
      const nonce = nonces(secretboxNonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    open(sealed) {
      mustHave(sealed, secretboxNonceBytes);
      const nonce = sealed.subarray(0, secretboxNonceBytes);
      return xsalsa20poly1305(secret, nonce).decrypt(sealed.subarray(secretboxNonceBytes));
    },
  };
}

function mustHave(sealed: Uint8Array, length: number): void {
  if (sealed.length < length) throw new Error('the stored data was shorter than the required size');
}
