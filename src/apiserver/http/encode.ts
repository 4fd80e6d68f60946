import type { Steps } from '#base/steps.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { sortMembers } from '#machinery/member-order.ts';
import type { KubeObject } from '#machinery/object.ts';
import { apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import { encodeEnvelope, encodeWatchFrame } from '#machinery/protobuf.ts';
import { type Status, type StatusError, statusError } from '#machinery/status.ts';
import { toYaml, toYamlInSteps } from '#machinery/yaml-write.ts';
import { normalizeNative } from '#machinery/normalize.ts';
import {
  type Blank,
  type IncludeObject,
  type Table,
  blankTable,
  partialMetadata,
  toTable,
} from '#machinery/table.ts';
import type { Services } from '../handlers/context.ts';
import type { Entry } from '../resources/entry.ts';
import { type ServedResource, fromStorage, storageVersionOf } from '../resources/served.ts';
import type { ApiResponse, Room } from '../response.ts';
import { type Body, type BodySource, bytesOf, oneWriteBytesMax } from './exchange.ts';
import { type Representation, prettyText } from './negotiate.ts';

const encoder = new TextEncoder();
const newline = 0x0a;

/** An event as watchers of one kind get it. */
interface Frame {
  readonly served: ServedResource;
  readonly type: string;
  readonly form: Representation;
  /** Of a table: what it has beside the object; '' for others. */
  readonly look: string;
  readonly bytes: Uint8Array;
}

/** What a watch finds already there. `first`: the client has seen no table header yet. */
interface AddedEvents {
  readonly served: ServedResource;
  readonly entries: readonly Entry[];
  readonly form: Representation;
  readonly include: IncludeObject;
  readonly first: boolean;
}

/** How far a watch has come; `initialEventsEnd`: all that was there has been sent. */
interface Bookmark {
  readonly revision: number;
  readonly initialEventsEnd: boolean;
}

type MadeValue = Pick<Extract<ApiResponse, { type: 'value' }>, 'value' | 'table'>;

/** Turns answers into bytes, in the form that the client asked for. */
export class Encoder {
  readonly #services: Services;
  /** A watch event is framed once for all its watchers: the last one, for they hear of it one after the other. */
  #framed: Entry | undefined;
  #frames: Frame[] = [];

  constructor(services: Services) {
    this.#services = services;
  }

  entry(served: ServedResource, entry: Entry, form: Representation, include: IncludeObject): Body {
    if (isAsStored(served, form) && !form.pretty) return new StoredJson(entry);
    if (form.as === 'object' && form.encoding === 'protobuf') {
      return encodeEnvelope({ ...typeOf(served), raw: this.message(served, entry), contentType: '' });
    }
    const schema =
      form.as === 'object' ? served.version.schema : form.as === 'metadata' ? partialSchema : undefined;
    return this.value(this.#shown(served, entry, form, include), form, schema);
  }

  /** An entry in YAML, in steps. */
  *yaml(served: ServedResource, entry: Entry, form: Representation, include: IncludeObject): Steps<Body> {
    return encoder.encode(yield* toYamlInSteps(this.#shown(served, entry, form, include)));
  }

  #shown(served: ServedResource, entry: Entry, form: Representation, include: IncludeObject): object {
    if (form.as === 'table') return this.#table(served, entry, form, include);
    if (form.as === 'object') return fromStorage(served, entry.object);
    if (form.ofList) throw notAList(served);
    return partialMetadata(served.definition, entry.object, form.metaVersion);
  }

  /** The bare protobuf message of an entry as its served version has it. */
  message(served: ServedResource, entry: Entry): Uint8Array {
    if (!isStored(served)) return this.rawMessage(fromStorage(served, entry.object), served.version.schema);
    // Without the room that it was made in.
    entry.protobuf ??= this.rawMessage(entry.object, served.version.schema).slice();
    return entry.protobuf;
  }

  /** The bare protobuf message of a type by name. Throws NotAcceptable where it has none. */
  rawMessage(value: object, schema: string): Uint8Array {
    const found = this.#services.schemas.schemaOf(schema);
    if (!found) throw statusError.notAcceptable(['application/json', 'application/yaml']);
    return this.#services.protobuf.encodeRaw(value, found);
  }

  /** A value that was made for this answer; one that has no table shows in its own form alone. */
  made({ value, table }: MadeValue, form: Representation, includeObject: IncludeObject): Uint8Array {
    if (!table || form.as === 'object') return this.value(value, form);
    const object = value as KubeObject;
    if (form.as === 'metadata')
      return this.value(partialMetadata(table, object, form.metaVersion), form, partialSchema);
    const listMeta = { resourceVersion: object.metadata.resourceVersion };
    const options = { metaVersion: form.metaVersion, includeObject, listMeta };
    return this.value(toTable(table, [object], this.#services.clock.now(), options), form);
  }

  /** `schema` names the type of `value` where protobuf is to be had. */
  value(value: object, form: Representation, schema?: string): Uint8Array {
    if (form.encoding === 'yaml') return encoder.encode(toYaml(value));
    if (form.encoding === 'protobuf') {
      const { schemas } = this.#services;
      const found = schema ? schemas.schemaOf(schema) : schemaOfKind(schemas, value);
      if (!found) throw statusError.notAcceptable(['application/json', 'application/yaml']);
      return this.#services.protobuf.encode(value, found);
    }
    return encoder.encode(form.pretty ? prettyText(value) : `${escapeHtml(JSON.stringify(value))}\n`);
  }

  /** Events of what a watch finds already there, framed, in one piece; large ones in `room`, which they share. */
  addedEvents({ served, entries, form, include, first }: AddedEvents, room: Room): Uint8Array {
    if (isAsStored(served, form)) return storedFrames('ADDED', entries, room);
    const frames = entries.map((entry, i) =>
      form.as === 'table'
        ? this.#tableFrame('ADDED', this.#table(served, entry, form, include), form, first && i === 0)
        : this.#frame('ADDED', this.#bare(served, entry, form), form),
    );
    return frames.length === 1 ? frames[0]! : concat(frames);
  }

  /** One event of a watch, framed. `first`: the client has seen no table header yet. */
  watchEvent(
    served: ServedResource,
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    entry: Entry,
    form: Representation,
    include: IncludeObject,
    first: boolean,
  ): Uint8Array {
    if (entry !== this.#framed) {
      this.#framed = entry;
      this.#frames = [];
    }
    const look = form.as === 'table' ? this.#tableLook(include, first) : '';
    // There are few, and a key would have to be made for each watcher.
    for (const frame of this.#frames) {
      const isOfKind = frame.served === served && frame.type === type;
      if (isOfKind && frame.look === look && isAlike(frame.form, form)) return frame.bytes;
    }
    const bytes = this.#eventFrame(served, type, entry, form, include, first);
    this.#frames.push({ served, type, form, look, bytes });
    return bytes;
  }

  #eventFrame(
    served: ServedResource,
    type: string,
    entry: Entry,
    form: Representation,
    include: IncludeObject,
    first: boolean,
  ): Uint8Array {
    if (form.as === 'table') {
      return this.#tableFrame(type, this.#table(served, entry, form, include), form, first);
    }
    if (isAsStored(served, form)) return storedFrames(type, [entry]);
    return this.#frame(type, this.#bare(served, entry, form), form);
  }

  /** What a table has beside its object: a head or none, and ages, which are of the second. */
  #tableLook(include: IncludeObject, first: boolean): string {
    return `${include} ${first} ${Math.floor(this.#services.clock.now() / 1000)}`;
  }

  bookmark(
    served: ServedResource,
    { revision, initialEventsEnd }: Bookmark,
    form: Representation,
    include: IncludeObject,
    first: boolean,
  ): Uint8Array {
    const object = {
      ...typeOf(served),
      metadata: {
        resourceVersion: String(revision),
        ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
      },
    };
    if (form.as === 'table') {
      // Whoever wants no objects is told of the end all the same.
      const includeObject = initialEventsEnd && include === 'None' ? 'Metadata' : include;
      const table = blankTable(served.definition, object, this.#blank(served), {
        metaVersion: form.metaVersion,
        includeObject,
        listMeta: { resourceVersion: String(revision) },
      });
      return this.#tableFrame('BOOKMARK', table, form, first);
    }
    if (form.as === 'metadata') {
      const partial = { ...object, kind: 'PartialObjectMetadata', apiVersion: form.metaVersion };
      return this.#frame('BOOKMARK', this.value(partial, form, partialSchema), form);
    }
    const whole = this.#asGoWrites(object, served.version.schema);
    served.definition.fillBookmark?.(whole as KubeObject);
    return this.#frame('BOOKMARK', this.value(whole, form, served.version.schema), form);
  }

  #blank({ stored }: ServedResource): Blank {
    const { kind } = stored;
    const nothing = this.#asGoWrites({}, storageVersionOf(stored).schema);
    const object = { ...nothing, apiVersion: '', kind, metadata: { name: '' } };
    return { object, isTyped: stored.conversion === undefined };
  }

  /** An object with all that Go shows of one that has no more to say, in Go's order. */
  #asGoWrites(object: object, schema: string): object {
    const found = this.#services.schemas.schemaOf(schema);
    return found?.native ? (normalizeNative(object, found) as object) : sortMembers(object);
  }

  watchError(status: Status, form: Representation): Uint8Array {
    return this.#frame('ERROR', this.value(status, form), form);
  }

  #tableFrame(type: string, table: Table, form: Representation, first: boolean): Uint8Array {
    if (!first) table.columnDefinitions = null as never;
    return this.#frame(type, this.value(table, form), form);
  }

  #bare(served: ServedResource, entry: Entry, form: Representation): Uint8Array {
    return bytesOf(this.entry(served, entry, { ...form, ofList: false, pretty: false }, 'Metadata'));
  }

  #frame(type: string, object: Uint8Array, form: Representation): Uint8Array {
    if (form.encoding === 'protobuf') return encodeWatchFrame(type, object);
    const end = object[object.length - 1] === 0x0a ? object.length - 1 : object.length;
    return concat([
      encoder.encode(`{"type":"${type}","object":`),
      object.subarray(0, end),
      encoder.encode('}\n'),
    ]);
  }

  #table(served: ServedResource, entry: Entry, form: Representation, includeObject: IncludeObject): Table {
    const { metaVersion } = form;
    const listMeta = { resourceVersion: entry.object.metadata.resourceVersion! };
    const show = (object: KubeObject) => fromStorage(served, object);
    const options = { metaVersion, includeObject, listMeta, show };
    return toTable(served.definition, [entry.object], this.#services.clock.now(), options);
  }
}

/** Frames have no line breaks in them, however their watcher wants JSON. */
function isAlike(one: Representation, other: Representation): boolean {
  return (
    one === other ||
    (one.encoding === other.encoding && one.as === other.as && one.metaVersion === other.metaVersion)
  );
}

/** Go's name of the type that upstream has a served object, or a list of them, in. */
function internalType({ definition, stored }: ServedResource, isList: boolean): string {
  if (definition.conversion) return isList ? '*unstructured.UnstructuredList' : '*unstructured.Unstructured';
  const room = stored.group === '' ? 'core' : stored.group.split('.')[0]!;
  return `*${room}.${isList ? (definition.listKind ?? `${stored.kind}List`) : stored.kind}`;
}

function notAList(served: ServedResource): StatusError {
  const type = internalType(served, false);
  return statusError.notInForm(
    `you requested PartialObjectMetadataList, but the requested object is not a list (${type})`,
  );
}

/** A list is not one object's metadata. */
export function isAList(served: ServedResource): StatusError {
  const type = internalType(served, true);
  return statusError.notInForm(
    `you requested PartialObjectMetadata, but the requested object is a list (${type})`,
  );
}

export const partialSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata';

/** By the kind that the value itself names: a Status, a Scale, a review. */
function schemaOfKind(schemas: Services['schemas'], value: object) {
  const { apiVersion = '', kind = '' } = value as { apiVersion?: string; kind?: string };
  const { group, version } = parseApiVersion(apiVersion);
  return schemas.schemaOfKind(group, version, kind);
}

export function isStored(served: ServedResource): boolean {
  return storageVersionOf(served.stored) === served.version;
}

/** The kind that a served version's objects tell of themselves. */
function typeOf({ definition, version }: ServedResource): {
  readonly apiVersion: string;
  readonly kind: string;
} {
  return {
    apiVersion: apiVersionOf({ group: definition.group, version: version.version }),
    kind: definition.kind,
  };
}

/** What is stored is what is sent. */
function isAsStored(served: ServedResource, form: Representation): boolean {
  return form.as === 'object' && form.encoding === 'json' && isStored(served);
}

const frameEnd = encoder.encode('}\n');

/** Events of one type, written straight to where they leave from. */
function storedFrames(type: string, entries: readonly Entry[], room: Room = {}): Uint8Array {
  const start = encoder.encode(`{"type":"${type}","object":`);
  let length = entries.length * (start.length + frameEnd.length);
  for (const entry of entries) length += entry.jsonLength;
  const frames = spaceIn(room, length);
  let at = 0;
  for (const entry of entries) {
    frames.set(start, at);
    at = entry.copyJson(frames, at + start.length);
    frames.set(frameEnd, at);
    at += frameEnd.length;
  }
  return frames;
}

/** Of their own memory: what one watcher takes its time with would hold on to its neighbours. */
function spaceIn(room: Room, length: number): Buffer {
  if (length <= oneWriteBytesMax) return Buffer.allocUnsafeSlow(length);
  if (!room.bytes || room.bytes.length < length) room.bytes = Buffer.allocUnsafeSlow(length + (length >> 2));
  return room.bytes.subarray(0, length);
}

/** An entry's JSON, and the line's end. */
class StoredJson implements BodySource {
  readonly length: number;
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
    this.length = entry.jsonLength + 1;
  }

  writeTo(target: Buffer, at: number): void {
    target[this.#entry.copyJson(target, at)] = newline;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
