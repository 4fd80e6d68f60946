import { type KubeObject, deepFreeze } from '#machinery/object.ts';

const encoder = new TextEncoder();

/**
 * One stored version of an object: the frozen value and, made when first asked for and then kept, its JSON bytes.
 * kind and apiVersion come first in the bytes, so that a list, whose items carry neither, can cut them off.
 */
export class Entry {
  readonly key: string;
  readonly revision: number;
  readonly object: KubeObject;
  #json: Uint8Array | undefined;
  #leaving: Entry | undefined;

  constructor(key: string, revision: number, object: KubeObject) {
    this.key = key;
    this.revision = revision;
    this.object = object;
  }

  get json(): Uint8Array {
    this.#json ??= encoder.encode(JSON.stringify(this.object));
    return this.#json;
  }

  /** The previous state at this entry's revision: what a watcher sees whose selection this version left. */
  leaving(previous: Entry): Entry {
    this.#leaving ??= new Entry(this.key, this.revision, withRevision(previous.object, this.revision));
    return this.#leaving;
  }
}

/** What a stored value decodes to: the stored form, which has no resourceVersion, with its revision put in. */
export function withRevision(stored: KubeObject, revision: number): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = stored;
  const { resourceVersion: _, ...meta } = metadata;
  return deepFreeze({ kind, apiVersion, metadata: orderMeta(meta, String(revision)), ...rest });
}

function orderMeta(meta: KubeObject['metadata'], resourceVersion: string): KubeObject['metadata'] {
  const { name, generateName, namespace, uid, ...rest } = meta;
  return {
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    resourceVersion,
    ...rest,
  };
}

/** Keeps the value that a writer has at hand with the bytes that it writes, so that nobody parses them again. */
export class StoredCodec {
  readonly #known = new WeakMap<Uint8Array, KubeObject>();
  readonly #decoder = new TextDecoder();

  encode(object: KubeObject): Uint8Array {
    const { resourceVersion: _, ...metadata } = object.metadata;
    const stored = { ...object, metadata };
    const bytes = encoder.encode(JSON.stringify(stored));
    this.#known.set(bytes, stored);
    return bytes;
  }

  decode(bytes: Uint8Array): KubeObject {
    return this.#known.get(bytes) ?? (JSON.parse(this.#decoder.decode(bytes)) as KubeObject);
  }
}
