import { escapeHtml } from '#machinery/go-json.ts';
import { type ListMeta, apiVersionOf } from '#machinery/object.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { type IncludeObject, type MetaVersion, partialMetadata, toTable } from '#machinery/table.ts';
import type { Services } from '../handlers/context.ts';
import type { Entry } from '../resources/entry.ts';
import { cut, cutItems, emptyList, listItem } from '../resources/list-items.ts';
import { type ServedResource, fromStorage } from '../resources/served.ts';
import { type Encoder, concat, isAList, isStored, partialSchema } from './encode.ts';
import { type Representation, prettyText } from './negotiate.ts';

const encoder = new TextEncoder();
const openBrace = 0x7b;
const commaByte = 0x2c;
/** What a list is sent in: little enough to stay in the processor's cache. */
const pieceBytes = 256 * 1024;
/** Items that are made into bytes before others get their turn, if time is up. */
const itemsAtOnce = 10;

/** A list before it is bytes. */
export interface ListToEncode {
  readonly served: ServedResource;
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

/** A list whose bytes are known to the last, and made as they are sent. */
export interface ListPieces {
  readonly length: number;
  /** Each may be used until the next is asked for: they share their memory. */
  pieces(): Iterable<Uint8Array>;
}

/** Turns lists into bytes, in the form that the client asked for; long ones in pieces, so that nobody waits for them. */
export class ListEncoder {
  readonly #services: Services;
  readonly #encoder: Encoder;

  constructor(services: Services, encoder: Encoder) {
    this.#services = services;
    this.#encoder = encoder;
  }

  async encode(list: ListToEncode, form: Representation, include: IncludeObject): Promise<ListPieces> {
    return inPieces(await this.#parts(list, form, include));
  }

  async #parts(list: ListToEncode, form: Representation, include: IncludeObject): Promise<Uint8Array[]> {
    const { served, entries } = list;
    if (form.as === 'table') return this.#table(list, form, include);
    if (form.as === 'metadata' && !form.ofList) throw isAList(served);
    const { empty, schema, show } =
      form.as === 'metadata' ? partialItems(list, form.metaVersion) : wholeItems(list);
    // A list of Go that nothing was put into.
    if (form.as === 'metadata' && form.encoding !== 'protobuf' && entries.length === 0)
      return [this.#encoder.value({ ...empty, items: null }, form)];
    if (form.encoding === 'protobuf') {
      const message = (entry: Entry) =>
        form.as === 'metadata'
          ? this.#encoder.rawMessage(show(entry), partialSchema)
          : this.#encoder.message(served, entry);
      return this.#protobuf(empty, entries, message, schema);
    }
    if (form.encoding === 'yaml' || form.pretty) {
      return this.#spread(empty, 'items', entries, some => some.map(show), form);
    }
    return this.#joined(empty, 'items', entries, entry => JSON.stringify(show(entry)));
  }

  /** The list as it is stored, where that is how its client wants it. */
  stored({ served, entries, metadata }: ListToEncode, form: Representation): ListPieces | undefined {
    if (form.as !== 'object' || form.encoding !== 'json' || form.pretty || !isStored(served))
      return undefined;
    const [before, behind] = cutItems(JSON.stringify(emptyList(served, metadata)), 'items');
    const [head, end] = [encoder.encode(before), encoder.encode(`${behind}\n`)];
    // Each item gets a brace of its own; custom resources keep their type behind it.
    const skip = served.definition.conversion ? 1 : typeLength(served);
    // A comma before each item but the first.
    let length = head.length + end.length + Math.max(0, entries.length - 1);
    for (const entry of entries) length += entry.jsonLength - skip + 1;
    return { length, pieces: () => storedPieces({ head, end, length }, entries, skip) };
  }

  async #table(
    { served, entries: listed, metadata }: ListToEncode,
    form: Representation,
    include: IncludeObject,
  ): Promise<Uint8Array[]> {
    const { rowOrder } = served.definition;
    const entries = rowOrder
      ? [...listed].sort((a, b) => rowOrder(a.object as never, b.object as never))
      : listed;
    const nowMs = this.#services.clock.now();
    const tableOf = (some: readonly Entry[], withoutHeader = false) =>
      toTable(
        served.definition,
        some.map(entry => entry.object),
        nowMs,
        {
          metaVersion: form.metaVersion,
          includeObject: include,
          listMeta: metadata,
          withoutHeader,
          show: object => fromStorage(served, object),
        },
      );
    if (entries.length === 0 && !served.definition.columns)
      return [this.#encoder.value({ ...tableOf([]), rows: null }, form)];
    if (form.encoding === 'yaml' || form.pretty)
      return this.#spread(tableOf([]), 'rows', entries, some => tableOf(some, true).rows, form);
    if (form.encoding !== 'json') return [this.#encoder.value(tableOf(entries), form)];
    return this.#joined(tableOf([]), 'rows', entries, entry =>
      JSON.stringify(tableOf([entry], true).rows[0]),
    );
  }

  /** JSON: the items of `list`, which has none, where they belong. */
  async #joined(
    list: object,
    name: 'items' | 'rows',
    entries: readonly Entry[],
    textOf: (entry: Entry) => string,
  ): Promise<Uint8Array[]> {
    const [head, end] = cutItems(JSON.stringify(list), name);
    const parts: Uint8Array[] = [encoder.encode(head)];
    await this.#inPieces(entries, some => {
      const comma = parts.length > 1 ? ',' : '';
      parts.push(encoder.encode(escapeHtml(comma + some.map(textOf).join(','))));
    });
    parts.push(encoder.encode(`${end}\n`));
    return parts;
  }

  /** For people: the items of `list`, which has none, where they belong. */
  async #spread(
    list: object,
    name: string,
    entries: readonly Entry[],
    itemsOf: (some: readonly Entry[]) => readonly unknown[],
    form: Representation,
  ): Promise<Uint8Array[]> {
    if (entries.length === 0) return [this.#encoder.value(list, form)];
    const { head, end, comma, textOf } =
      form.encoding === 'yaml' ? spreadYaml(list, name) : spreadJson(list, name);
    const parts = [encoder.encode(head)];
    await this.#inPieces(entries, some => {
      parts.push(encoder.encode((parts.length > 1 ? comma : '') + textOf(itemsOf(some))));
    });
    parts.push(encoder.encode(end));
    return parts;
  }

  async #protobuf(
    empty: EmptyList,
    entries: readonly Entry[],
    message: (entry: Entry) => Uint8Array,
    schema: string,
  ): Promise<Uint8Array[]> {
    const { protobuf } = this.#services;
    const pieces = [this.#encoder.rawMessage(empty, schema)];
    await this.#inPieces(entries, some => {
      pieces.push(protobuf.encodeItems(some.map(message)));
    });
    return protobuf.encodePieces(empty, pieces);
  }

  async #inPieces(entries: readonly Entry[], work: (some: readonly Entry[]) => void): Promise<void> {
    for (let at = 0; at < entries.length; at += itemsAtOnce) {
      await this.#services.slice.breathe();
      work(entries.slice(at, at + itemsAtOnce));
    }
  }
}

/** How a list is written piece by piece, as it is written at once. */
interface Spread {
  readonly head: string;
  readonly end: string;
  /** Between pieces. */
  readonly comma: string;
  textOf(items: readonly unknown[]): string;
}

function spreadYaml(list: object, name: string): Spread {
  const text = `\n${toYaml(list)}`;
  const [head, end] = cut(text, `\n${name}: []\n`);
  return { head: `${head}\n${name}:\n`.slice(1), end, comma: '', textOf: toYaml };
}

function spreadJson(list: object, name: string): Spread {
  const [head, end] = cut(prettyText(list), `\n  "${name}": []`);
  const [open, close] = [`{\n  "${name}": [\n`, '\n  ]\n}'];
  const textOf = (items: readonly unknown[]) =>
    prettyText({ [name]: items }).slice(open.length, -close.length);
  return { head: `${head}\n  "${name}": [\n`, end: `\n  ]${end}`, comma: ',\n', textOf };
}

/** Parts as they come, in pieces that are worth sending. */
function inPieces(parts: readonly Uint8Array[]): ListPieces {
  return {
    length: parts.reduce((sum, part) => sum + part.length, 0),
    *pieces() {
      let some: Uint8Array[] = [];
      let length = 0;
      for (const part of parts) {
        some.push(part);
        length += part.length;
        if (length < pieceBytes) continue;
        yield concat(some);
        some = [];
        length = 0;
      }
      if (length > 0) yield concat(some);
    },
  };
}

type EmptyList = ReturnType<typeof emptyList>;

/** A list of a form without its items, of which type it is, and what each item shows. */
interface Items {
  readonly empty: EmptyList;
  readonly schema: string;
  show(entry: Entry): object;
}

function wholeItems({ served, metadata }: ListToEncode): Items {
  return {
    empty: emptyList(served, metadata),
    schema: `${served.version.schema}List`,
    show: entry => listItem(served, entry),
  };
}

function partialItems({ served, metadata }: ListToEncode, metaVersion: MetaVersion): Items {
  return {
    empty: { kind: 'PartialObjectMetadataList', apiVersion: metaVersion, metadata, items: [] },
    schema: `${partialSchema}List`,
    show: entry => partialMetadata(served.definition, entry.object, metaVersion),
  };
}

/** The bytes of the kind and apiVersion that a stored object begins with. */
function typeLength({ stored, version }: ServedResource): number {
  const apiVersion = apiVersionOf({ group: stored.group, version: version.version });
  return `{"kind":${JSON.stringify(stored.kind)},"apiVersion":${JSON.stringify(apiVersion)},`.length;
}

function* storedPieces(
  { head, end: listEnd, length }: { head: Uint8Array; end: Uint8Array; length: number },
  entries: readonly Entry[],
  skip: number,
): Generator<Uint8Array, void, undefined> {
  let piece = Buffer.allocUnsafe(Math.min(pieceBytes, length));
  piece.set(head);
  let end = head.length;
  for (const [i, entry] of entries.entries()) {
    const needed = entry.jsonLength - skip + 2;
    if (end + needed > piece.length) {
      yield piece.subarray(0, end);
      if (needed > piece.length) piece = Buffer.allocUnsafe(needed);
      end = 0;
    }
    if (i > 0) piece[end++] = commaByte;
    piece[end++] = openBrace;
    end = entry.copyJson(piece, end, skip);
  }
  yield piece.subarray(0, end);
  yield listEnd;
}
