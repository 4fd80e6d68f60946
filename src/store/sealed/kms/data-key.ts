import { createHmac } from 'node:crypto';
import { type Nonces, aesgcm } from '../seals.ts';
import type { Seal } from '../sealer.ts';

type Cipher = Pick<Seal, 'close' | 'open'>;

/** How the plaintext of a stored key is used (kmsv2 EncryptedDEKSourceType). */
export const keyTypes = {
  /** It is the key of AES-GCM: what was written before v1.29. */
  key: 0,
  /** Of it and 32 random bytes, which stand before each value, that value's key is made. */
  seed: 1,
} as const;

export const seedBytes = 32;
const infoBytes = 32;

/** Seals values by what a plug-in keeps as one key. Throws where that is no key. */
export function dataKey(type: number, secret: Uint8Array, nonces: Nonces): Cipher {
  if (type === keyTypes.key) return aesgcm({ name: '', secret }, nonces);
  if (secret.length < seedBytes)
    throw new Error(`invalid seed length ${secret.length} used for key generation`);
  const cipherOf = (info: Uint8Array) => aesgcm({ name: '', secret: derived(secret, info) }, nonces);
  return {
    close(plain, context) {
      const info = nonces(infoBytes);
      return Buffer.concat([info, cipherOf(info).close(plain, context)]);
    },
    open(sealed, context) {
      if (sealed.length < infoBytes) throw new Error('the stored data was shorter than the required size');
      return cipherOf(sealed.subarray(0, infoBytes)).open(sealed.subarray(infoBytes), context);
    },
  };
}

/** The first 32 bytes that HKDF's expansion with SHA-256 (RFC 5869) gives. */
function derived(seed: Uint8Array, info: Uint8Array): Uint8Array {
  return createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest();
}
