import { type Clock, toRfc3339 } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { aggregateText } from '#machinery/field.ts';
import type { Seal } from '../sealer.ts';
import type { Nonces } from '../seals.ts';
import { dataKey, keyTypes, seedBytes } from './data-key.ts';
import { type Message, decodeMessage, encodeMessage } from './messages.ts';
import { type KmsMetrics, hashOf } from './metrics.ts';
import type { KmsService } from './service.ts';
import { type StoredKey, checkStored, keyIdProblem } from './validate.ts';

/** How often the plug-in is asked how it is, while it is well and while it is not. */
const wellMs = 60_000;
const illMs = 10_000;
/** For so long after the plug-in was well last, values are still sealed by its key. */
const coastMs = 3 * 60_000;

export interface KmsProviderOptions {
  readonly name: string;
  /** Disposed of with the provider. */
  readonly service: KmsService;
  readonly clock: Clock;
  readonly random: Random;
  readonly nonces: Nonces;
  readonly log: Log;
  readonly metrics: KmsMetrics;
  /** Values are sealed by another key of the plug-in's from now on. */
  readonly onRotate: () => void;
}

interface Opener {
  open(sealed: Uint8Array, context: string): Uint8Array;
  readonly used: () => void;
}

/** What values are sealed by now. */
interface Current {
  readonly stored: StoredKey;
  readonly close: Seal['close'];
  readonly used: () => void;
  expiresMs: number;
}

/**
 * Seals by keys that a KMS plug-in keeps (KEP-3299): values by a seed of this server's, which is stored with each as the plug-in
 * has encrypted it. The plug-in is asked once for each seed; a new one is made when it says that its own key is another.
 */
export class KmsProvider implements Seal, Disposable {
  readonly prefix: string;
  readonly #options: KmsProviderOptions;
  readonly #keys = new Map<string, Opener>();
  readonly #asked = new Map<string, Promise<void>>();
  readonly #told: Disposable;
  #current: Current | undefined;
  #version = '';
  #problem: string | undefined = 'not asked yet';
  #poll: Disposable | undefined;
  #isDisposed = false;

  private constructor(options: KmsProviderOptions) {
    this.#options = options;
    this.prefix = `k8s:enc:kms:v2:${options.name}:`;
    this.#told = options.metrics.keysOf(options.name, () => this.#keys.size);
  }

  /** Resolves when the plug-in has been asked once, whatever came of it. */
  static async start(options: KmsProviderOptions): Promise<KmsProvider> {
    const provider = new KmsProvider(options);
    await provider.#probe();
    return provider;
  }

  /** What was wrong when the plug-in was asked last; undefined: nothing. */
  get problem(): string | undefined {
    return this.#problem;
  }

  close(plain: Uint8Array, context: string): Uint8Array {
    const { clock } = this.#options;
    const current = this.#current;
    if (!current) throw new Error('got unexpected nil transformer');
    if (clock.now() > current.expiresMs) {
      const hash = JSON.stringify(hashOf(current.stored.keyId));
      throw new Error(
        `encryptedDEKSource with keyID hash ${hash} expired at ${toRfc3339(current.expiresMs)} (current time is ${toRfc3339(clock.now())})`,
      );
    }
    const encryptedData = current.close(plain, context);
    current.used();
    return encodeMessage('EncryptedObject', { ...current.stored, encryptedData });
  }

  prepare(sealed: Uint8Array): Promise<void> | undefined {
    let object: Message<'EncryptedObject'>;
    try {
      object = storedOf(sealed);
    } catch {
      // To open it will say so.
      return undefined;
    }
    const id = idOf(object);
    if (this.#keys.has(id)) return undefined;
    const asked = this.#asked.get(id) ?? this.#askFor(id, object).finally(() => this.#asked.delete(id));
    this.#asked.set(id, asked);
    return asked;
  }

  open(sealed: Uint8Array, context: string): Uint8Array {
    const object = storedOf(sealed);
    const key = this.#keys.get(idOf(object));
    if (!key) throw new Error('the plug-in has not been asked for its key');
    const plain = key.open(object.encryptedData, context);
    key.used();
    return plain;
  }

  isStale(sealed: Uint8Array): boolean {
    const { keyId, keyType } = storedOf(sealed);
    const stored = this.#current?.stored;
    return stored !== undefined && (keyId !== stored.keyId || keyType !== stored.keyType);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#poll?.[Symbol.dispose]();
    this.#told[Symbol.dispose]();
    this.#options.service[Symbol.dispose]();
  }

  async #askFor(id: string, { encryptedKey, keyId, annotations, keyType }: StoredKey): Promise<void> {
    const { service, random, metrics, nonces, name } = this.#options;
    metrics.missed();
    const uid = randomUuid(random);
    const request = { ciphertext: encryptedKey, uid, keyId, annotations };
    const { plaintext } = await service.decrypt(request).catch((error: Error) => {
      throw new Error(`failed to decrypt DEK, error: ${error.message}`);
    });
    const { open } = dataKey(keyType, plaintext, nonces);
    this.#keys.set(id, { open, used: metrics.usesOf(name, keyId, 'from_storage') });
  }

  async #probe(): Promise<void> {
    const { clock, log, name } = this.#options;
    const before = this.#problem;
    try {
      await this.#ask();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = (error as Error).message;
    }
    if (this.#isDisposed) return;
    if (this.#problem !== before) {
      if (this.#problem === undefined) log.info('the KMS plug-in is well', { name });
      else log.error('the KMS plug-in is not well', { name, error: this.#problem });
    }
    const delayMs = this.#problem === undefined ? wellMs : illMs;
    this.#poll = clock.after(delayMs, () => void this.#probe());
  }

  async #ask(): Promise<void> {
    const { service, metrics, name } = this.#options;
    const { healthz, version, keyId } = await service.status().catch((error: Error) => {
      throw new Error(
        `failed to perform status section of the healthz check for KMS Provider ${name}, error: ${error.message}`,
      );
    });
    const problems: string[] = [];
    if (healthz !== 'ok') problems.push(`got unexpected healthz status: ${healthz}`);
    problems.push(...this.#versionProblems(version));
    const ofId = keyIdProblem(keyId);
    if (ofId) {
      metrics.toldInvalidKey(name, ofId.code);
      problems.push(`got invalid KMSv2 KeyID hash ${JSON.stringify(hashOf(keyId))}: ${ofId.text}`);
    } else {
      metrics.toldKey(name, keyId);
      await this.#keepKey(keyId).catch((error: Error) => problems.push(error.message));
    }
    if (problems.length > 0) {
      throw new Error(`kmsv2 Provider ${name} is not healthy, error: ${aggregateText(problems)}`);
    }
  }

  #versionProblems(version: string): string[] {
    if (version !== 'v2' && version !== 'v2beta1') return [`expected KMSv2 API version v2, got ${version}`];
    this.#version ||= version;
    if (this.#version === version) return [];
    return [
      `KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`,
    ];
  }

  /** Goes on with the key that there is, or makes one that the plug-in encrypts with `keyId`. */
  async #keepKey(keyId: string): Promise<void> {
    const { clock, nonces, random, service, metrics, name } = this.#options;
    const expiresMs = clock.now() + coastMs;
    const before = this.#current;
    if (before?.stored.keyId === keyId) {
      before.expiresMs = expiresMs;
      return;
    }
    const seed = nonces(seedBytes);
    const uid = randomUuid(random);
    const answer = await service.encrypt({ plaintext: seed, uid }).catch((error: Error) => {
      throw new Error(
        `failed to rotate DEK uid=${JSON.stringify(uid)}: failed to encrypt DEK, error: ${error.message}`,
      );
    });
    const { ciphertext: encryptedKey, annotations } = answer;
    const stored: StoredKey = { keyId: answer.keyId, encryptedKey, annotations, keyType: keyTypes.seed };
    checkStored(stored);
    if (stored.keyId !== keyId) {
      throw new Error(
        `failed to rotate DEK uid=${JSON.stringify(uid)}: statusKeyIDHash=${JSON.stringify(hashOf(keyId))}, encryptKeyIDHash=${JSON.stringify(hashOf(stored.keyId))}`,
      );
    }
    const { close, open } = dataKey(keyTypes.seed, seed, nonces);
    this.#keys.set(idOf(stored), { open, used: metrics.usesOf(name, keyId, 'from_storage') });
    this.#current = { stored, close, used: metrics.usesOf(name, keyId, 'to_storage'), expiresMs };
    if (before) this.#options.onRotate();
  }
}

/** Throws where it is not what a provider has made. */
function storedOf(sealed: Uint8Array): Message<'EncryptedObject'> {
  const object = decodeMessage('EncryptedObject', sealed);
  if (object.encryptedData.length === 0) throw new Error('encrypted data is empty');
  checkStored(object);
  return object;
}

/** The same of the same key alone. */
function idOf({ keyId, encryptedKey, annotations, keyType }: StoredKey): string {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const rest = [...annotations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, hex(value)]);
  return JSON.stringify([keyType, hex(encryptedKey), keyId, rest]);
}
