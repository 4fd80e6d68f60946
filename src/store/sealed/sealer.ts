/** How the values of some keys are kept from whoever reads the disk (KEP-92; upstream's EncryptionConfiguration). */

/** One way to seal, with one key. */
export interface Seal {
  /** What every value begins with that it made, as upstream has it: `k8s:enc:aesgcm:v1:key1:`; '' leaves values as they are. */
  readonly prefix: string;
  /** `context` is bound to the value: under another it cannot be opened, where the way can do that. */
  close(plain: Uint8Array, context: string): Uint8Array;
  /** Throws where somebody has changed the value, or it is another key's. */
  open(sealed: Uint8Array, context: string): Uint8Array;
  /** Asks somebody else for what it takes to open it; undefined where nothing is to be asked for. */
  prepare?(sealed: Uint8Array): Promise<void> | undefined;
  /** Its values begin alike, but it would not make this one now. */
  isStale?(sealed: Uint8Array): boolean;
}

/** How keys with some beginnings are sealed: by the first of the seals; by the others their values may have been before. */
export interface SealRule {
  readonly keyPrefixes: readonly string[];
  readonly seals: readonly Seal[];
}

/** A value that cannot be opened. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');
const anySeal = encoder.encode('k8s:enc:');
/** Longer than any seal's beginning. */
const prefixBytesMax = 512;

/** Seals and opens values by the first rule that covers their key; those of other keys are as they are. */
export class Sealer {
  #rules: readonly SealRule[] = [];
  #asks = false;
  readonly #prefixes = new Map<Seal, Uint8Array>();

  constructor(rules: readonly SealRule[]) {
    this.rules = rules;
  }

  get rules(): readonly SealRule[] {
    return this.#rules;
  }

  /** From now on it seals by these. */
  set rules(rules: readonly SealRule[]) {
    this.#rules = rules;
    this.#asks = rules.some(({ seals }) => seals.some(seal => seal.prepare));
    this.#prefixes.clear();
    for (const { seals } of rules) {
      for (const seal of seals) this.#prefixes.set(seal, encoder.encode(seal.prefix));
    }
  }

  /** What the keys that it covers begin with. */
  get keyPrefixes(): string[] {
    return this.#rules.flatMap(({ keyPrefixes }) => keyPrefixes);
  }

  /** Some of its seals have to ask somebody else. */
  get asks(): boolean {
    return this.#asks;
  }

  covers(key: string): boolean {
    return this.#ruleOf(key) !== undefined;
  }

  close(key: string, plain: Uint8Array): Uint8Array {
    const seal = this.#ruleOf(key)?.seals[0];
    if (!seal || seal.prefix === '') return plain;
    const prefix = this.#prefixes.get(seal)!;
    const sealed = seal.close(plain, key);
    const whole = new Uint8Array(prefix.length + sealed.length);
    whole.set(prefix);
    whole.set(sealed, prefix.length);
    return whole;
  }

  /** Asks for what it takes to open the value; undefined where nothing is to be asked for. Rejects with UnsealError. */
  prepare(key: string, value: Uint8Array): Promise<void> | undefined {
    const asked = this.#sealsOf(key, value).flatMap(seal => seal.prepare?.(this.#rest(seal, value)) ?? []);
    if (asked.length === 0) return undefined;
    return Promise.all(asked).then(
      () => undefined,
      (error: Error) => {
        throw new UnsealError(`${key} cannot be read: ${error.message}`, { cause: error });
      },
    );
  }

  /** Throws UnsealError. */
  open(key: string, value: Uint8Array): Uint8Array {
    return this.covers(key) ? this.#opened(key, value).plain : value;
  }

  /** The value is not as it would be written now. */
  isStale(key: string, value: Uint8Array): boolean {
    const rule = this.#ruleOf(key);
    if (!rule) return false;
    const candidates = this.#sealsOf(key, value);
    // Only where two are called the same, it takes more than their names to tell whose it is.
    const seal = candidates.length > 1 ? this.#opened(key, value).seal : candidates[0];
    return seal !== rule.seals[0] || (seal?.isStale?.(this.#rest(seal, value)) ?? false);
  }

  #opened(key: string, value: Uint8Array): { plain: Uint8Array; seal: Seal } {
    const candidates = this.#sealsOf(key, value);
    for (const seal of candidates) {
      try {
        return { plain: seal.prefix === '' ? value : seal.open(this.#rest(seal, value), key), seal };
      } catch {
        // The next may be the one: keys are told apart by their names alone.
      }
    }
    const [seal] = candidates;
    if (!seal) throw new UnsealError(`${key} cannot be read: ${unknownSeal(value)}`);
    const why = `it does not open with the key ${JSON.stringify(seal.prefix)}`;
    throw new UnsealError(
      `${key} cannot be read: ${why}: that key was replaced, or the value has been changed`,
    );
  }

  /** What a seal made, without its prefix. */
  #rest(seal: Seal, value: Uint8Array): Uint8Array {
    return value.subarray(this.#prefixes.get(seal)!.length);
  }

  #ruleOf(key: string): SealRule | undefined {
    for (const rule of this.#rules) {
      for (const prefix of rule.keyPrefixes) if (key.startsWith(prefix)) return rule;
    }
    return undefined;
  }

  /** Those that may have made the value. */
  #sealsOf(key: string, value: Uint8Array): readonly Seal[] {
    const seals = this.#ruleOf(key)?.seals ?? [];
    if (!startsWith(value, anySeal)) return seals.filter(({ prefix }) => prefix === '').slice(0, 1);
    return seals.filter(seal => seal.prefix !== '' && startsWith(value, this.#prefixes.get(seal)!));
  }
}

function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (value[i] !== prefix[i]) return false;
  return true;
}

function unknownSeal(value: Uint8Array): string {
  if (!startsWith(value, anySeal))
    return 'it is not encrypted, and the configuration has no provider identity';
  const [, prefix] =
    /^(k8s:enc:[^:]*:v\d+:[^:]*:)/.exec(decoder.decode(value.subarray(0, prefixBytesMax))) ?? [];
  return `it was encrypted as ${JSON.stringify(prefix ?? 'k8s:enc:')}, and the configuration has no such key`;
}
