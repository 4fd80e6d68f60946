import { setMember, table } from '#base/members.ts';
import { withoutEnd } from '#base/trim.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { IncludeObject, MetaVersion } from '#machinery/table.ts';
import type { ApiRequest } from '../request.ts';

/** How a client wants its answer. */
export interface Representation {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  readonly as: 'object' | 'table' | 'metadata';
  /** Of metadata: that of a list, which a single object cannot be shown as, nor a list as the other. */
  readonly ofList: boolean;
  /** The version that a table, and metadata, are of. */
  readonly metaVersion: MetaVersion;
  /** JSON with line breaks (?pretty=true, or a browser or curl asks). */
  readonly pretty: boolean;
}

const encodings = table<Representation['encoding']>({
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  '*/*': 'json',
  'application/*': 'json',
});

export const mediaTypes: Readonly<Record<Representation['encoding'], string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** Of objects and documents, the first being what is given without a wish. */
export const shownTypes: readonly string[] = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
];
const streamed = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/** Throws NotAcceptable for a form in which nothing is watched. */
export function checkStreamed({ encoding }: Representation): void {
  if (encoding === 'yaml') throw statusError.notAcceptable(streamed);
}

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

/** Without the blanks around it. */
const trimmed = (text: string): string => withoutEnd(text.replace(/^ +/, ''), ' ');

/** What goautoneg makes of a range; undefined: it passes it over. */
function parseRange(text: string): MediaRange | undefined {
  const [media, ...rest] = text.split(';');
  const [main, sub, more] = media!.split('/').map(trimmed);
  if (more || (!sub && main !== '*')) return undefined;
  const parameters: Record<string, string> = {};
  let quality = 1;
  for (const part of rest) {
    const [name, value, extra] = part.split('=');
    if (!value || extra) continue;
    const key = trimmed(name!);
    if (key === 'q') quality = qualityOf(value);
    else setMember(parameters, key, trimmed(value));
  }
  return { type: `${main}/${sub || '*'}`, parameters, quality };
}

/** What is no number is 0. */
function qualityOf(text: string): number {
  return /^[-+]?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9})$/.test(text) ? Number(text) : 0;
}

const shapes: Readonly<Record<string, Pick<Representation, 'as' | 'ofList'>>> = {
  Table: { as: 'table', ofList: false },
  PartialObjectMetadata: { as: 'metadata', ofList: false },
  PartialObjectMetadataList: { as: 'metadata', ofList: true },
};

export const plainJson: Representation = {
  encoding: 'json',
  as: 'object',
  ofList: false,
  metaVersion: 'meta.k8s.io/v1',
  pretty: false,
};

export const prettyJson: Representation = { ...plainJson, pretty: true };

/** What an Accept header takes, the preferred ranges first. */
type Ranges = (accept: string) => readonly MediaRange[];

/** Clients send a handful. */
const rangesReadMax = 100;

const parseRanges: Ranges = accept => {
  const ranges: MediaRange[] = [];
  for (const text of accept.split(',', rangesReadMax)) {
    const range = parseRange(trimmed(text));
    if (!range) continue;
    let at = ranges.length;
    while (at > 0 && isPreferred(range, ranges[at - 1]!)) at--;
    ranges.splice(at, 0, range);
  }
  return ranges;
};

/** What names a type comes before what does not, whatever their qualities: so goautoneg compares neighbours as it inserts. */
function isPreferred(a: MediaRange, b: MediaRange): boolean {
  if (a.quality > b.quality) return true;
  if (!a.type.startsWith('*') && b.type.startsWith('*')) return true;
  return !a.type.endsWith('/*') && b.type.endsWith('/*');
}

/** Clients send the same few headers; of those that somebody makes up, no more is remembered, and no longer ones. */
const rangesMax = 256;
const acceptLengthMax = 1024;

/** Reads each header once. */
export function rememberRanges(): Ranges {
  const known = new Map<string, readonly MediaRange[]>();
  return accept => {
    let ranges = known.get(accept);
    if (!ranges) {
      ranges = parseRanges(accept);
      if (accept.length > acceptLengthMax) return ranges;
      if (known.size >= rangesMax) known.clear();
      known.set(accept, ranges);
    }
    return ranges;
  };
}

/** What Go's strconv.ParseBool takes for a yes. */
const goTrue = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const readByPeople = /^(?:curl|Wget|Mozilla\/5\.0)/;

/** What of a request says how its answer is to look. */
export type Asked = Pick<ApiRequest, 'headers' | 'query'>;

/** Whether JSON is for people's eyes: they ask for it, or their program is curl, Wget or a browser. */
export function isPretty({ headers, query }: Asked): boolean {
  const asked = query.size > 0 ? query.get('pretty') : undefined;
  return asked ? goTrue.has(asked) : readByPeople.test(headers['user-agent'] ?? '');
}

/** A form that not everything has. */
export type RareForm = 'protobuf' | 'table';

/** The first acceptable form in the order of preference. Throws NotAcceptable. */
export function negotiate(
  asked: Asked,
  has: (form: RareForm) => boolean = () => true,
  rangesOf = parseRanges,
): Representation {
  const { accept } = asked.headers;
  const pretty = isPretty(asked);
  if (!accept || accept === 'application/json') return pretty ? prettyJson : plainJson;
  for (const { type, parameters } of rangesOf(accept)) {
    const encoding = encodings[type];
    if (!encoding || !isStreamable(parameters, encoding) || !isIn(parameters.sv, ['v1'])) continue;
    const shape = shapeOf(parameters);
    if (!shape || (shape.as === 'table' && encoding === 'protobuf')) continue;
    if (encoding === 'protobuf' && shape.as === 'object' && !has('protobuf')) continue;
    if (shape.as === 'table' && !has('table')) continue;
    const { as, ofList, metaVersion } = shape;
    return { encoding, as, ofList, metaVersion, pretty: pretty || parameters.pretty === '1' };
  }
  throw statusError.notAcceptable(shownTypes);
}

const isIn = (value: string | undefined, allowed: readonly string[]): boolean =>
  value === undefined || allowed.includes(value);

/** Whether what is asked of a stream can be had: of YAML there is none. */
function isStreamable({ stream }: MediaRange['parameters'], encoding: Representation['encoding']): boolean {
  return stream === undefined || (stream === 'watch' && encoding !== 'yaml');
}

/** What routes for many objects answer in; those for one: in `shownTypes`. */
export const listedTypes: readonly string[] = [...shownTypes, ...streamed];

/** Why no route that answers in such types answers who sends such a header; undefined: one does. */
export function unrouted(accept: string | undefined, produced: readonly string[]): StatusError | undefined {
  if (!accept) return undefined;
  for (let at = 0; at <= accept.length; ) {
    const comma = accept.indexOf(',', at);
    const end = comma < 0 ? accept.length : comma;
    const type = trimmed(accept.slice(at, end).split(';', 1)[0]!);
    if (type === '*/*' || produced.includes(type)) return undefined;
    at = end + 1;
  }
  return statusError.unroutedAccept(produced);
}

type Shape = Pick<Representation, 'as' | 'ofList' | 'metaVersion'>;

/** Undefined for what there is not: whoever asks for another kind names it whole. */
function shapeOf({ as: kind, g, v }: Readonly<Record<string, string>>): Shape | undefined {
  if (kind === undefined && g === undefined && v === undefined) return plainJson;
  const shape = Object.hasOwn(shapes, kind ?? '') ? shapes[kind!] : undefined;
  const metaVersion = `${g}/${v}`;
  const isKnown = metaVersion === 'meta.k8s.io/v1' || metaVersion === 'meta.k8s.io/v1beta1';
  return shape && isKnown ? { ...shape, metaVersion } : undefined;
}

/** The kind that a client asks a document as: `as`, `g` and `v` of an Accept header. */
export interface AskedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What a client gets: a media type, and the kind that it asked for with it, if any. */
export interface Acceptable {
  readonly type: string;
  readonly kind?: AskedKind | undefined;
  /** The range asks for JSON with line breaks. */
  readonly isPretty: boolean;
}

/** The first range of the header, the preferred ones first, that one of `types` fits as `allows` has it. */
export function findAcceptable(
  accept: string,
  types: readonly string[],
  allows: (type: string, kind: AskedKind | undefined) => boolean,
): Acceptable | undefined {
  for (const range of parseRanges(accept)) {
    const kind = askedKind(range.parameters);
    const type = types.find(one => isInRange(one, range.type) && allows(one, kind));
    const isPretty = range.parameters.pretty === '1';
    if (type !== undefined) return { type, isPretty, ...(kind ? { kind } : {}) };
  }
  return undefined;
}

function isInRange(type: string, range: string): boolean {
  return range === '*/*' || range === type || range === `${type.split('/')[0]}/*`;
}

function askedKind({ as, g, v }: MediaRange['parameters']): AskedKind | undefined {
  if (as === undefined && g === undefined && v === undefined) return undefined;
  return { group: g ?? '', version: v ?? '', kind: as ?? '' };
}

/** JSON with line breaks; as upstream has it, without one at the end. */
export function prettyText(value: unknown): string {
  return escapeHtml(JSON.stringify(value, null, 2));
}

/** Of what is refused; what cannot be had in any form that its client takes is for people to read. */
export function negotiateRefusal(asked: Asked, rangesOf = parseRanges): Representation {
  return formOfRefusal(asked, rangesOf) ?? prettyJson;
}

/** There is no table of a failure, nor has it metadata alone. */
export function formOfRefusal(asked: Asked, rangesOf = parseRanges): Representation | undefined {
  const { accept } = asked.headers;
  if (!accept) return isPretty(asked) ? prettyJson : plainJson;
  for (const { type, parameters } of rangesOf(accept)) {
    const encoding = encodings[type];
    if (!encoding || !isStreamable(parameters, encoding) || parameters.sv || askedKind(parameters)) continue;
    return { ...plainJson, encoding, pretty: isPretty(asked) || parameters.pretty === '1' };
  }
  return undefined;
}

/** What a table's rows show of their objects. */
export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Object' || value === 'Metadata') return value;
  const why = "must be 'Metadata', 'Object', 'None', or empty";
  throw statusError.badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: ${why}`,
  );
}
