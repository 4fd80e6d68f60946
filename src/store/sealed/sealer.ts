/** How the values of some keys are kept from whoever reads the disk (KEP-92; upstream's EncryptionConfiguration). */

/** One way to seal, with one key. */
export interface Seal {
  /** What every value begins with that it made, as upstream has it: `k8s:enc:aesgcm:v1:key1:`; '' leaves values as they are. */
  readonly prefix: string;
  /** `context` is bound to the value: under another it cannot be opened, where the way can do that. */
  close(plain: Uint8Array, context: string): Uint8Array;
  /** Throws where somebody has changed the value, or it is another key's. */
  open(sealed: Uint8Array, context: string): Uint8Array;
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
  readonly #rules: readonly SealRule[];
  readonly #prefixes = new Map<Seal, Uint8Array>();

  constructor(rules: readonly SealRule[]) {
    this.#rules = rules;
    for (const { seals } of rules) {
      for (const seal of seals) this.#prefixes.set(seal, encoder.encode(seal.prefix));
    }
  }

  /** What the keys that it covers begin with. */
  get keyPrefixes(): string[] {
    return this.#rules.flatMap(({ keyPrefixes }) => keyPrefixes);
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

  /** Throws UnsealError. */
  open(key: string, value: Uint8Array): Uint8Array {
    const rule = this.#ruleOf(key);
    if (!rule) return value;
    const seal = this.#sealOf(rule, value);
    if (!seal) throw new UnsealError(`${key} cannot be read: ${unknownSeal(value)}`);
    if (seal.prefix === '') return value;
    try {
      return seal.open(value.subarray(this.#prefixes.get(seal)!.length), key);
    } catch {
      const why = `it does not open with the key ${JSON.stringify(seal.prefix)}`;
      throw new UnsealError(
        `${key} cannot be read: ${why}: that key was replaced, or the value has been changed`,
      );
    }
  }

  /** The value is not as it would be written now. */
  isStale(key: string, value: Uint8Array): boolean {
    const rule = this.#ruleOf(key);
    return rule !== undefined && this.#sealOf(rule, value) !== rule.seals[0];
  }

  #ruleOf(key: string): SealRule | undefined {
    for (const rule of this.#rules) {
      for (const prefix of rule.keyPrefixes) if (key.startsWith(prefix)) return rule;
    }
    return undefined;
  }

  #sealOf({ seals }: SealRule, value: Uint8Array): Seal | undefined {
    if (!startsWith(value, anySeal)) return seals.find(({ prefix }) => prefix === '');
    return seals.find(seal => seal.prefix !== '' && startsWith(value, this.#prefixes.get(seal)!));
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
