import { statusError } from '#machinery/status.ts';

/** How a client wants its answer. */
export interface Representation {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  readonly as: 'object' | 'table' | 'metadata';
  /** JSON with line breaks (?pretty=true, or a browser or curl asks). */
  readonly pretty: boolean;
}

const encodings: Readonly<Record<string, Representation['encoding']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  '*/*': 'json',
  'application/*': 'json',
};

export const mediaTypes: Readonly<Record<Representation['encoding'], string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

const shown = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [type, ...rest] = text.split(';').map(part => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return { type: type!.toLowerCase(), parameters, quality: Number(parameters.q ?? 1) };
}

const shapes: Readonly<Record<string, Representation['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

export const plainJson: Representation = { encoding: 'json', as: 'object', pretty: false };

/** What an Accept header takes, the preferred ranges first. */
type Ranges = (accept: string) => readonly MediaRange[];

const parseRanges: Ranges = accept =>
  accept
    .split(',')
    .map(parseRange)
    .sort((a, b) => b.quality - a.quality);

/** Clients send the same few headers; of those that somebody makes up, no more is remembered. */
const rangesMax = 256;

/** Reads each header once. */
export function rememberRanges(): Ranges {
  const known = new Map<string, readonly MediaRange[]>();
  return accept => {
    let ranges = known.get(accept);
    if (!ranges) {
      ranges = parseRanges(accept);
      if (known.size >= rangesMax) known.clear();
      known.set(accept, ranges);
    }
    return ranges;
  };
}

/** The first acceptable form in the order of preference; not all objects have a protobuf form. Throws NotAcceptable. */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  hasProtobuf: () => boolean = () => true,
  rangesOf = parseRanges,
): Representation {
  const pretty = query.size > 0 && (query.get('pretty') === 'true' || query.get('pretty') === '1');
  if (!accept || accept === 'application/json') return pretty ? { ...plainJson, pretty } : plainJson;
  for (const { type, parameters } of rangesOf(accept)) {
    const encoding = encodings[type];
    if (!encoding) continue;
    const as = shapeOf(parameters);
    if (!as || (as === 'table' && encoding === 'protobuf')) continue;
    if (encoding === 'protobuf' && as === 'object' && !hasProtobuf()) continue;
    return { encoding, as, pretty };
  }
  throw statusError.notAcceptable(shown);
}

function shapeOf(parameters: Readonly<Record<string, string>>): Representation['as'] | undefined {
  if (parameters.as === undefined) return 'object';
  if (parameters.g !== undefined && parameters.g !== 'meta.k8s.io') return undefined;
  if (parameters.v !== undefined && parameters.v !== 'v1' && parameters.v !== 'v1beta1') return undefined;
  return shapes[parameters.as];
}
